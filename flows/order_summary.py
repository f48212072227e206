"""What became of a session's orders, in one piece: for the end of the day, in the terminal and as a card."""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from tasks.artifacts import publish
from tasks.context import StepContext
from tasks.journal import Journal
from tasks.model.artifact import Artifact
from tasks.model.cycle import Cycle
from tasks.model.executions import totals_by_order, totals_of
from tasks.model.fill_totals import NOTHING_FILLED, FillTotals
from tasks.model.order_records import ParentOrder, Slice
from tasks.model.order_states import WANTS_A_LOOK, WORKING
from tasks.model.orders import Side
from tasks.wording import counted, dollars

CENT = Decimal("0.01")
CARD = "orders of the day"


def order_summary(journal: Journal, cycle: Cycle) -> dict[str, Any]:
    """Plain values; money as float USD, rounded to the cent; `want_a_look` are refused and unknown slices."""
    orders, slices = journal.orders.orders(cycle.cycle_id), journal.orders.slices(cycle.cycle_id)
    fills = journal.orders.fills(cycle.cycle_id)
    by_order, whole = totals_by_order(fills, slices), totals_of(fills)
    rows = [_row(order, by_order.get(order.order_id, NOTHING_FILLED)) for order in orders]
    states = Counter(piece.state.value for piece in slices)
    told = {
        "book": cycle.book,
        "session": cycle.session.isoformat(),
        "kind": cycle.kind,
        "status": cycle.status,
        "orders": len(orders),
        "filled_in_full": sum(1 for row in rows if row["left"] == "0"),
        "slices": dict(sorted(states.items())),
        "at_work": sum(1 for piece in slices if piece.state in WORKING),
        "want_a_look": [_looked_at(piece) for piece in slices if piece.state in WANTS_A_LOOK],
        "fills": whole.fills,
        "bought_usd": _traded(orders, by_order, Side.BUY),
        "sold_usd": _traded(orders, by_order, Side.SELL),
        "fees_usd": float(whole.fees_usd.quantize(CENT)),
        "first_fill": whole.first_at.isoformat() if whole.first_at else None,
        "last_fill": whole.last_at.isoformat() if whole.last_at else None,
        "by_order": rows,
    }
    return {**told, "sentence": summary_of(told)}


def summary_of(told: Mapping[str, Any]) -> str:
    """One sentence of the day."""
    if not told["orders"]:
        return f"{told['book']} {told['session']}: no orders"
    left = told["orders"] - told["filled_in_full"]
    ends = ["all filled in full"] if not left else [f"{left} not filled in full"]
    ends += [f"{counted(len(told['want_a_look']), 'slice')} refused or unknown"] if told["want_a_look"] else []
    ends += [f"{counted(told['at_work'], 'slice')} still at work"] if told["at_work"] else []
    made = f"{counted(told['orders'], 'order')}, {counted(told['fills'], 'fill')}"
    money = f"bought {dollars(told['bought_usd'], 0)}, sold {dollars(told['sold_usd'], 0)}"
    fees = f"fees {dollars(told['fees_usd'])}"
    return f"{told['book']} {told['session']}: {made}, {money}, {fees}; {', '.join(ends)}"


def show_orders_of_the_day(context: StepContext) -> None:
    """The card of a run that looks back on a session."""
    told = order_summary(context.journal, context.cycle)
    words = "\n".join([told["sentence"], *(f"- {sentence}" for sentence in told["want_a_look"])])
    publish(context.cycle_id, CARD, Artifact("Orders of the day", words, told["by_order"]))


def _row(order: ParentOrder, done: FillTotals) -> dict[str, Any]:
    return {
        "symbol": order.symbol,
        "side": order.side.value,
        "shares": f"{order.shares.normalize():f}",
        "filled": f"{done.shares.normalize():f}",
        "left": f"{(order.shares - done.shares).normalize():f}",
        "average_price": f"{done.average_price:.4f}" if done.average_price is not None else "",
        "usd": float(done.notional_usd.quantize(CENT)),
        "fees_usd": float(done.fees_usd.quantize(CENT)),
    }


def _looked_at(piece: Slice) -> str:
    return f"{piece.request.key} is {piece.state}: {piece.reason or 'no reason was given'}"


def _traded(orders: Sequence[ParentOrder], by_order: Mapping[str, FillTotals], side: Side) -> float:
    of_side = [by_order.get(order.order_id, NOTHING_FILLED) for order in orders if order.side is side]
    return float(sum((done.notional_usd for done in of_side), Decimal(0)).quantize(CENT))
