"""Writes down what the broker said of our orders."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from tasks.context import StepContext
from tasks.model.desk_event import filled, order_moved
from tasks.model.order_records import OrderEvent, Slice
from tasks.model.order_states import WORKING, StepKind, step
from tasks.model.orders import BrokerOrder, Cause, Execution
from tasks.model.quotes_seen import QuoteSeen
from tasks.orders.quotes_seen import quotes_of_fills


def record_events(context: StepContext, events: Sequence[OrderEvent], quotes: Sequence[QuoteSeen] = ()) -> None:
    """Put on record what became of orders, with the quotes of that moment."""
    context.journal.orders.add_events(events, quotes)
    context.announce([order_moved(event) for event in events])


def record_answers(context: StepContext, answers: Sequence[tuple[Slice, BrokerOrder]]) -> None:
    """Add an event wherever the broker's word is news; an old word that comes late moves nothing back."""
    now = context.broker.now()
    record_events(context, [event for piece, order in answers if (event := _news(piece, order, now)) is not None])


def record_executions(context: StepContext, executions: Sequence[Execution]) -> tuple[Execution, ...]:
    """Add executions of this cycle's own orders, and the quotes of their symbols now; returns those that were new."""
    orders, broker = context.journal.orders, context.broker.name
    quotes = quotes_of_fills(context, orders.not_on_record(broker, context.cycle_id, executions))
    new = orders.record_fills(broker, context.cycle_id, executions, quotes)
    context.announce([filled(execution) for execution in new])
    return new


def _news(piece: Slice, order: BrokerOrder, now: datetime) -> OrderEvent | None:
    said = step(piece.state, order.state)
    if said.kind is StepKind.STALE or (said.kind is StepKind.SAME and not _says_more(piece, order)):
        return None
    reason = "; ".join(part for part in (order.reason, said.sentence if said.kind is StepKind.SURPRISE else "") if part)
    return reported_event(piece, replace(order, reason=reason), now)


def _says_more(piece: Slice, order: BrokerOrder) -> bool:
    """Whether the same state comes with another cause, or a working order with words that are not on record yet."""
    has_new_words = piece.state in WORKING and bool(order.reason) and order.reason not in piece.reason
    return has_new_words or _has_another_cause(piece, order)


def _has_another_cause(piece: Slice, order: BrokerOrder) -> bool:
    """Whether the same state rests on something else now: held, no more held, or in doubt."""
    return order.cause is not piece.cause and bool({order.cause, piece.cause} & {Cause.HELD, Cause.IN_DOUBT})


def reported_event(piece: Slice, order: BrokerOrder, now: datetime) -> OrderEvent:
    """The broker's word on one order, as an event."""
    return OrderEvent(
        key=piece.request.key,
        state=order.state,
        at=now,
        broker_order_id=order.broker_order_id,
        reason=order.reason,
        filled_shares=order.filled_shares,
        cause=order.cause,
    )
