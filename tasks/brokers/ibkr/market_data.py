"""Quotes and bars from TWS: live ones, whole answers, or none."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tasks.brokers.ibkr.codes import DELAYED, NO_DATA, NO_PERMISSION
from tasks.brokers.ibkr.connection import Connection
from tasks.brokers.ibkr.contracts import Contracts, UnknownSymbolError, to_send
from tasks.brokers.ibkr.reported import Decoded, exact
from tasks.brokers.ibkr.requests import QuestionRefusedError
from tasks.brokers.ibkr.wrapper import ASK, BID, LAST
from tasks.errors import BrokerError
from tasks.model.market import MarketBar, Quote

MINUTE = timedelta(minutes=1)
LONGEST = timedelta(days=1)
REGULAR_HOURS = True
SOURCE = "TWS, SMART route: the best bid and offer that IB shows, asked for as a snapshot"
AS_EPOCH_SECONDS = 2
"""Of minutes; daily bars are dated YYYYMMDD all the same."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which bars are asked for, in the words of TWS."""

    until: datetime | None
    """None ends now, the only end that ADJUSTED_LAST has."""
    length: str
    """`3600 S`, `30 D`, `2 Y`."""
    size: str
    """`1 min` or `1 day`."""
    kind: str = "TRADES"
    """TRADES are adjusted for splits, ADJUSTED_LAST for dividends too."""

    @property
    def end(self) -> str:
        """As TWS reads it, in UTC; empty is now."""
        return "" if self.until is None else f"{self.until.astimezone(UTC):%Y%m%d %H:%M:%S} UTC"


async def quotes(line: Connection, contracts: Contracts, symbols: Sequence[str], at: datetime) -> dict[str, Quote]:
    """Top of book; a symbol without a bid and an ask, or unknown, is left out. Raises: BrokerError for delayed data.

    TWS tells no time of them: they are of `at`, the moment of the question, or of when their farm broke down.
    """
    told = await asyncio.gather(*(_quote(line, contracts, symbol, at) for symbol in dict.fromkeys(symbols)))
    of = line.farms.quotes_are_of(at)
    return {quote.symbol: replace(quote, at=of) for quote in told if quote is not None}


async def _quote(line: Connection, contracts: Contracts, symbol: str, at: datetime) -> Quote | None:
    try:
        stock = to_send(await contracts.traded(line, symbol))
        rows = await line.request_numbered(
            f"the quote of {symbol}", lambda client, number: client.reqMktData(number, stock, "", True, False, [])
        )
    except UnknownSymbolError:
        return None
    except QuestionRefusedError as no:
        if no.code not in NO_PERMISSION:
            raise
        raise BrokerError(f"the quote of {symbol}: {no}; subscribe to its market data at IB") from no
    told: dict[object, Decimal] = dict(rows)
    if any(kind == "type" and value in DELAYED for kind, value in rows):
        raise BrokerError(f"the quote of {symbol} is delayed, and no decision is made on it; subscribe to live data")
    bid, ask = told.get(BID, Decimal(-1)), told.get(ASK, Decimal(-1))
    if bid <= 0 or ask <= 0:
        return None
    last = told.get(LAST, Decimal(-1))
    bid_size, ask_size = (size if (size := told.get(("size", side))) else None for side in (BID, ASK))
    return Quote(symbol, at, bid, ask, last if last > 0 else (bid + ask) / 2, bid_size, ask_size, SOURCE)


async def minute_bars(
    line: Connection, contracts: Contracts, symbol: str, start: datetime, end: datetime
) -> tuple[MarketBar, ...]:
    """Trades of the regular session in [start, end); IB has auction prints inside the minutes.

    None of a symbol that TWS has no contract of: its orders are refused one by one, and the others go on.
    Raises: BrokerError.
    """
    if end <= start:
        return ()
    if end - start > LONGEST:
        raise BrokerError(f"minute bars of {symbol}: {end - start} is more than a day; ask for one session at a time")
    try:
        stock = to_send(await contracts.traded(line, symbol))
    except UnknownSymbolError:
        return ()
    window = Window(end, f"{int((end - start).total_seconds())} S", "1 min")
    bars = [_bar(symbol, row) for row in await history(line, stock, symbol, window)]
    return tuple(bar for bar in bars if start <= bar.start < end)


async def history(line: Connection, stock: Any, symbol: str, window: Window) -> list[Decoded]:
    """The library's bars of a contract in regular hours, oldest first; none where IB has none. Raises: BrokerError."""
    what = f"{window.size} bars of {symbol}"

    def send(client: Any, number: int) -> None:
        asked = (window.end, window.length, window.size, window.kind, REGULAR_HOURS, AS_EPOCH_SECONDS)
        client.reqHistoricalData(number, stock, *asked, False, [])

    try:
        return await line.request_numbered(what, send)
    except QuestionRefusedError as no:
        words = str(no).lower()
        if no.code == NO_DATA and "no data" in words:
            return []
        if no.code in NO_PERMISSION or "permission" in words:
            raise BrokerError(f"{what}: {no}; subscribe to its market data at IB") from no
        raise BrokerError(f"{what}: {no}; ask again later") from no


def _bar(symbol: str, row: object) -> MarketBar:
    told: dict[str, float] = {
        name: getattr(row, name) for name in ("open", "high", "low", "close", "volume", "average")
    }
    start = datetime.fromtimestamp(int(getattr(row, "date")), UTC)  # noqa: B009 - the library's, untyped
    return MarketBar(
        symbol=symbol,
        start=start,
        end=start + MINUTE,
        open=exact(told["open"]),
        high=exact(told["high"]),
        low=exact(told["low"]),
        close=exact(told["close"]),
        volume=int(told["volume"]),
        vwap=exact(told["average"]),
    )
