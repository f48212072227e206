"""Source `ibkr`: bars of Interactive Brokers, by TWS's clock, each symbol whole or none of them.

TRADES are adjusted for splits, ADJUSTED_LAST for dividends too; there are no raw ones. Volumes are IB's own: without
the trades that it filters out of its bars. The socket of TWS tells no corporate actions. It has a connection of its
own, so that it never holds up what the orders need.
"""

# pandas ships no stubs.
# pyright: reportMissingTypeStubs=false

import time
from collections.abc import Sequence
from datetime import date, datetime

import pandas as pd

from tasks.book.broker import IbkrSettings
from tasks.book.data import IbkrDataSettings
from tasks.brokers.ibkr import parse_prices
from tasks.brokers.ibkr.market_data import Window
from tasks.brokers.ibkr.price_client import Connections, Pace, PriceClient
from tasks.brokers.ibkr.transport import LOOP
from tasks.market_data import calendar
from tasks.market_data.frames import action_frame, daily_frame, intraday_frame
from tasks.market_data.session_hours import SETTLES, last_whole, last_whole_until

FIRST_SESSION = date(1990, 1, 2)
"""How far back a stock goes differs from one to the next, and what is missing is for the checks to find."""
KINDS = {"split": "TRADES", "split_and_dividend": "ADJUSTED_LAST"}
"""What TWS calls bars of each adjustment."""
ROUTE = "smart"


class IbkrSource:
    """Connects for each question, under a client id of its own."""

    name = f"ibkr:{ROUTE}"

    def __init__(self, connections: Connections, adjustment: str) -> None:
        """`adjustment` is one of KINDS."""
        self.adjustment = adjustment
        self._connections = connections

    def available(self) -> tuple[date, date]:
        """To the newest session that is over by TWS's clock. Raises: BrokerError."""
        return FIRST_SESSION, last_whole(LOOP.run(self._connections.during(PriceClient.time)))

    def daily_bars(self, symbols: Sequence[str], first: date, last: date) -> pd.DataFrame:
        """Regular hours only. Raises: BrokerError; ConfigError for a symbol that means several stocks."""

        async def read(client: PriceClient) -> pd.DataFrame:
            now = await client.time()
            end = last_whole_until(last, now)
            rows: list[tuple[object, ...]] = []
            for symbol in dict.fromkeys(symbols) if first <= end else ():
                stock = await client.stock(symbol)
                if stock is not None:
                    window = _daily_window(KINDS[self.adjustment], first, end, now)
                    rows += parse_prices.daily_rows(symbol, await client.bars(symbol, stock, window), first, end)
            return daily_frame(rows)

        return LOOP.run(self._connections.during(read))

    def intraday_bars(self, symbols: Sequence[str], session: date) -> pd.DataFrame | None:
        """Minutes of a session that is over, on the same price basis as the daily bars; None where none has any.

        Minutes adjusted for dividends cannot be asked for by day: each is a minute of TRADES times the ratio of the
        session's two closes.
        """
        if not calendar.is_session(session):
            return None
        hours = calendar.session_hours(session)

        async def read(client: PriceClient) -> pd.DataFrame:
            now = await client.time()
            rows: list[tuple[object, ...]] = []
            for symbol in dict.fromkeys(symbols) if hours[1] + SETTLES <= now else ():
                rows += await self._minutes(client, symbol, hours, now)
            return intraday_frame(rows)

        bars = LOOP.run(self._connections.during(read))
        return None if bars.empty else bars

    def corporate_actions(self, symbols: Sequence[str], first: date, last: date) -> pd.DataFrame:  # noqa: ARG002
        """None: TWS tells none. With `split_and_dividend` none are needed, with `split` dividends stay unknown."""
        return action_frame(())

    async def _minutes(
        self, client: PriceClient, symbol: str, hours: tuple[datetime, datetime], now: datetime
    ) -> list[tuple[object, ...]]:
        stock = await client.stock(symbol)
        if stock is None:
            return []
        seconds = int((hours[1] - hours[0]).total_seconds())
        bars = await client.bars(symbol, stock, Window(hours[1], f"{seconds} S", "1 min"))
        if not bars:
            return []
        factor = 1.0 if self.adjustment == "split" else await _dividend_factor(client, symbol, stock, hours, now)
        return list(parse_prices.minute_rows(symbol, bars, hours, factor))


async def _dividend_factor(
    client: PriceClient, symbol: str, stock: object, hours: tuple[datetime, datetime], now: datetime
) -> float:
    """Adjusted close over traded close of a session; NaN where IB does not tell both, so that no price is made up."""
    session = hours[0].date()
    closes = [
        parse_prices.close_of(
            symbol, await client.bars(symbol, stock, _daily_window(kind, session, session, now)), session
        )
        for kind in KINDS.values()
    ]
    traded, adjusted = closes
    return adjusted / traded if traded and adjusted else float("nan")


def _daily_window(kind: str, first: date, end: date, now: datetime) -> Window:
    """TRADES up to the session `end`; ADJUSTED_LAST has no other end than now."""
    if kind == "ADJUSTED_LAST":
        return Window(None, parse_prices.length_of(first, now.date()), "1 day", kind)
    return Window(calendar.session_hours(end)[1] + SETTLES, parse_prices.length_of(first, end), "1 day", kind)


def open_ibkr_source(settings: IbkrDataSettings, adjustment: str) -> IbkrSource:
    """Nothing is connected yet; `adjustment` is `split` or `split_and_dividend`."""
    line = IbkrSettings(
        host=settings.host,
        port=settings.port,
        client_id=settings.client_id,
        answer_seconds=settings.answer_seconds,
        primary_exchanges=settings.primary_exchanges,
    )
    return IbkrSource(Connections(line, Pace(settings.history_requests, time.monotonic)), adjustment)
