"""Finds out what became of orders without an answer: by evidence only, with a deadline, and a person at the end."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from tasks.context import StepContext
from tasks.errors import BrokerError
from tasks.model.executions import totals_of
from tasks.model.order_records import OrderEvent, Resolution, Slice
from tasks.model.order_states import NOT_TAKEN, UNRESOLVED, WORKING
from tasks.model.orders import BrokerOrder, Cause, Execution, OrderState, OrderType, TimeInForce
from tasks.orders.collect import slices_of
from tasks.orders.latency import measuring
from tasks.orders.record import record_answers, record_events
from tasks.orders.submit import in_turn, submit
from tasks.retry import LOST_ORDER_SHOWS

ZERO = Decimal(0)
REFUSED_AGAIN = "refused when it was sent again"
NEVER_ARRIVED = "never arrived"


def unresolved(context: StepContext) -> tuple[Slice, ...]:
    """Slices whose fate at the broker nobody knows yet: nothing else moves in their symbols."""
    return tuple(piece for piece in slices_of(context) if piece.state in UNRESOLVED)


def mark_sent_by_earlier_runs_unknown(context: StepContext) -> int:
    """What an earlier holder of the lease may have put on the wire is unknown, never unsent; returns how many."""
    token, now = context.journal.fence.token, context.broker.now()
    theirs = [piece for piece in slices_of(context) if piece.state is OrderState.SENT and piece.token < token]
    why = "sent by an earlier life (lease {})"
    events = [
        OrderEvent(p.request.key, OrderState.UNKNOWN, now, "", why.format(p.token), cause=Cause.TOLD) for p in theirs
    ]
    record_events(context, events)
    return len(theirs)


def resolve(context: StepContext, *, may_send: bool = True) -> None:
    """Look once for every unresolved order of the cycle; what is still open after the deadline becomes a ticket.

    `may_send` False only looks: for the orders of another cycle, which this run has not been asked to work.
    """
    pieces = unresolved(context)
    if not pieces:
        return
    absent = [piece for piece in pieces if _is_absent(context, piece, may_send) and _is_quiet(context, piece)]
    if absent:
        # Measured by waiting, not by two readings of a clock: a clock that jumps would make a proof of nothing.
        context.broker.wait_until(context.broker.now() + context.broker.capabilities.absence_proves_after)
        _mark_never_arrived(context, [piece for piece in absent if _is_absent(context, piece, may_send)])
    deadline = timedelta(minutes=context.book.execution.unknown_deadline_min)
    overdue = [p for p in unresolved(context) if p.state_at and context.broker.now() - p.state_at >= deadline]
    call_a_person(context, overdue)


def resolve_soon(context: StepContext, until: datetime) -> None:
    """Look a few times, with pauses, as long as it is before `until`."""
    for _ in range(LOST_ORDER_SHOWS.most):
        if not unresolved(context):
            return
        resolve(context)
        if not unresolved(context) or context.broker.now() + LOST_ORDER_SHOWS.pause >= until:
            return
        context.broker.wait_until(context.broker.now() + LOST_ORDER_SHOWS.pause)


def expire_forgotten(context: StepContext) -> None:
    """End, after the close, what should still work and is in no complete answer of the broker any more.

    An order that a person called alive without the broker ever showing it, or one the broker no longer lists.
    """
    forgotten = [piece for piece in _working(context) if _is_forgotten(context, piece)]
    if not forgotten:
        return
    context.broker.wait_until(context.broker.now() + context.broker.capabilities.absence_proves_after)
    now = context.broker.now()
    why = "the session is over and two complete answers of the broker do not have it"
    gone = [piece for piece in forgotten if _is_forgotten(context, piece)]
    record_events(
        context,
        [OrderEvent(p.request.key, OrderState.EXPIRED, now, p.broker_order_id, why, cause=Cause.TOLD) for p in gone],
    )


def _working(context: StepContext) -> list[Slice]:
    return [piece for piece in slices_of(context) if piece.state in WORKING]


def _is_forgotten(context: StepContext, piece: Slice) -> bool:
    """Neither by its key nor among the open orders; its executions are on record already."""
    key = piece.request.key
    return context.broker.find_order(key) is None and all(o.key != key for o in context.broker.open_orders())


def call_a_person(context: StepContext, pieces: Sequence[Slice]) -> None:
    """One ticket a key, with the command that answers it."""
    now = context.broker.now()
    context.journal.orders.open_tickets([(p.request.key, now, _question(p)) for p in pieces])


def _question(piece: Slice) -> str:
    asked = piece.request
    said = f" What is known: {piece.reason}." if piece.reason else ""
    return (
        f"{asked.side} {asked.shares} {asked.symbol}: the broker does not say what became of {asked.key}.{said} "
        f'Look at the account, then: `steelyard resolve {asked.key} --as dead --who "your name" --because "..."` '
        "where it never reached the market, with `--as alive` where it did"
    )


def _is_absent(context: StepContext, piece: Slice, may_send: bool) -> bool:
    """Take what is known of one order now: evidence, a person's word, or the same key again; True when all lack it."""
    try:
        order = _evidence(context, piece)
        said = context.journal.orders.resolutions((piece.request.key,)).get(piece.request.key)
        if order is not None:
            record_answers(context, [(piece, order)])
        elif said is not None:
            _take_their_word(context, piece, said)
        elif piece.cause is Cause.IN_DOUBT:
            return False  # the broker knows of it: it is neither sent again nor buried, and a person finds out
        elif may_send and _may_send_again(context, piece):
            _send_again(context, piece)
        else:
            return True
    except BrokerError:
        return False  # no complete answer: it stays unresolved, and is looked for again
    return False


def _is_quiet(context: StepContext, piece: Slice) -> bool:
    """Whether so much time has gone by, as the broker's clock has it, that looking for a proof is worth the wait."""
    return piece.state_at is not None and (
        context.broker.now() - piece.state_at >= context.broker.capabilities.absence_proves_after
    )


def is_proven_dead(piece: Slice) -> bool:
    """Whether this order was shown never to have reached the broker."""
    return piece.state is OrderState.REJECTED and piece.cause is Cause.NEVER_ARRIVED


def _evidence(context: StepContext, piece: Slice) -> BrokerOrder | None:
    """The order by its key, or else among the open orders, or else from its executions; None when all lack it."""
    key = piece.request.key
    order = context.broker.find_order(key) or next((o for o in context.broker.open_orders() if o.key == key), None)
    if order is not None:
        return order
    fills = [e for e in context.broker.executions(context.session) if e.key == key]
    return _order_of(piece, fills) if fills else None


def _order_of(piece: Slice, fills: Sequence[Execution]) -> BrokerOrder:
    asked, filled = piece.request, totals_of(fills).shares
    state = OrderState.FILLED if filled >= asked.shares else OrderState.PARTIALLY_FILLED
    return BrokerOrder(asked.key, "", asked.symbol, asked.side, asked.shares, filled, state, "known by its executions")


def _take_their_word(context: StepContext, piece: Slice, said: Resolution) -> None:
    """Dead is dead; alive works until the close, and what it fills comes with the executions."""
    over = context.broker.now() >= context.broker.session_hours(context.session)[1]
    alive = OrderState.EXPIRED if over else OrderState.ACCEPTED
    state = OrderState.REJECTED if said.said == "dead" else alive
    reason = f"{said.said}, says {said.who}: {said.because}"
    record_events(context, [OrderEvent(piece.request.key, state, context.broker.now(), "", reason, cause=Cause.PERSON)])


def _may_send_again(context: StepContext, piece: Slice) -> bool:
    """Whether the broker knows keys and the order still makes sense: its price holds, its time is not over.

    It may go out after its wave, at its old size: that takes its key, and whoever still holds the first one cannot make
    it two. One that the broker refused when it was sent again is only looked for: it would be refused at every look.
    """
    if not context.broker.capabilities.keys_are_unique or piece.cause is Cause.REFUSED_AGAIN:
        return False
    if piece.request.order_type is not OrderType.LIMIT and not price_holds(context, piece):
        return False
    # Asked last: a question may wait for a silent broker.
    return context.broker.now() < _end_of(context, piece)


def _end_of(context: StepContext, piece: Slice) -> datetime:
    """Until when it could still trade as it was meant."""
    opens, closes = context.broker.session_hours(context.session)
    end = opens if piece.request.time_in_force is TimeInForce.AT_OPEN else closes
    native = piece.request.native
    return min(end, native.end) if native is not None and native.end is not None else end


def price_holds(context: StepContext, piece: Slice) -> bool:
    """Whether the market is still within the band of the approval; False without a quote. Asks the broker."""
    quote = context.broker.quotes([piece.request.symbol]).get(piece.request.symbol)
    order = next(o for o in context.journal.orders.orders(context.cycle_id) if o.order_id == piece.order_id)
    if quote is None:
        return False
    return float(abs(quote.mid / order.decision_price - 1)) * 100 <= context.book.approval.price_band_pct


def _send_again(context: StepContext, piece: Slice) -> None:
    """The same order under the same key: a broker that knows its keys cannot make it two."""
    key = piece.request.key
    why = "a complete answer did not have it; sent again under its own key, which the broker takes once"
    record_events(context, [OrderEvent(key, OrderState.SENT, context.broker.now(), "", why)])
    with measuring(context) as watch:
        answer = submit(context, in_turn(context, [piece])[0], watch)
    if answer.state in NOT_TAKEN:
        # Withheld or refused now: that says nothing about the first one, which may still be on its way.
        is_refused = answer.state is OrderState.REJECTED
        reason = f"{REFUSED_AGAIN}: {answer.reason}" if is_refused else answer.reason
        cause = Cause.REFUSED_AGAIN if is_refused else Cause.TOLD
        answer = OrderEvent(key, OrderState.UNKNOWN, context.broker.now(), "", reason, cause=cause)
    record_events(context, [answer])


def _mark_never_arrived(context: StepContext, pieces: Sequence[Slice]) -> None:
    now = context.broker.now()
    why = f"{NEVER_ARRIVED}: two complete answers of the broker do not have it, and it cannot be on its way any more"
    cause = Cause.NEVER_ARRIVED
    record_events(context, [OrderEvent(p.request.key, OrderState.REJECTED, now, "", why, cause=cause) for p in pieces])
