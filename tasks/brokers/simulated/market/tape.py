"""The tape: what one symbol does in one session before anybody of ours trades, minute by minute."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Shares = NDArray[np.int64]

MINUTE = timedelta(minutes=1)
OPEN_AUCTION = -1
"""Minute number under which the opening print is filed; the closing print's is `tape.minutes`."""


@dataclass(frozen=True, slots=True)
class Auction:
    """One print for everybody: `price` USD per share, `volume` shares."""

    price: float
    volume: int


@dataclass(frozen=True, slots=True)
class Tape:
    """One symbol, one session: arrays of shape (minutes,), USD per share and shares; the two auctions apart.

    Minute i covers [open_at + i min, open_at + (i + 1) min); half days simply have fewer.
    """

    symbol: str
    session: date
    open_at: datetime
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    vwap: Floats
    """Average price of the minute's continuous trading, always within [low, high]."""
    volume: Shares
    """Continuous trading only."""
    mid: Floats
    """Between bid and ask at the end of the minute; the close where no quote is known."""
    half_spread: Floats
    """USD per share, never negative."""
    opening: Auction
    closing: Auction
    official_close: float
    """What the session is valued at when it is over: the daily bar's close, or the last price where there is none."""
    previous_close: float
    """Last close before the session, in today's shares and ex today's dividend."""
    volatility: float
    """Standard deviation of one day's return, a fraction."""
    note: str
    """One sentence: replayed from which bars, or modelled from what."""

    @property
    def minutes(self) -> int:
        """Fewer on a half day."""
        return len(self.close)

    @property
    def close_at(self) -> datetime:
        """UTC; the end of the last minute."""
        return self.open_at + self.minutes * MINUTE

    @property
    def last_bar(self) -> int:
        """Minute number of the bar that ends the session: the closing print, or the last minute where there is none."""
        return self.minutes if self.closing.volume else self.minutes - 1

    @property
    def total_volume(self) -> int:
        """Shares of the whole day, both auctions included."""
        return int(self.volume.sum()) + self.opening.volume + self.closing.volume

    def average_price(self) -> float:
        """Volume-weighted average of the whole untouched day, auctions included; the last close when nobody traded."""
        total = self.total_volume
        if total == 0:
            return float(self.close[-1])
        traded = float(self.vwap @ self.volume)
        return (traded + self.opening.price * self.opening.volume + self.closing.price * self.closing.volume) / total

    def minutes_passed(self, at: datetime) -> int:
        """How many minutes have ended at `at`, from 0 to `minutes`."""
        return max(0, min(self.minutes, (at - self.open_at) // MINUTE))


def dice(seed: int, *names: Any) -> np.random.Generator:
    """A random stream that depends on the seed and the names alone: not on call order, process or hash seed."""
    digest = hashlib.sha256("|".join([str(seed), *map(str, names)]).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


def largest_print(average: float, price: float, low: float, high: float) -> float:
    """Largest share of a minute, 0..1, that can have traded at `price` with the rest's average still in [low, high]."""
    if low >= high:  # a minute of one price, whose average may differ from it by rounding
        return 1.0
    if price > average:
        return (average - low) / (price - low)
    if price < average:
        return (high - average) / (high - price)
    return 1.0
