"""The only place that sends: intents are on record, `sent` is on record, and then each is sent exactly once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from tasks.context import StepContext
from tasks.errors import BrokerError, HaltedError, OrderInDoubtError, OrderRefusedError, StandingRefusalError
from tasks.model.latency import SUBMIT
from tasks.model.order_records import OrderEvent, Slice
from tasks.model.order_states import NOT_TAKEN
from tasks.model.orders import Cause, OrderState
from tasks.model.quotes_seen import AskedQuotes
from tasks.orders.latency import Stopwatch, measuring
from tasks.orders.quotes_seen import quotes_to_send
from tasks.orders.record import record_events, reported_event
from tasks.orders.urgency import urgency_of


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a batch."""

    refusals: tuple[str, ...] = ()
    """A sentence for each order that the broker, or the halt, did not let through."""
    unknown: tuple[str, ...] = ()
    """Keys without an answer."""


def send_fresh(
    context: StepContext,
    intents: Sequence[Slice],
    watch: Stopwatch | None = None,
    decided_on: AskedQuotes | None = None,
) -> Sent:
    """Send the intents that were certainly never sent; all others are for the resolver.

    `sent` is committed for all of them before the first call, so an intent that still says `intended` was certainly
    never sent. An intent that the halt withholds ends as cancelled: no call was made for it.
    The quote of each goes on record with `sent`: of those in `decided_on`, as long as they are fresh.
    """
    fresh = [intent for intent in intents if intent.state is OrderState.INTENDED]
    if not fresh:
        return Sent()
    quotes, now = quotes_to_send(context, fresh, decided_on), context.broker.now()
    record_events(context, [OrderEvent(i.request.key, OrderState.SENT, now) for i in fresh], quotes)
    answers: list[OrderEvent] = []
    with measuring(context, watch) as measured, context.journal.looks.in_a_row():
        try:
            for intent in in_turn(context, fresh):
                answers.append(submit(context, intent, measured))
        finally:
            # Also when an error ends the loop halfway: what was answered is kept, the rest says `sent`.
            record_events(context, answers)
    symbols = {intent.request.key: intent.request.symbol for intent in fresh}
    return Sent(
        refusals=tuple(f"{symbols[a.key]}: not taken, {a.reason}" for a in answers if a.state in NOT_TAKEN),
        unknown=tuple(a.key for a in answers if a.state is OrderState.UNKNOWN),
    )


def in_turn(context: StepContext, intents: Sequence[Slice]) -> list[Slice]:
    """The same intents, each with its urgency (`urgency.py`), the most urgent first: sells before buys."""
    _, closes = context.broker.session_hours(context.session)
    deadline = closes - timedelta(minutes=context.book.execution.stop_before_close_min)
    liquidates = context.cycle.kind == "liquidation"
    urgent = [
        replace(
            intent,
            request=replace(
                intent.request,
                urgency=urgency_of(intent.request, is_sweep=intent.due_at >= deadline, is_liquidation=liquidates),
            ),
        )
        for intent in intents
    ]
    return sorted(urgent, key=lambda intent: intent.request.urgency)


def submit(context: StepContext, intent: Slice, watch: Stopwatch) -> OrderEvent:
    """One call, and what it came to; everything but a clear answer is `unknown`.

    Raises: LeaseLostError before the call.
    """
    key = intent.request.key

    def came_to(state: OrderState, why: object, cause: Cause) -> OrderEvent:
        return OrderEvent(key, state, context.broker.now(), "", str(why), cause=cause)

    try:
        order = watch.time(SUBMIT, key, lambda: context.broker.submit(intent.request))
    except HaltedError as halted:
        return came_to(OrderState.CANCELLED, f"withheld before the call: {halted}", Cause.WITHHELD)
    except StandingRefusalError as no:
        return came_to(OrderState.REJECTED, no, Cause.STANDING)
    except OrderRefusedError as no:
        return came_to(OrderState.REJECTED, no, Cause.REFUSED)
    except OrderInDoubtError as doubt:
        return came_to(OrderState.UNKNOWN, doubt, Cause.IN_DOUBT)
    except BrokerError as lost:
        return came_to(OrderState.UNKNOWN, lost, Cause.TOLD)
    return reported_event(intent, order, context.broker.now())


def withhold(context: StepContext, intents: Sequence[Slice], why: str) -> None:
    """End intents that were never sent and never will be."""
    fresh = [intent for intent in intents if intent.state is OrderState.INTENDED]
    now = context.broker.now()
    words, cause = f"withheld: {why}", Cause.WITHHELD
    record_events(
        context, [OrderEvent(i.request.key, OrderState.CANCELLED, now, "", words, cause=cause) for i in fresh]
    )
