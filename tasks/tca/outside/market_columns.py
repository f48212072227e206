"""The market of many orders in columns: bars by symbol and time, and the prices of each day. Pure.

A tape is a symbol: its days follow each other, so the window of an order over several days is one range.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tasks.tca.columns.bars import BarColumns, OverlapError
from tasks.tca.columns.exact import Exact, Places, divided
from tasks.tca.columns.rounding import Known
from tasks.tca.outside.exact_cells import exact_of
from tasks.tca.outside.market import UNIT, with_days, with_ends
from tasks.tca.outside.settings import ColumnSettings

DAYS = 2**20
"""More than there are days in any calendar that a file can hold."""
TYPICAL_DECIMALS = Exact.of([UNIT]).decimals


@dataclass(frozen=True)
class DayColumns:
    """(d,) days with any price, by tape and day: what `Market.day` says of each."""

    key: Places
    open: Exact
    has_open: Known
    close: Exact

    def on(self, key: Places) -> tuple[Places, Known]:
        """Place of a day, and whether it has a price."""
        place = np.searchsorted(self.key, key, "left")
        there = place < len(self.key)
        place = np.where(there, place, 0).astype(np.int64)
        return place, there & (self.key[place] == key) if len(self.key) else np.zeros(len(key), bool)

    def last_before(self, key: Places) -> tuple[Places, Known]:
        """Place of the last day of the same tape before a day."""
        place = (np.searchsorted(self.key, key, "left") - 1).astype(np.int64)
        there = place >= 0
        place = np.where(there, place, 0)
        return place, there & (self.key[place] // DAYS == key // DAYS) if len(self.key) else np.zeros(len(key), bool)


@dataclass(frozen=True)
class MarketColumns:
    """Bars, days, and the names of the tapes."""

    symbols: pd.Index
    bars: BarColumns
    open: Exact
    """(k,) of each bar."""
    day_key: Places
    """(k,) rising: tape * DAYS + day."""
    days: DayColumns

    def tape(self, symbols: "pd.Series[str]") -> tuple[Places, Known]:
        """0 and not known for a symbol without any price."""
        place = self.symbols.get_indexer(pd.Index(symbols)).astype(np.int64)
        return np.where(place < 0, 0, place), place >= 0

    def bars_of_days(self, first: Places, last: Places) -> tuple[Places, Places]:
        """[opened, closed) of the days from one key to another."""
        opened = np.searchsorted(self.day_key, first, "left").astype(np.int64)
        return opened, np.maximum(np.searchsorted(self.day_key, last, "right").astype(np.int64), opened)

    def price_at(self, tape: Places, key: Places, at: Places) -> tuple[Exact, Known]:
        """`Session.price_at`: the close of the last bar of the day that had ended, else its first open."""
        opened, closed = self.bars_of_days(key, key)
        known = closed > opened
        over = np.clip(self.bars.ended_by(tape, at), opened, closed)
        has_ended = over > opened
        place = np.where(known, np.where(has_ended, over - 1, opened), 0)
        if not len(self.open):
            return Exact.zeros(len(key)), known
        return self.bars.close[place].where(has_ended, self.open[place]), known

    def last_end(self, opened: Places, closed: Places) -> tuple[Places, Known]:
        """When the last bar of a range ends."""
        known = closed > opened
        if not len(self.bars.end):
            return np.zeros(len(opened), np.int64), known
        return self.bars.end[np.where(known, closed - 1, 0)], known


def market_columns(prices: pd.DataFrame | None, settings: ColumnSettings) -> MarketColumns | None:
    """None where bars of a symbol overlap: a window is then more than one range of them."""
    if prices is None:
        return _market(pd.DataFrame(), pd.DataFrame(), settings)
    is_daily = prices["daily"].astype(bool)
    intraday = with_ends(with_days(prices[~is_daily], settings), settings)
    try:
        return _market(intraday, prices[is_daily], settings)
    except OverlapError:
        return None


def _market(intraday: pd.DataFrame, daily: pd.DataFrame, settings: ColumnSettings) -> MarketColumns:
    names = {str(symbol) for frame in (intraday, daily) if len(frame) for symbol in frame["symbol"].unique()}
    symbols = pd.Index(sorted(names), dtype=object)
    if intraday.empty:
        bars, opens, keys = _no_bars(), Exact.zeros(0), np.zeros(0, np.int64)
        by_bars = _no_days()
    else:
        intraday = _in_order(intraday, symbols)
        bars, opens = _bars(intraday, settings), _open_or_close(intraday, settings)
        keys = day_keys(intraday["tape"].to_numpy(np.int64), ordinals(intraday["day"]))
        by_bars = _days_of_bars(bars, opens, keys, intraday["auction"].to_numpy(object))
    return MarketColumns(symbols, bars, opens, keys, _with_daily(by_bars, daily, symbols, settings))


def day_keys(tape: Places, day: Places) -> Places:
    """Rising by tape and then by day, days counted from 1970."""
    return tape * DAYS + day


def ordinals(days: pd.Series) -> Places:
    """Days since 1970 of dates."""
    return np.asarray(days.to_numpy(), dtype="datetime64[D]").astype(np.int64)


def _in_order(frame: pd.DataFrame, symbols: pd.Index) -> pd.DataFrame:
    frame = frame.assign(tape=symbols.get_indexer(pd.Index(frame["symbol"])), _late=frame["auction"] == "")
    return frame.sort_values(["tape", "time", "_late"], kind="stable")


def _bars(frame: pd.DataFrame, settings: ColumnSettings) -> BarColumns:
    unit = settings.units.price
    close, _ = exact_of(frame["close"], unit)
    volumes = frame["volume_value"].fillna(0).to_numpy(np.float64)
    return BarColumns(
        tape=frame["tape"].to_numpy(np.int64),
        start=micros(frame["time"]),
        end=micros(frame["end"]),
        is_auction=(frame["auction"] != "").to_numpy(dtype=bool),
        close=close,
        vwap=_vwap(frame, close, settings),
        volume=np.rint(volumes).astype(np.int64),
    )


def _vwap(frame: pd.DataFrame, close: Exact, settings: ColumnSettings) -> Exact:
    """As given, else the middle of high, low and close."""
    unit = settings.units.price
    given, has_vwap = exact_of(frame["vwap"], unit)
    if has_vwap.all():
        return given
    high, has_high = exact_of(frame["high"], unit)
    low, has_low = exact_of(frame["low"], unit)
    summed = high.where(has_high, close) + low.where(has_low, close) + close
    typical = divided(summed, Exact(np.full(len(close), 3), 0), TYPICAL_DECIMALS)
    return given.where(has_vwap, typical)


def _open_or_close(frame: pd.DataFrame, settings: ColumnSettings) -> Exact:
    opens, known = exact_of(frame["open"], settings.units.price)
    close, _ = exact_of(frame["close"], settings.units.price)
    return opens.where(known, close)


def _days_of_bars(
    bars: BarColumns, opens: Exact, keys: Places, auctions: "np.ndarray[tuple[int], np.dtype[np.object_]]"
):
    """First open and last close of each day, or the prints of its auctions."""
    days, first = np.unique(keys, return_index=True)
    last = np.append(first[1:], len(keys)) - 1
    opened, closed = opens[first], bars.close[last]
    for word, is_open in (("open", True), ("close", False)):
        prints = np.flatnonzero(auctions == word)[::-1]  # the first print of a day is written last
        place = np.full(len(days), -1)
        place[np.searchsorted(days, keys[prints])] = prints
        has = place >= 0
        price = bars.close[np.where(has, place, 0)]
        if is_open:
            opened = price.where(has, opened)
        else:
            closed = price.where(has, closed)
    return DayColumns(days, opened, np.ones(len(days), bool), closed)


def _with_daily(by_bars: DayColumns, daily: pd.DataFrame, symbols: pd.Index, settings: ColumnSettings) -> DayColumns:
    """Daily prices fill the days that have no bars."""
    if daily.empty:
        return by_bars
    tape = symbols.get_indexer(pd.Index(daily["symbol"])).astype(np.int64)
    key = day_keys(tape, ordinals(daily["time"].dt.tz_localize(None) if daily["time"].dt.tz else daily["time"]))
    opens, has_open = exact_of(daily["open"], settings.units.price)
    close, _ = exact_of(daily["close"], settings.units.price)
    new = ~np.isin(key, by_bars.key)
    keys = np.concatenate([by_bars.key, key[new]])
    # Of a day that a file has twice the last row stands, as in `Market`.
    order = len(keys) - 1 - np.unique(keys[::-1], return_index=True)[1]
    return DayColumns(
        keys[order],
        _joined(by_bars.open, opens[new])[order],
        np.concatenate([by_bars.has_open, has_open[new]])[order],
        _joined(by_bars.close, close[new])[order],
    )


def _joined(left: Exact, right: Exact) -> Exact:
    decimals = max(left.decimals, right.decimals)
    return Exact(np.concatenate([left.scaled(decimals), right.scaled(decimals)]), decimals)


def micros(times: pd.Series) -> Places:
    """Microseconds since 1970; of no time 0."""
    stamps = pd.to_datetime(times, utc=True).astype("datetime64[us, UTC]")
    return np.where(stamps.isna(), 0, stamps.astype("int64")).astype(np.int64)


def _no_bars() -> BarColumns:
    none = np.zeros(0, np.int64)
    return BarColumns(none, none, none, np.zeros(0, bool), Exact.zeros(0), Exact.zeros(0), none)


def _no_days() -> DayColumns:
    return DayColumns(np.zeros(0, np.int64), Exact.zeros(0), np.zeros(0, bool), Exact.zeros(0))
