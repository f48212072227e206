"""Copies what the broker knows of our orders into the journal: states, executions, and what is still in doubt."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from tasks.context import StepContext
from tasks.errors import BrokerError, OrderRefusedError
from tasks.model.latency import CANCEL
from tasks.model.order_records import OrderEvent, Slice
from tasks.model.order_states import NOT_MOVED_BY_FILLS, UNRESOLVED, WORKING, step
from tasks.model.order_view import order_view
from tasks.model.orders import BrokerOrder, OrderState
from tasks.orders.latency import Stopwatch, measuring
from tasks.orders.record import record_answers, record_events, record_executions

ZERO = Decimal(0)


def slices_of(context: StepContext) -> tuple[Slice, ...]:
    """Of this session, each at its newest state, by wave and key."""
    return context.journal.orders.slices(context.cycle_id)


def collect(context: StepContext) -> int:
    """The newest state of each answered order, and the session's executions of our keys; returns how many were new.

    An execution under a key that is not ours is nobody's fill: the comparison with the broker finds it.
    """
    pieces = slices_of(context)
    _look_up(context, [piece for piece in pieces if piece.state in WORKING])
    ours = {piece.request.key for piece in pieces}
    new = record_executions(context, [e for e in context.broker.executions(context.session) if e.key in ours])
    _believe_fills(context)
    return len(new)


def cancel_working(
    context: StepContext, *, but: Callable[[Slice], bool] = lambda _: False, watch: Stopwatch | None = None
) -> None:
    """Ask once to cancel everything that still works, and record what each order really became.

    `but` says which orders stay: between the waves, those that the broker works by its own algorithm.
    A refused or unanswered cancel says nothing about the order: it is looked up, and cancelled again in the next wave.
    """
    working = [piece for piece in slices_of(context) if piece.state in WORKING and not but(piece)]
    with measuring(context, watch) as measured, context.journal.looks.in_a_row():
        answers = [(piece, answer) for piece in working if (answer := _cancelled(context, piece, measured)) is not None]
        record_answers(context, answers)


def first_reported_by_key(context: StepContext) -> dict[str, Decimal]:
    """Shares of every key whose executions have been told, as they were told first, before any correction."""
    told: dict[str, Decimal] = {}
    for fill in context.journal.orders.fills(context.cycle_id):
        if not fill.supersedes:
            told[fill.key] = told.get(fill.key, ZERO) + fill.shares
    return told


def in_doubt(context: StepContext) -> dict[str, str]:
    """Symbols in which nothing may move now, each with its reason, from all orders of the book in this session."""
    cycles = [c for c in context.journal.cycles.all(context.book.book) if c.session == context.session]
    found: dict[str, str] = {}
    for cycle in cycles:
        found |= _in_doubt(replace(context, cycle=cycle))
    return found


def _in_doubt(context: StepContext) -> dict[str, str]:
    """Because an order is unresolved, still works, or is said to be filled by more than its executions show."""
    told = first_reported_by_key(context)
    found: dict[str, str] = {}
    for piece in slices_of(context):
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


def _look_up(context: StepContext, pieces: Sequence[Slice]) -> None:
    found = [(piece, context.broker.find_order(piece.request.key)) for piece in pieces]
    record_answers(context, [(piece, order) for piece, order in found if order is not None])


def _cancelled(context: StepContext, piece: Slice, watch: Stopwatch) -> BrokerOrder | None:
    key = piece.request.key
    try:
        return watch.time(CANCEL, key, lambda: context.broker.cancel(key))
    except OrderRefusedError:
        return context.broker.find_order(key)
    except BrokerError:
        return context.broker.find_order(key)


def _believe_fills(context: StepContext) -> None:
    """Fills outrank words: where the executions on record contradict an order's state, the state follows them.

    Of all orders, not only those with new executions: a process may have died between recording them and this. An order
    that was filled stays over when a correction takes shares back: what is missing is simply due again.
    """
    fills = context.journal.orders.fills(context.cycle_id)
    keys = {fill.key for fill in fills}
    doubtful = [p for p in slices_of(context) if p.request.key in keys and p.state not in NOT_MOVED_BY_FILLS]
    told = context.journal.orders.events(context.cycle_id) if doubtful else ()
    now, why = context.broker.now(), "by its executions, which outrank words"
    events: list[OrderEvent] = []
    for piece in doubtful:
        key = piece.request.key
        own = [fill for fill in fills if fill.key == key]
        view = order_view(piece.request.shares, [event for event in told if event.key == key], own)
        if step(piece.state, view.state).moves:
            events.append(
                OrderEvent(key, view.state, now, piece.broker_order_id, why, filled_shares=view.filled_shares)
            )
    record_events(context, events)
