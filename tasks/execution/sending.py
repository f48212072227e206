"""The only place that sends: intents already committed, one key one order, unknown is never sent blindly again."""

from collections.abc import Sequence

from tasks.brokers.protocol import Broker
from tasks.errors import OrderRefusedError, OrderUnknownError
from tasks.journal import Journal
from tasks.journal.orders import Slice
from tasks.terms import BrokerOrder, OrderState

UNANSWERED = frozenset({OrderState.INTENDED, OrderState.SENT, OrderState.UNKNOWN})
"""States in which the broker may or may not have the order."""
WORKING = frozenset({OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED})


def send_all(broker: Broker, journal: Journal, intents: Sequence[Slice]) -> tuple[str, ...]:
    """Bring every unanswered intent to an answer; returns a sentence for each refusal.

    `sent` is committed for all of them before the first call, so an intent that still says `intended` was certainly
    never sent; any other is looked up first, and only sent when the broker proves that it has no such order.
    Raises: OrderUnknownError after all others were dealt with, naming the orders without an answer.
    """
    waiting = [intent for intent in intents if intent.state in UNANSWERED]
    fresh = [intent for intent in waiting if intent.state is OrderState.INTENDED]
    journal.orders.add_events([(i.request.key, OrderState.SENT, broker.now(), "", "") for i in fresh])
    answers: list[tuple[str, OrderState, str, str]] = []
    try:
        for intent in waiting:
            answers.append(_answer(broker, intent))
    finally:
        # Also when the process is stopped halfway by an error: what was answered is kept.
        now = broker.now()
        journal.orders.add_events([(key, state, now, broker_id, why) for key, state, broker_id, why in answers])
    unknown = [key for key, state, _, _ in answers if state is OrderState.UNKNOWN]
    if unknown:
        raise OrderUnknownError(
            f"no answer for {', '.join(unknown)}; nothing more is sent for them. Look at the broker, then run the "
            "session again: it asks the broker for these keys before anything else"
        )
    symbols = {intent.request.key: intent.request.symbol for intent in waiting}
    return tuple(
        f"{symbols[key]}: refused by the broker, {why}"
        for key, state, _, why in answers
        if state is OrderState.REJECTED
    )


def settle_working(broker: Broker, journal: Journal, slices: Sequence[Slice]) -> None:
    """Cancel what still works from earlier waves and record what each order really became."""
    working = [piece for piece in slices if piece.state in WORKING]
    record_answers(broker, journal, [(piece, broker.cancel(piece.request.key)) for piece in working])


def look_up(broker: Broker, journal: Journal, slices: Sequence[Slice]) -> None:
    """Record the newest state of everything that was not final, without changing anything at the broker."""
    pending = [piece for piece in slices if piece.state in WORKING or piece.state in UNANSWERED]
    found = [(piece, broker.find_order(piece.request.key)) for piece in pending]
    record_answers(broker, journal, [(piece, order) for piece, order in found if order is not None])


def record_answers(broker: Broker, journal: Journal, answers: Sequence[tuple[Slice, BrokerOrder]]) -> None:
    """Add an event wherever the broker's word is news."""
    now = broker.now()
    journal.orders.add_events(
        [
            (piece.request.key, order.state, now, order.broker_order_id, order.reason)
            for piece, order in answers
            if order.state is not piece.state
        ]
    )


def _answer(broker: Broker, intent: Slice) -> tuple[str, OrderState, str, str]:
    key = intent.request.key
    try:
        known = broker.find_order(key) if intent.state is not OrderState.INTENDED else None
        order = known if known is not None else broker.submit(intent.request)
    except OrderRefusedError as no:
        return key, OrderState.REJECTED, "", str(no)
    except OrderUnknownError as lost:
        return key, OrderState.UNKNOWN, "", str(lost)
    return key, order.state, order.broker_order_id, order.reason
