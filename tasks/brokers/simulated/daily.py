"""What the daily bars say about a symbol before and on the session: the facts a tape starts from."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import isfinite, isnan, nan

import numpy as np

from tasks.brokers.simulated.tape import Floats

MAD_TO_SIGMA = 0.6745
"""Median of |z| for a standard normal: robust against one split or bad print in the history."""
FEWEST_RETURNS = 10


@dataclass(frozen=True, slots=True)
class Action:
    """One corporate action: `split` (value = new shares per old) or `dividend` (value = USD per share)."""

    ex_date: date
    symbol: str
    kind: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class DayFacts:
    """One symbol on one session, USD per share and shares; NaN is what the source does not know."""

    previous_close: float
    """Last close before the session, in today's shares and ex today's dividend; NaN on a first day."""
    open: float
    high: float
    low: float
    close: float
    volume: float
    volatility: float
    """Standard deviation of a day's return, a fraction."""

    @property
    def is_priced(self) -> bool:
        return isfinite(self.close) and self.close > 0


def day_facts(
    closes: Floats, bar: dict[str, float], split: float, dividend: float, assumed_volatility: float
) -> DayFacts:
    """Facts of one session from the closes before it (shape (days,), oldest first) and its own bar.

    `split` is new shares per old (1 without), `dividend` USD per new share; both only where the prices do not already
    hold them.
    """
    known = closes[np.isfinite(closes) & (closes > 0)]
    previous = float(known[-1]) / split - dividend if len(known) else nan
    return DayFacts(
        previous_close=previous if previous > 0 else nan,
        open=_price(bar, "open"),
        high=_price(bar, "high"),
        low=_price(bar, "low"),
        close=_price(bar, "close"),
        volume=_price(bar, "volume"),
        volatility=_volatility(known, assumed_volatility),
    )


def _price(bar: dict[str, float], name: str) -> float:
    value = float(bar.get(name, nan))
    return nan if isnan(value) or value <= 0 else value


def _volatility(closes: Floats, assumed: float) -> float:
    if len(closes) <= FEWEST_RETURNS:
        return assumed
    returns = np.diff(np.log(closes))
    robust = float(np.median(np.abs(returns))) / MAD_TO_SIGMA
    return robust if robust > 0 else assumed
