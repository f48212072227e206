"""A modelled day: a path through the session's daily bar, for sources without bars inside the day.

Prices: a Brownian bridge in log price from open to close, its clock running with the volume curve, stretched until it
touches the bar's high and low. Volume: a U over the day with noise. What the daily bar lacks (often all but the
close) is drawn from the previous close and the volatility. Everything follows from (seed, symbol, session).
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from math import exp, isfinite, isnan, log, nan, sqrt

import numpy as np

from tasks.book.broker import SimulatedSettings
from tasks.brokers.simulated.market.tape import Auction, Floats, Shares, Tape, dice

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
        """False for a day without a close: nothing trades on it."""
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


STEPS = 4
"""Points of the path per minute, so that a minute has a range of its own."""
OVERNIGHT_VARIANCE = 0.25
"""Share of a day's variance that falls between the close and the next open."""
VOLUME_NOISE = 0.3
"""Standard deviation of the logarithm of a minute's volume around the curve."""


def modelled_tape(
    symbol: str, session: date, open_at: datetime, minutes: int, facts: DayFacts, settings: SimulatedSettings
) -> Tape:
    """Model one session from its daily bar; the close must be known."""
    rng = dice(settings.seed, symbol, session.isoformat())
    curve = volume_curve(minutes)
    start = _opening_price(facts, rng.standard_normal())
    path = _path(start, facts, curve, rng)
    volume, opening, closing = _volumes(facts, curve, settings, rng)
    points = np.lib.stride_tricks.sliding_window_view(path, STEPS + 1)[::STEPS]
    closes = points[:, -1].copy()
    return Tape(
        symbol=symbol,
        session=session,
        open_at=open_at,
        open=points[:, 0].copy(),
        high=points.max(axis=1),
        low=points.min(axis=1),
        close=closes,
        vwap=np.clip(points.mean(axis=1), points.min(axis=1), points.max(axis=1)),
        volume=volume,
        mid=closes,
        half_spread=closes * settings.half_spread_bps / 1e4,
        opening=Auction(float(path[0]), opening),
        closing=Auction(float(path[-1]), closing),
        official_close=facts.close,
        previous_close=start if isnan(facts.previous_close) else facts.previous_close,
        volatility=facts.volatility,
        note=_note(facts),
    )


def volume_curve(minutes: int) -> Floats:
    """Expected share of the continuous volume in each minute, shape (minutes,), sums to 1.

    The U of US large caps: about 1.7 times the average after the open, 0.65 at lunch, 1.4 before the close (AIG, BAC
    and SPY, October 2013).
    """
    day = (np.arange(minutes) + 0.5) / minutes
    shape = 0.55 + 1.25 * np.exp(-day / 0.18) + 1.0 * np.exp((day - 1) / 0.08)
    return shape / shape.sum()


def _opening_price(facts: DayFacts, z: float) -> float:
    """The bar's own open, or a draw between the previous close and today's close; no further than the bar's range."""
    if not isnan(facts.open):
        return facts.open
    if isnan(facts.previous_close):
        return facts.close
    gap = log(facts.close / facts.previous_close)
    spread = facts.volatility * sqrt(OVERNIGHT_VARIANCE * (1 - OVERNIGHT_VARIANCE))
    drawn = facts.previous_close * exp(OVERNIGHT_VARIANCE * gap + spread * z)
    top = drawn if isnan(facts.high) else max(facts.high, facts.close)
    bottom = drawn if isnan(facts.low) else min(facts.low, facts.close)
    return min(max(drawn, bottom), top)


def _path(start: float, facts: DayFacts, curve: Floats, rng: np.random.Generator) -> Floats:
    """Prices at all steps, shape (minutes * STEPS + 1,): from `start` to the close, through exactly the day's range."""
    weights = np.repeat(curve, STEPS) / STEPS
    clock = np.concatenate([[0.0], np.cumsum(weights)])
    clock /= clock[-1]
    walk = np.concatenate([[0.0], np.cumsum(rng.standard_normal(len(weights)) * np.sqrt(weights))])
    bridge = walk - clock * walk[-1]
    scale = facts.volatility * sqrt(1 - OVERNIGHT_VARIANCE)
    path = np.exp(log(start) + clock * log(facts.close / start) + scale * bridge)
    path[0], path[-1] = start, facts.close
    upper, lower = max(start, facts.close), min(start, facts.close)
    path = _stretch(path, upper, nan if isnan(facts.high) else max(facts.high, upper))
    return -_stretch(-path, -lower, nan if isnan(facts.low) else -min(facts.low, lower))


def _stretch(path: Floats, pivot: float, peak: float) -> Floats:
    """Scale what lies above `pivot` so that the maximum is exactly `peak`; a NaN peak leaves the path alone."""
    if isnan(peak):
        return path
    inside = path[1:-1]
    top = int(np.argmax(inside)) + 1
    height = path[top] - pivot
    if height > 0:
        path = np.where(path > pivot, pivot + (path - pivot) * ((peak - pivot) / height), path)
    if peak > pivot:
        path[top] = peak
    return np.minimum(path, peak)


def _volumes(
    facts: DayFacts, curve: Floats, settings: SimulatedSettings, rng: np.random.Generator
) -> tuple[Shares, int, int]:
    """Continuous volume by minute and the two auctions; together exactly the day's volume."""
    known = not isnan(facts.volume)
    total = max(1, round(facts.volume if known else settings.daily_volume_usd / facts.close))
    opening = int(total * settings.open_auction_volume_pct / 100)
    closing = int(total * settings.close_auction_volume_pct / 100)
    noisy = curve * np.exp(VOLUME_NOISE * rng.standard_normal(len(curve)))
    shares = np.concatenate([[0.0], np.cumsum(noisy) / noisy.sum()])
    shares[-1] = 1.0
    return np.diff(np.floor(shares * (total - opening - closing)).astype(np.int64)), opening, closing


def _note(facts: DayFacts) -> str:
    names = ("open", "high", "low", "close", "volume")
    missing = [name for name in names if isnan(getattr(facts, name))]
    real = ", ".join(name for name in names if name not in missing)
    drawn = f"; {', '.join(missing)} assumed" if missing else ""
    return f"modelled from the daily bar (real {real}{drawn})"
