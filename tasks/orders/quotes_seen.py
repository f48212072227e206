"""The quotes that go on record with what is sent and with what was filled: one question a wave, one a collection.

A quote that cannot be had is not on record, and the report says so: no order waits for one, and none is held back.
"""

from collections.abc import Sequence

from tasks.context import StepContext
from tasks.model.order_records import Slice
from tasks.model.orders import Execution
from tasks.model.quotes_seen import GOOD_FOR, AskedQuotes, QuoteSeen, seen_at_fill, seen_at_sending
from tasks.ports.quotes_now import quotes_now


def quotes_to_send(context: StepContext, intents: Sequence[Slice], decided: AskedQuotes | None) -> list[QuoteSeen]:
    """`decided` are the quotes that the wave was decided on: they stand while they are not older than `GOOD_FOR`.

    Else all symbols are asked for once; without an answer the older ones stand, with the time they were asked at.
    """
    symbols = {intent.request.symbol for intent in intents}
    if decided is None or context.broker.now() - decided.asked_at > GOOD_FOR:
        decided = quotes_now(context.broker, sorted(symbols)) or decided
    return seen_at_sending(context.cycle_id, decided, [intent.request for intent in intents])


def quotes_of_fills(context: StepContext, fills: Sequence[Execution]) -> list[QuoteSeen]:
    """Of all symbols that have filled, as they are when the fills are collected.

    A fill that names none of the session's child orders, as a correction may, has no place for a quote.
    """
    keys = {piece.request.key for piece in context.journal.orders.slices(context.cycle_id)}
    own = [fill for fill in fills if fill.key in keys]
    if not own:
        return []
    asked = quotes_now(context.broker, sorted({fill.symbol for fill in own}))
    return seen_at_fill(context.cycle_id, asked, own)
