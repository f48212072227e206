"""What the market shows: a quote, and a bar."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Quote:
    """Top of book at an instant, USD per share."""

    symbol: str
    at: datetime
    bid: Decimal
    ask: Decimal
    last: Decimal
    bid_size: Decimal | None = None
    """Shown at the bid, as the source counts it: in shares, or in round lots. None where it tells no sizes."""
    ask_size: Decimal | None = None
    """Likewise at the ask."""
    source: str = ""
    """Whose quote it is, in a few words: which feed, of which exchanges."""

    @property
    def mid(self) -> Decimal:
        """Halfway between bid and ask, USD per share, not rounded to a tick."""
        return (self.bid + self.ask) / 2


@dataclass(frozen=True, slots=True)
class MarketBar:
    """What the whole market did in one interval [start, end) of a session; own fills included."""

    symbol: str
    start: datetime
    end: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: int
    vwap: Decimal
    auction: str | None = None
    """`open` or `close` for the bar of an auction print, None for continuous trading."""
