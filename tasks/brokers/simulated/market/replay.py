"""A replayed day: real minute or second bars, with their quotes where the source has them.

Real minute bars carry the opening cross in the first minute and the closing auction in the last. They are told apart by
their volume: what exceeds the usual level of that minute is the auction print, at the bar's open (opening) or close
(closing). The usual level is a multiple of the median of the five neighbouring minutes, 1.4 for the first minute and
4 for the last: medians of 15 stock-days for which trades were at hand (AIG, BAC, SPY, October 2013). A print is never
less than a tenth of its minute, and never more than leaves the rest of the minute an average price within its range,
so the day's volume and volume-weighted price stay exactly the source's.
"""

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pandas as pd

from tasks.book.broker import SimulatedSettings
from tasks.brokers.simulated.market.synthetic import DayFacts
from tasks.brokers.simulated.market.tape import Auction, Floats, Shares, Tape, largest_print

NEIGHBOURS = 5
OPENING_LEVEL = 1.4
CLOSING_LEVEL = 4.0
LEAST_PRINT = 0.10
WIDEST_HALF_SPREAD = 0.05
"""Of the price: a wider quote is a stub, not a market."""


@dataclass(frozen=True, slots=True)
class _Minutes:
    """Bars of one symbol on the session's full minute grid."""

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    vwap: Floats
    volume: Shares


def replayed_tape(
    symbol: str,
    session: date,
    open_at: datetime,
    minutes: int,
    bars: pd.DataFrame,
    facts: DayFacts,
    settings: SimulatedSettings,
) -> Tape | None:
    """Replay one symbol's bars (INTRADAY_COLUMNS, any order, pre- and post-market ignored).

    Bars are averaged at (high + low + close) / 3. None when no bar inside the session has a price and a volume.
    """
    bars, minute = _inside(bars, open_at, minutes)
    grid = _on_grid(bars, minute, minutes)
    if grid is None:
        return None
    opening = _print(grid, 0, grid.volume[1 : 1 + NEIGHBOURS], OPENING_LEVEL, float(grid.open[0]))
    closing = _print(grid, minutes - 1, grid.volume[-1 - NEIGHBOURS : -1], CLOSING_LEVEL, float(grid.close[-1]))
    _take_out(grid, 0, opening)
    _take_out(grid, minutes - 1, closing)
    mid, half_spread = _quotes(bars, minute, grid, settings.half_spread_bps)
    first = float(grid.open[0])
    return Tape(
        symbol=symbol,
        session=session,
        open_at=open_at,
        open=grid.open,
        high=grid.high,
        low=grid.low,
        close=grid.close,
        vwap=grid.vwap,
        volume=grid.volume,
        mid=mid,
        half_spread=half_spread,
        opening=opening,
        closing=closing,
        official_close=facts.close if facts.is_priced else closing.price,
        previous_close=facts.previous_close if facts.previous_close > 0 else first,
        volatility=facts.volatility,
        note="replayed from real bars",
    )


def _inside(bars: pd.DataFrame, open_at: datetime, minutes: int) -> tuple[pd.DataFrame, Shares]:
    """The bars of the regular session in time order, one per start, and the minute each falls in."""
    bars = bars.drop_duplicates("start").sort_values("start")
    seconds = (bars["start"] - pd.Timestamp(open_at)).dt.total_seconds().to_numpy(dtype=float)
    minute = np.floor(seconds / 60).astype(np.int64)
    regular = np.flatnonzero((minute >= 0) & (minute < minutes))
    return bars.iloc[regular], minute[regular]


def _column(bars: pd.DataFrame, name: str) -> Floats:
    return bars[name].to_numpy(dtype=float, na_value=np.nan)


def _on_grid(bars: pd.DataFrame, minute: Shares, minutes: int) -> _Minutes | None:
    """One row per minute; a minute without trades repeats the last price with no volume."""
    prices = {name: _column(bars, name) for name in ("open", "high", "low", "close")}
    volume = np.nan_to_num(_column(bars, "volume"))
    traded = np.logical_and.reduce([price > 0 for price in prices.values()]) & (volume > 0)
    if not traded.any():
        return None
    at, volume = minute[traded], volume[traded]
    open_, high, low, close = (prices[name][traded] for name in ("open", "high", "low", "close"))
    typical = (high + low + close) / 3
    first = np.flatnonzero(np.diff(at, prepend=-1))
    last = np.append(first[1:], len(at)) - 1
    rows = at[first]
    shares = np.zeros(minutes)
    shares[rows] = np.add.reduceat(volume, first)
    closes = _carried(rows, close[last], minutes, float(open_[0]))
    grid = _Minutes(
        open=closes.copy(),
        high=closes.copy(),
        low=closes.copy(),
        close=closes,
        vwap=closes.copy(),
        volume=np.rint(shares).astype(np.int64),
    )
    grid.open[rows] = open_[first]
    grid.high[rows] = np.maximum.reduceat(high, first)
    grid.low[rows] = np.minimum.reduceat(low, first)
    grid.vwap[rows] = np.add.reduceat(typical * volume, first) / shares[rows]
    return grid


def _carried(rows: Shares, values: Floats, minutes: int, before: float) -> Floats:
    """Values known at `rows`, repeated until the next one; `before` where none is known yet."""
    padded = np.concatenate([[before], values])
    return padded[np.searchsorted(rows, np.arange(minutes), side="right")]


def _print(grid: _Minutes, minute: int, neighbours: Shares, level: float, price: float) -> Auction:
    """The auction print inside one minute, by its volume above the usual."""
    volume = int(grid.volume[minute])
    if volume == 0:
        return Auction(price, 0)
    usual = level * float(np.median(neighbours)) if len(neighbours) else 0.0
    share = max(LEAST_PRINT, 1 - usual / volume)
    possible = largest_print(float(grid.vwap[minute]), price, float(grid.low[minute]), float(grid.high[minute]))
    return Auction(price, int(volume * min(share, possible)))


def _take_out(grid: _Minutes, minute: int, auction: Auction) -> None:
    """Leave in the minute what is not the auction's, at the average price that remains."""
    whole = int(grid.volume[minute])
    rest = whole - auction.volume
    if rest > 0:
        average = (float(grid.vwap[minute]) * whole - auction.price * auction.volume) / rest
        grid.vwap[minute] = min(max(average, float(grid.low[minute])), float(grid.high[minute]))
    grid.volume[minute] = rest


def _quotes(bars: pd.DataFrame, minute: Shares, grid: _Minutes, assumed_bps: float) -> tuple[Floats, Floats]:
    """Mid and half spread at the end of every minute; the close and the assumed spread where no quote is sound."""
    assumed = grid.close * assumed_bps / 1e4
    bid, ask = _column(bars, "bid"), _column(bars, "ask")
    mid, half = (bid + ask) / 2, (ask - bid) / 2
    sound = (bid > 0) & (half >= 0) & (half <= WIDEST_HALF_SPREAD * mid)
    if not sound.any():
        return grid.close.copy(), assumed
    at = minute[sound]
    last = np.append(np.flatnonzero(np.diff(at)), len(at) - 1)
    quoted = grid.close.copy()
    quoted[at[last]] = mid[sound][last]
    return quoted, _carried(at[last], half[sound][last], len(quoted), float(half[sound][0]))
