"""The past of a venue's market: daily bars adjusted as asked, the running day as far as it has come, and actions."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from tasks.book.broker import SimulatedSettings
from tasks.brokers.simulated.exchange import Exchange
from tasks.brokers.simulated.faults.exchange import FaultyExchange
from tasks.brokers.simulated.market.market import STILL_TO_APPLY
from tasks.errors import BadDataError, ConfigError
from tasks.market_data.corporate_actions import PRICES, adjust
from tasks.market_data.frames import daily_frame
from tasks.model.market import MarketBar
from tasks.ports.prices import Source

NEW_YORK = ZoneInfo("America/New_York")
ADJUSTED_FOR = {"raw": (), "split": ("split",), "split_and_dividend": ("split", "dividend")}
"""Which actions are in prices of each adjustment."""


@dataclass(frozen=True, slots=True)
class DailyBar:
    """One session of one symbol: USD per share, and shares."""

    session: date
    open: float
    high: float
    low: float
    close: float
    volume: int


@dataclass(frozen=True)
class History:
    """What the exchange's source holds, and no later than the exchange's clock."""

    exchange: Exchange | FaultyExchange

    def daily(self, symbol: str, first: date, last: date, adjustment: str) -> list[DailyBar]:
        """Bars of sessions in [first, last], adjusted for what went ex until today; the running day is told half.

        Where the source has a close only, the other prices are it and the volume is that of a modelled day.
        Raises: BadDataError where the source's prices have an adjustment in them that was not asked for.
        """
        today = self.today()
        _, adjusted = self._both(symbol, first, adjustment)
        bars = [_bar(row) for row in adjusted.to_dict("records") if row["session"].date() <= last]
        running = self._running(symbol, today) if first <= today <= last else None
        return bars if running is None else [*bars, running]

    def factors(self, symbol: str, session: date, adjustment: str) -> tuple[float, float]:
        """What to multiply prices and volumes inside a session with; the running one needs nothing."""
        if adjustment == "raw":
            return 1.0, 1.0
        told, adjusted = self._both(symbol, session, adjustment)
        if told.empty or told["session"].iloc[0].date() != session:
            return 1.0, 1.0
        price = float(adjusted["close"].iloc[0] / told["close"].iloc[0])
        volume = float(adjusted["volume"].iloc[0] / told["volume"].iloc[0])
        return price, volume if volume > 0 else 1.0

    def actions(self, symbols: Sequence[str], first: date, last: date) -> list[tuple[date, str, str, float]]:
        """(ex_date, symbol, kind, value) of the source, oldest first, announced or not."""
        table = self._source.corporate_actions(symbols, first, last)
        rows = table[["ex_date", "symbol", "kind", "value"]].itertuples(index=False)
        return sorted((pd.Timestamp(row[0]).date(), str(row[1]), str(row[2]), float(row[3])) for row in rows)

    # ---- behind ------------------------------------------------------------------------------------------------

    @property
    def _source(self) -> Source:
        return self.exchange.market.source

    def today(self) -> date:
        """In New York, by the exchange's clock."""
        return self.exchange.now().astimezone(NEW_YORK).date()

    def _both(self, symbol: str, first: date, adjustment: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The source's rows from `first` to the newest session that is over, and the same adjusted.

        To the newest one: a dividend is measured by the close before it, whatever sessions were asked for.
        """
        today, now = self.today(), self.exchange.now()
        frame = self._rows(symbol, first, today)
        known = frame[frame["close"].notna()].assign(session=pd.to_datetime(frame["session"]))
        is_over = np.array([self._is_over(at.date(), now) for at in known["session"]], dtype=bool)
        over = known[is_over].sort_values("session")
        return over, adjust(over, self._to_apply(symbol, first, today, adjustment), today)

    def _rows(self, symbol: str, first: date, last: date) -> pd.DataFrame:
        """None for a symbol that the source refuses: a broker does not know it either."""
        try:
            return self._source.daily_bars([symbol], first, last)
        except ConfigError:
            return daily_frame(())

    def _is_over(self, session: date, now: datetime) -> bool:
        return self.exchange.market.is_session(session) and self.exchange.market.hours(session)[1] <= now

    def _to_apply(self, symbol: str, first: date, today: date, adjustment: str) -> pd.DataFrame:
        """Actions that are not in the source's prices, and shall be in the answer's.

        Raises: BadDataError where they are in the source's prices and nothing takes them out again.
        """
        missing = STILL_TO_APPLY[self._source.adjustment]
        table = self._source.corporate_actions([symbol], first, today)
        wanted = ADJUSTED_FOR[adjustment]
        if any(kind not in wanted and kind not in missing for kind in table["kind"]):
            raise BadDataError(f"the venue's prices are {self._source.adjustment}; it has none that are {adjustment}")
        return table[table["kind"].isin([kind for kind in wanted if kind in missing])]

    def _running(self, symbol: str, today: date) -> DailyBar | None:
        """The session of today as far as its minutes have ended; None before the first has, and after the close."""
        market, now = self.exchange.market, self.exchange.now()
        if not market.is_session(today) or self._is_over(today, now):
            return None
        if self._rows(symbol, today, today).empty:
            return None
        bars = self.exchange.bars(symbol, market.hours(today)[0], now)
        return _so_far(today, bars) if bars else None


def _bar(row: Mapping[Hashable, Any]) -> DailyBar:
    close = float(row["close"])
    opened, high, low, closed = (float(row[name]) if pd.notna(row[name]) else close for name in PRICES)
    volume = row["volume"] if pd.notna(row["volume"]) else SimulatedSettings().daily_volume_usd / close
    return DailyBar(row["session"].date(), opened, high, low, closed, round(volume))


def _so_far(session: date, bars: Sequence[MarketBar]) -> DailyBar:
    return DailyBar(
        session,
        float(bars[0].open),
        float(max(bar.high for bar in bars)),
        float(min(bar.low for bar in bars)),
        float(bars[-1].close),
        sum(bar.volume for bar in bars),
    )


def midnight(day: date) -> datetime:
    """In New York: how daily bars are named."""
    return datetime(day.year, day.month, day.day, tzinfo=NEW_YORK)
