"""Alpaca's JSON of the market as the desk's values: quotes, minutes with the auctions taken out, hours; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tasks.brokers.alpaca.errors import Silence
from tasks.brokers.alpaca.parse_orders import mapping, moment, number, rows, text
from tasks.model.json_values import is_object
from tasks.model.market import MarketBar, Quote

NEW_YORK = ZoneInfo("America/New_York")
MINUTE = timedelta(minutes=1)
VWAP = Decimal("0.0000000001")
PRINTS = {"o": ("open", ("O", "Q")), "c": ("close", ("6", "M"))}
"""Auction, and the conditions of its prints: the trade first, the official price for want of it."""


def hours_of(answer: Any, session: date) -> tuple[datetime, datetime] | None:
    """Open and close, UTC, from the calendar's Eastern wall clock; None when the day is no session. Raises: Silence."""
    for row in rows(answer, "the calendar"):
        if text(row, "date") == session.isoformat():
            return _eastern(session, text(row, "open")), _eastern(session, text(row, "close"))
    return None


FEEDS = {
    "sip": "Alpaca, SIP: the consolidated best bid and offer of all US exchanges",
    "iex": "Alpaca, IEX alone: the best of one exchange, which is not the NBBO",
}


def quote_source(feed: str) -> str:
    """What a quote of the feed is, for the report; `feed` is empty where the subscription decides."""
    name = f"feed {feed}" if feed else "feed of the subscription"
    return FEEDS.get(feed, f"Alpaca, {name}: whether it is the NBBO is not known")


def quotes_of(answer: Any, source: str = "Alpaca") -> dict[str, Quote]:
    """A price of zero is none: such a symbol, halted or not yet quoted, is left out. `source` names the feed.

    Raises: Silence.
    """
    found: dict[str, Quote] = {}
    for symbol, snapshot in mapping(answer, "the snapshots").items():
        row = mapping(snapshot, "a snapshot")
        quote, trade = row.get("latestQuote"), row.get("latestTrade")
        if not is_object(quote) or not is_object(trade):
            continue
        bid, ask, last = number(quote, "bp"), number(quote, "ap"), number(trade, "p")
        if bid > 0 and ask > 0 and last > 0:
            bid_size, ask_size = (number(quote, name) if quote.get(name) is not None else None for name in ("bs", "as"))
            found[symbol] = Quote(symbol, moment(quote, "t"), bid, ask, last, bid_size, ask_size, source)
    return found


def minutes_of(listed: Iterable[Mapping[str, Any]], symbol: str) -> list[MarketBar]:
    """Raises: Silence."""
    return [_minute(row, symbol) for row in listed]


def auctions_of(days: Iterable[Mapping[str, Any]], symbol: str, hours: tuple[datetime, datetime]) -> list[MarketBar]:
    """The session's prints as bars of no length at its open and its close. Raises: Silence."""
    found: list[MarketBar] = []
    session = f"{hours[0].astimezone(NEW_YORK):%Y-%m-%d}"
    for day in days:
        if text(day, "d") == session:
            for side, at in (("o", hours[0]), ("c", hours[1])):
                found += _auction(rows(day.get(side) or [], "an auction"), symbol, side, at)
    return found


def without_auctions(
    minutes: Sequence[MarketBar], prints: Sequence[MarketBar], hours: tuple[datetime, datetime]
) -> list[MarketBar]:
    """Continuous trading between open and close, and the prints beside it: every share once.

    Alpaca counts the opening print in the first minute, and the closing print in the minute after the close, which is
    left out here. A first minute without anything else is left out too; its open, high and low are as they were told.
    """
    opening = next((bar for bar in prints if bar.auction == "open"), None)
    inside = [_less(bar, opening) for bar in minutes if hours[0] <= bar.start and bar.end <= hours[1]]
    bars = [bar for bar in inside if bar is not None]
    return [bar for bar in prints if bar.auction == "open"] + bars + [bar for bar in prints if bar.auction == "close"]


def chosen(bars: Iterable[MarketBar], start: datetime, end: datetime, now: datetime) -> tuple[MarketBar, ...]:
    """Bars that begin in [start, end) and have ended; the closing print goes to the window that reaches the close."""
    return tuple(bar for bar in bars if bar.end <= now and _belongs(bar, start, end))


def _belongs(bar: MarketBar, start: datetime, end: datetime) -> bool:
    if bar.auction == "close":
        return start < bar.start <= end
    return start <= bar.start < end


def _minute(row: Mapping[str, Any], symbol: str) -> MarketBar:
    at = moment(row, "t")
    opened, high, low, closed = (number(row, name) for name in "ohlc")
    return MarketBar(symbol, at, at + MINUTE, opened, high, low, closed, int(number(row, "v")), number(row, "vw"))


def _auction(listed: Sequence[Mapping[str, Any]], symbol: str, side: str, at: datetime) -> list[MarketBar]:
    """The largest print of the auction's own condition: the same print comes once for each condition and exchange."""
    name, conditions = PRINTS[side]
    for condition in conditions:
        sized = [row for row in listed if row.get("c") == condition and row.get("s")]
        if sized:
            largest = max(sized, key=lambda row: number(row, "s"))
            price = number(largest, "p")
            size = int(number(largest, "s"))
            return [MarketBar(symbol, at, at, price, price, price, price, size, price, name)]
    return []


def _less(bar: MarketBar, opening: MarketBar | None) -> MarketBar | None:
    """The minute without the opening print; None when nothing is left of it."""
    if opening is None or not bar.start <= opening.start < bar.end:
        return bar
    volume = bar.volume - opening.volume
    if volume <= 0:
        return None
    traded = bar.vwap * bar.volume - opening.vwap * opening.volume
    return replace(bar, volume=volume, vwap=(traded / volume).quantize(VWAP, ROUND_HALF_EVEN))


def _eastern(day: date, clock: str) -> datetime:
    try:
        at = time.fromisoformat(clock)
    except ValueError as error:
        raise Silence(f"a calendar whose hours are {clock!r}") from error
    return datetime.combine(day, at, NEW_YORK).astimezone(UTC)
