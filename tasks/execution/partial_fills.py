"""Orders filled in part, or not at all, by the end of a session: what is left, and the reason the waves noted; pure."""

from collections.abc import Mapping, Sequence

from tasks.model.fill_totals import NOTHING_FILLED, FillTotals
from tasks.model.order_records import ParentOrder
from tasks.model.orders import Side
from tasks.model.plan import of_shares, plain


def remainders(
    orders: Sequence[ParentOrder], filled: Mapping[str, FillTotals], notes: Mapping[int, Sequence[str]]
) -> dict[str, str]:
    """By symbol, a sentence for every order that is not filled in full.

    filled: by order id; notes: what each wave noted, by its number. The newest note on a symbol is its reason.
    """
    told: dict[str, str] = {}
    for order in sorted(orders, key=lambda order: order.symbol):
        rest = order.shares - filled.get(order.order_id, NOTHING_FILLED).shares
        if rest <= 0:
            continue
        verb = "bought" if order.side is Side.BUY else "sold"
        why, ordered = _newest_note(order.symbol, notes), of_shares(order.shares, "was", "were")
        told[order.symbol] = f"{order.symbol}: {plain(rest)} of {ordered} not {verb} by the end of the session" + (
            f" ({why})" if why else ""
        )
    return told


def _newest_note(symbol: str, notes: Mapping[int, Sequence[str]]) -> str:
    """What the last wave that says anything of the symbol says, without its name."""
    start = f"{symbol}: "
    for number in sorted(notes, reverse=True):
        own = [note.removeprefix(start) for note in notes[number] if note.startswith(start)]
        if own:
            return f"wave {number}: {own[-1]}"
    return ""
