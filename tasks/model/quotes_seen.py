"""Quotes in force when a child order was sent and when its fill was collected, as they stand on record; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from tasks.model.market import Quote
from tasks.model.orders import Execution, OrderRequest

GOOD_FOR = timedelta(seconds=5)
"""How long after it was asked for a quote still counts as what is known right before sending."""


class Moment(StrEnum):
    """When the quote was looked at."""

    SENT = "sent"
    FILLED = "filled"
    """When the fill was collected, which may be long after it happened."""


@dataclass(frozen=True, slots=True)
class QuoteSeen:
    """One quote as it was known at one moment of a child order; prices USD a share, sizes shares, instants UTC."""

    cycle_id: str
    key: str
    """Of the child order."""
    moment: Moment
    execution_id: str
    """Of the fill; empty for the moment of sending."""
    asked_at: datetime
    """By the broker's clock, when it was asked for."""
    at: datetime
    """The quote's own time, as its source says it."""
    bid: Decimal
    ask: Decimal
    bid_size: Decimal | None
    ask_size: Decimal | None
    source: str

    @property
    def mid(self) -> Decimal:
        """Halfway between bid and ask, USD a share."""
        return (self.bid + self.ask) / 2


@dataclass(frozen=True, slots=True)
class AskedQuotes:
    """What one question for quotes came to; a symbol that has none is absent."""

    asked_at: datetime
    quotes: Mapping[str, Quote] = field(default_factory=dict[str, Quote])


def seen_at_sending(cycle_id: str, asked: AskedQuotes | None, requests: Iterable[OrderRequest]) -> list[QuoteSeen]:
    """One for every child order whose symbol has a quote."""
    if asked is None:
        return []
    return [
        _seen(cycle_id, asked.asked_at, quote, request.key, Moment.SENT)
        for request in requests
        if (quote := asked.quotes.get(request.symbol)) is not None
    ]


def seen_at_fill(cycle_id: str, asked: AskedQuotes | None, fills: Iterable[Execution]) -> list[QuoteSeen]:
    """One for every execution whose symbol has a quote."""
    if asked is None:
        return []
    return [
        _seen(cycle_id, asked.asked_at, quote, fill.key, Moment.FILLED, fill.execution_id)
        for fill in fills
        if (quote := asked.quotes.get(fill.symbol)) is not None
    ]


def _seen(
    cycle_id: str, asked_at: datetime, quote: Quote, key: str, moment: Moment, execution_id: str = ""
) -> QuoteSeen:
    return QuoteSeen(
        cycle_id=cycle_id,
        key=key,
        moment=moment,
        execution_id=execution_id,
        asked_at=asked_at,
        at=quote.at,
        bid=quote.bid,
        ask=quote.ask,
        bid_size=quote.bid_size,
        ask_size=quote.ask_size,
        source=quote.source,
    )
