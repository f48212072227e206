"""The market that orders were worked in, from bars and daily prices. Pure.

A session is a calendar day of the sessions' zone. Bars are whole: [start, end), an auction's is one instant.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from tasks.model.market import MarketBar
from tasks.tca.outside.settings import ColumnSettings

THREE = Decimal(3)
UNIT = Decimal("0.000001")
OLDEST_CLOSE = 10
"""Days: no market of shares rests as long, so before an older close days of the file are missing."""


@dataclass(frozen=True, slots=True)
class DayPrices:
    """Of one symbol on one day; None is not known."""

    open: Decimal | None
    close: Decimal


@dataclass(frozen=True)
class Session:
    """The bars of one symbol on one day, by start."""

    bars: tuple[MarketBar, ...]

    @cached_property
    def _ends(self) -> list[datetime]:
        return [bar.end for bar in self.bars]

    def price_at(self, at: datetime) -> Decimal:
        """Close of the last bar that had ended by then; before the first one its open."""
        place = bisect_right(self._ends, at)
        return self.bars[place - 1].close if place else self.bars[0].open


class Market:
    """Prices by symbol and day."""

    def __init__(self, prices: pd.DataFrame | None, settings: ColumnSettings) -> None:
        """None is no prices at all."""
        self._unit = settings.units.price
        self._sessions: dict[tuple[str, date], Session | None] = {}
        self._groups: dict[tuple[str, date], list[int]] = {}
        self._daily: dict[tuple[str, date], DayPrices] = {}
        self._days: dict[str, list[date]] = {}
        if prices is not None:
            self._take(prices, settings)

    def _take(self, prices: pd.DataFrame, settings: ColumnSettings) -> None:
        intraday, daily = prices[~prices["daily"].astype(bool)], prices[prices["daily"].astype(bool)]
        self._bars = with_ends(with_days(intraday, settings), settings)
        if len(self._bars):
            for place, key in enumerate(zip(self._bars["symbol"], self._bars["day"], strict=True)):
                self._groups.setdefault(key, []).append(place)
        self._daily = self._daily_prices(daily)
        for symbol, day in sorted({*self._groups, *self._daily}):
            self._days.setdefault(symbol, []).append(day)

    @property
    def has_prices(self) -> bool:
        """Whether there is any price of any symbol."""
        return bool(self._days)

    def session(self, symbol: str, day: date) -> Session | None:
        """None where there are no bars."""
        key = (symbol, day)
        if key not in self._sessions:
            places = self._groups.get(key)
            self._sessions[key] = None if places is None else Session(self._market_bars(self._bars.iloc[places]))
        return self._sessions[key]

    def day(self, symbol: str, day: date) -> DayPrices | None:
        """By the bars first: prints of the auctions, or first open and last close; then by daily prices."""
        session = self.session(symbol, day)
        if session is None:
            return self._daily.get((symbol, day))
        opened = next((bar.close for bar in session.bars if bar.auction == "open"), session.bars[0].open)
        closed = next((bar.close for bar in session.bars if bar.auction == "close"), session.bars[-1].close)
        return DayPrices(opened, closed)

    def previous_close(self, symbol: str, day: date) -> Decimal | None:
        """Of the last day before that has any price, at most `OLDEST_CLOSE` days before."""
        days = self.days_between(symbol, day - timedelta(days=OLDEST_CLOSE), day - timedelta(days=1))
        found = self.day(symbol, days[-1]) if days else None
        return found.close if found else None

    def days_between(self, symbol: str, first: date, last: date) -> list[date]:
        """Days with prices, both ends included."""
        days = self._days.get(symbol, [])
        return days[bisect_right(days, first - timedelta(days=1)) : bisect_right(days, last)]

    def _daily_prices(self, daily: pd.DataFrame) -> dict[tuple[str, date], DayPrices]:
        days = daily["time"].dt.date if len(daily) else []
        return {
            (symbol, day): DayPrices(self._price(opened) if opened else None, self._price(close))
            for symbol, day, opened, close in zip(daily["symbol"], days, daily["open"], daily["close"], strict=True)
        }

    def _market_bars(self, frame: pd.DataFrame) -> tuple[MarketBar, ...]:
        names = ("symbol", "time", "end", "open", "high", "low", "close", "volume_value", "vwap", "auction")
        return tuple(self._bar(*row) for row in zip(*(_plain(frame[name]) for name in names), strict=True))

    def _bar(
        self, symbol: str, start: datetime, end: datetime, opened: str, high: str, low: str, close: str,
        volume: float, vwap: str, auction: str,
    ) -> MarketBar:  # fmt: skip
        last = self._price(close)
        first, top, bottom = (self._price(text) if text else last for text in (opened, high, low))
        typical = ((top + bottom + last) / THREE).quantize(UNIT)
        traded = 0 if np.isnan(volume) else round(volume)
        average = self._price(vwap) if vwap else typical
        return MarketBar(symbol, start, end, first, top, bottom, last, traded, average, auction or None)

    def _price(self, text: str) -> Decimal:
        return Decimal(text) * self._unit


def _plain(column: pd.Series) -> list[Any]:
    if pd.api.types.is_datetime64_any_dtype(column):
        return [stamp.to_pydatetime() for stamp in column]
    return column.tolist()


def with_days(bars: pd.DataFrame, settings: ColumnSettings) -> pd.DataFrame:
    """Every bar with the session's day that it starts on."""
    return bars.assign(day=bars["time"].dt.tz_convert(settings.sessions).dt.date if len(bars) else None)


def with_ends(bars: pd.DataFrame, settings: ColumnSettings) -> pd.DataFrame:
    """Every bar with both its ends: where a file says one alone, the other is the commonest step of its file away."""
    if bars.empty:
        return bars
    bars = bars.sort_values(["symbol", "time"], kind="stable")
    continuous = bars["auction"] == ""
    steps = bars[continuous].groupby(["file", "symbol", "day"])["time"].diff()
    commonest = {file: _commonest(of) for file, of in steps[steps > pd.Timedelta(0)].groupby(bars["file"])}
    length = pd.to_timedelta(bars["file"].map(commonest))  # without any, map has floats, all of them nan
    length = length.fillna(pd.Timedelta(minutes=1)).where(continuous, pd.Timedelta(0))
    if settings.bar_time == "end":
        bars = bars.assign(end=bars["time"], time=bars["time"] - length)
    else:
        bars = bars.assign(end=bars["end"].where(bars["end"].notna(), bars["time"] + length))
    order = bars["auction"].map({"open": 0, "": 1, "close": 2})
    return bars.assign(_order=order).sort_values(["symbol", "time", "_order"], kind="stable").reset_index(drop=True)


def _commonest(steps: pd.Series) -> pd.Timedelta:
    return steps.mode().iloc[0]
