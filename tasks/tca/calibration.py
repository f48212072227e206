"""Half-spread and impact fitted to the fills of one's own orders, with errors that respect days and a refusal to guess.

Model: cost = spread + impact * sigma * (Q / ADV)^exponent, in bps. Orders of one day share its market, so errors are
clustered by day; orders are weighted by one over the square of their timing risk, which is what their cost is blurred
by. Source: Almgren et al. (2005) for the form; Cameron and Miller (2015) for the errors.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from tasks.errors import BadDataError
from tasks.wording import counted

MIN_ORDERS, MIN_DAYS = 25, 10
"""Fewer say nothing that would be heard over the market's noise."""
SIZES_APART = 4.0
"""Largest over smallest size (10th and 90th percentile); below it no exponent can be told from another."""
USUAL_EXPONENT = 0.5
EXPONENTS = (0.1, 1.0)

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CostSample:
    """One executed order."""

    day: date
    cost_bps: float
    """Trading cost against arrival, without fees; positive hurts."""
    share_of_adv: float
    daily_volatility: float
    timing_risk_bps: float


@dataclass(frozen=True, slots=True)
class Fitted:
    """A coefficient with its standard error and two-sided 95 % interval."""

    value: float
    standard_error: float
    low: float
    high: float


class Doubt(StrEnum):
    """Why a fit must be taken with care."""

    SIZES_ALIKE = "the sizes are too much alike to tell the exponent: it was set to the square root"
    EXPONENT_WIDE = "the interval of the exponent holds half of all exponents that were ever published"
    NO_IMPACT = "the impact cannot be told from none"
    NEGATIVE_SPREAD = "the half-spread came out below nothing: orders gained on their way"
    ANOTHER_EXPONENT = "the orders tell another exponent than the optimizer's own, at which the coefficient is fitted"
    VOLUME_ASSUMED = "the volume of some orders is the one that the book assumes, not the market's"


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the orders say; `exponent` is None where they cannot say, and `used_exponent` was then assumed."""

    orders: int
    days: int
    first: date
    last: date
    half_spread_bps: Fitted
    impact: Fitted
    """In units of daily volatility at the size of the whole average daily volume."""
    exponent: Fitted | None
    used_exponent: float
    doubts: tuple[Doubt, ...]

    def cost_bps(self, daily_volatility: float, share_of_adv: float) -> float:
        """What an order of that size is expected to cost, fees left out."""
        return (
            self.half_spread_bps.value + self.impact.value * daily_volatility * 1e4 * share_of_adv**self.used_exponent
        )


def calibrate(samples: Sequence[CostSample], exponent: float | None = None) -> Calibration:
    """Least squares in timing risks; an exponent that is not given is fitted, where the sizes can tell one.

    Raises: BadDataError with fewer than 25 orders on 10 days, or for a sample without size, volatility or risk.
    """
    _check(samples)
    days = np.array([sample.day.toordinal() for sample in samples])
    told = exponent is None and _sizes_apart(samples) >= SIZES_APART
    chosen = exponent or (_best_exponent(samples) if told else USUAL_EXPONENT)
    fitted = _intervals(samples, days, chosen, with_exponent=told)
    found = Calibration(
        orders=len(samples),
        days=len(set(days)),
        first=min(sample.day for sample in samples),
        last=max(sample.day for sample in samples),
        half_spread_bps=fitted[0],
        impact=fitted[1],
        exponent=fitted[2] if told else None,
        used_exponent=chosen,
        doubts=(),
    )
    return _with_doubts(found, given=exponent is not None)


def _check(samples: Sequence[CostSample]) -> None:
    days = {sample.day for sample in samples}
    if len(samples) < MIN_ORDERS or len(days) < MIN_DAYS:
        short = [(MIN_ORDERS - len(samples), "order"), (MIN_DAYS - len(days), "day")]
        missing = " and ".join(counted(count, one) for count, one in short if count > 0)
        raise BadDataError(
            f"{counted(len(samples), 'executed order')} on {counted(len(days), 'day')}: a calibration takes "
            f"{MIN_ORDERS} on {MIN_DAYS}, so {missing} are missing; keep the assumed model until there are as many"
        )
    for sample in samples:
        if min(sample.share_of_adv, sample.daily_volatility, sample.timing_risk_bps) <= 0:
            raise BadDataError(f"{sample}: size, volatility and timing risk must be positive; leave the order out")


def _sizes_apart(samples: Sequence[CostSample]) -> float:
    low, high = np.percentile([sample.share_of_adv for sample in samples], [10, 90])
    return float(high / low)


def _columns(samples: Sequence[CostSample], exponent: float) -> tuple[Vector, Vector, Vector]:
    """Design (n x 2), costs (n) and weights (n): one over the timing risk."""
    sizes = np.array([s.share_of_adv for s in samples])
    risks = np.array([s.daily_volatility for s in samples])
    weights = 1 / np.array([s.timing_risk_bps for s in samples])
    design = np.column_stack([np.ones_like(sizes), risks * 1e4 * sizes**exponent])
    return design, np.array([s.cost_bps for s in samples]), weights


def _solved(samples: Sequence[CostSample], exponent: float) -> tuple[Vector, float]:
    """Coefficients and the weighted sum of squares that is left."""
    design, costs, weights = _columns(samples, exponent)
    found: Vector = np.linalg.lstsq(design * weights[:, None], costs * weights, rcond=None)[0].astype(np.float64)
    left = (costs - design @ found) * weights
    return found, float(left @ left)


def _best_exponent(samples: Sequence[CostSample]) -> float:
    """One dimension, within the exponents that were ever published; the rest is linear."""
    from scipy.optimize import minimize_scalar

    def left(exponent: float) -> float:
        return _solved(samples, exponent)[1]

    grid = np.linspace(*EXPONENTS, 19)
    start = float(grid[np.argmin([left(exponent) for exponent in grid])])
    near = (max(EXPONENTS[0], start - 0.05), min(EXPONENTS[1], start + 0.05))
    return float(minimize_scalar(left, bounds=near, method="bounded").x)


def _intervals(
    samples: Sequence[CostSample], days: NDArray[np.int_], exponent: float, *, with_exponent: bool
) -> tuple[Fitted, ...]:
    """Of every coefficient, by the sandwich of the days; t with one degree of freedom less than there are days."""
    from scipy.special import stdtrit

    coefficients, _ = _solved(samples, exponent)
    design, costs, weights = _columns(samples, exponent)
    slopes = design
    values = coefficients
    if with_exponent:
        sizes = np.array([s.share_of_adv for s in samples])
        slopes = np.column_stack([design, coefficients[1] * design[:, 1] * np.log(sizes)])
        values = np.append(coefficients, exponent)
    errors = clustered_errors(slopes * weights[:, None], (costs - design @ coefficients) * weights, days)
    reach = float(stdtrit(len(set(days)) - 1, 0.975))
    return tuple(
        Fitted(float(value), float(error), float(value - reach * error), float(value + reach * error))
        for value, error in zip(values, errors, strict=True)
    )


def clustered_errors(design: Vector, residuals: Vector, groups: NDArray[np.int_]) -> Vector:
    """Standard errors (k) of least squares on `design` (n x k) whose residuals (n) hang together within groups (n).

    With the small-sample factor G / (G - 1) * (n - 1) / (n - k). Source: Cameron and Miller (2015), equation 11.
    """
    bread = np.linalg.pinv(design.T @ design)
    scores = design * residuals[:, None]
    sums = np.array([scores[groups == group].sum(axis=0) for group in np.unique(groups)])
    n, k = design.shape
    g = len(sums)
    factor = g / (g - 1) * (n - 1) / (n - k)
    return np.asarray(np.sqrt(factor * np.diag(bread @ (sums.T @ sums) @ bread)), dtype=np.float64)


def _with_doubts(found: Calibration, *, given: bool) -> Calibration:
    wide = found.exponent is not None and found.exponent.high - found.exponent.low > (EXPONENTS[1] - EXPONENTS[0]) / 2
    checks = (
        (found.exponent is None and not given, Doubt.SIZES_ALIKE),
        (wide, Doubt.EXPONENT_WIDE),
        (found.impact.low <= 0, Doubt.NO_IMPACT),
        (found.half_spread_bps.value < 0, Doubt.NEGATIVE_SPREAD),
    )
    return replace(found, doubts=tuple(doubt for applies, doubt in checks if applies))


def coefficients_at(samples: Sequence[CostSample], exponent: float) -> tuple[float, float]:
    """(half-spread in bps, impact) at an exponent, without errors."""
    found, _ = _solved(samples, exponent)
    return float(found[0]), float(found[1])
