"""Copies what the broker knows of our orders into the journal: states, executions, and what is still in doubt."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from tasks.context import Desk
from tasks.errors import BrokerError, OrderRefusedError
from tasks.model.latency import CANCEL
from tasks.model.order_records import OrderEvent, Slice
from tasks.model.order_states import step
from tasks.model.order_view import order_view
from tasks.model.orders import BrokerOrder, OrderState
from tasks.orders.latency import Stopwatch, measuring
from tasks.orders.record import UNRESOLVED, WORKING, record_answers, record_events, record_executions

ZERO = Decimal(0)


def slices_of(desk: Desk) -> tuple[Slice, ...]:
    return desk.journal.orders.slices(desk.cycle_id)


def collect(desk: Desk) -> int:
    """The newest state of each answered order, and the session's executions of our keys; returns how many were new.

    An execution under a key that is not ours is nobody's fill: the comparison with the broker finds it.
    """
    pieces = slices_of(desk)
    _look_up(desk, [piece for piece in pieces if piece.state in WORKING])
    ours = {piece.request.key for piece in pieces}
    new = record_executions(desk, [e for e in desk.broker.executions(desk.session) if e.key in ours])
    _believe_fills(desk)
    return len(new)


def settle_working(
    desk: Desk, *, but: Callable[[Slice], bool] = lambda _: False, watch: Stopwatch | None = None
) -> None:
    """Ask once to cancel everything that still works, and record what each order really became.

    `but` says which orders stay: between the waves, those that the broker works by its own algorithm.
    A refused or unanswered cancel says nothing about the order: it is looked up, and cancelled again in the next wave.
    """
    working = [piece for piece in slices_of(desk) if piece.state in WORKING and not but(piece)]
    with measuring(desk, watch) as measured:
        answers = [(piece, answer) for piece in working if (answer := _cancelled(desk, piece, measured)) is not None]
        record_answers(desk, answers)


def told_by_key(desk: Desk) -> dict[str, Decimal]:
    """Shares of every key whose executions have been told, as they were told first, before any correction."""
    told: dict[str, Decimal] = {}
    for fill in desk.journal.orders.fills(desk.cycle_id):
        if not fill.supersedes:
            told[fill.key] = told.get(fill.key, ZERO) + fill.shares
    return told


def in_doubt(desk: Desk) -> dict[str, str]:
    """Symbols in which nothing may move now, each with its reason, from all orders of the book in this session."""
    cycles = [c for c in desk.journal.cycles.all(desk.book.book) if c.session == desk.session]
    found: dict[str, str] = {}
    for cycle in cycles:
        found |= _in_doubt(replace(desk, cycle=cycle))
    return found


def _in_doubt(desk: Desk) -> dict[str, str]:
    """Because an order is unresolved, still works, or is said to be filled by more than its executions show."""
    told = told_by_key(desk)
    found: dict[str, str] = {}
    for piece in slices_of(desk):
        key, symbol = piece.request.key, piece.request.symbol
        filled = piece.request.shares if piece.state is OrderState.FILLED else piece.filled_told
        if piece.state in UNRESOLVED:
            found[symbol] = f"{symbol}: nobody knows yet what became of {key}; nothing else is sent in it"
        elif piece.state in WORKING:
            found[symbol] = f"{symbol}: {key} still works at the broker; nothing else is sent in it"
        elif told.get(key, ZERO) < filled:
            found[symbol] = (
                f"{symbol}: {filled} shares of {key} are filled, its executions show {told.get(key, ZERO)} yet; "
                "nothing else is sent in it"
            )
    return found


def _look_up(desk: Desk, pieces: Sequence[Slice]) -> None:
    found = [(piece, desk.broker.find_order(piece.request.key)) for piece in pieces]
    record_answers(desk, [(piece, order) for piece, order in found if order is not None])


def _cancelled(desk: Desk, piece: Slice, watch: Stopwatch) -> BrokerOrder | None:
    key = piece.request.key
    try:
        return watch.time(CANCEL, key, lambda: desk.broker.cancel(key))
    except OrderRefusedError:
        return desk.broker.find_order(key)
    except BrokerError:
        return desk.broker.find_order(key)


def _believe_fills(desk: Desk) -> None:
    """Fills outrank words: where the executions on record contradict an order's state, the state follows them.

    Of all orders, not only those with new executions: a process may have died between recording them and this. An order
    that was filled stays over when a correction takes shares back: what is missing is simply due again.
    """
    fills = desk.journal.orders.fills(desk.cycle_id)
    keys = {fill.key for fill in fills}
    settled = UNRESOLVED | {OrderState.FILLED}
    doubtful = [p for p in slices_of(desk) if p.request.key in keys and p.state not in settled]
    told = desk.journal.orders.events(desk.cycle_id) if doubtful else ()
    now, why = desk.broker.now(), "by its executions, which outrank words"
    events = []
    for piece in doubtful:
        key = piece.request.key
        own = [fill for fill in fills if fill.key == key]
        view = order_view(piece.request.shares, [event for event in told if event.key == key], own)
        if step(piece.state, view.state).moves:
            events.append(
                OrderEvent(key, view.state, now, piece.broker_order_id, why, filled_shares=view.filled_shares)
            )
    record_events(desk, events)
