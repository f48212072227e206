"""Each fill beside the quote that was known when its child order was sent: which can be measured by it, and which not.

Where a quote is not usable the fill is counted, named and left out of every spread measure: nothing is assumed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from tasks.model.market import MarketBar
from tasks.model.orders import Execution
from tasks.model.quotes_seen import Moment, QuoteSeen
from tasks.tca.inputs import OrderRecord
from tasks.tca.mark_outs import price_at

STALE_AFTER = timedelta(seconds=60)
"""A quote whose own time lies further before the sending than this says nothing of the market the order met."""
MARK_OUT = timedelta(minutes=5)
"""After the fill: the horizon of realized spread and price impact; the longest of those in amended Rule 605."""


class QuoteState(StrEnum):
    """Whether a fill can be measured by the quote at the sending of its child order."""

    USED = "used"
    NOT_RECORDED = "not recorded"
    """Nobody had one: the source showed none for the symbol, or did not answer."""
    LOCKED = "locked"
    CROSSED = "crossed"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class QuotedFill:
    """One execution with what was known of the market around it; prices USD a share, sizes as the source counts."""

    fill: Execution
    state: QuoteState
    sent: QuoteSeen | None
    """In force when the child order was sent."""
    collected: QuoteSeen | None
    """Seen when the fill was collected."""
    collected_after_s: Decimal | None
    """Seconds from the fill to the question for that quote; it is older than the fill where this is negative."""
    later_price: Decimal | None
    """Last trade price of the market `MARK_OUT` after the fill; None where the session was over by then, or without a
    quote to hold it against."""


def quoted_fills(order: OrderRecord) -> tuple[QuotedFill, ...]:
    """In the order of the record."""
    sent = {one.key: one for one in order.quotes if one.moment is Moment.SENT}
    collected = {one.execution_id: one for one in order.quotes if one.moment is Moment.FILLED}
    asked = {piece.key: piece.sent_at for piece in order.slices}
    found: list[QuotedFill] = []
    for fill in order.fills:
        quote, after = sent.get(fill.key), collected.get(fill.execution_id)
        sent_at = asked.get(fill.key)
        age = timedelta(0) if quote is None else (sent_at or quote.asked_at) - quote.at
        found.append(
            QuotedFill(
                fill=fill,
                state=state_of(quote, age),
                sent=quote,
                collected=after,
                collected_after_s=None if after is None else _seconds(after.asked_at - fill.at),
                later_price=None if quote is None else _later(order.market, fill),
            )
        )
    return tuple(found)


def state_of(quote: QuoteSeen | None, age: timedelta) -> QuoteState:
    """`age` is from the quote's own time to the sending."""
    if quote is None:
        return QuoteState.NOT_RECORDED
    if quote.bid > quote.ask:
        return QuoteState.CROSSED
    if quote.bid == quote.ask:
        return QuoteState.LOCKED
    return QuoteState.STALE if age > STALE_AFTER else QuoteState.USED


def _later(bars: Sequence[MarketBar], fill: Execution) -> Decimal | None:
    return price_at(bars, fill.at + MARK_OUT)


def _seconds(length: timedelta) -> Decimal:
    return Decimal(str(round(length.total_seconds(), 3)))
