"""A ratio of sums with an interval that respects days, and a refusal to state one from too little.

The ratio R = sum c / sum n is the least-squares slope of c / sqrt(n) on sqrt(n), so its error is that of a regression:
the linearised ratio (c - R n) / sum n of each order, summed within its day before it is squared.
Sources: Cochran (1977), chapter 6, for the linearisation; Cameron and Miller (2015) for the clusters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from tasks.tca.calibration import MIN_DAYS, MIN_ORDERS, clustered_errors
from tasks.tca.statistics import Verdict


@dataclass(frozen=True, slots=True)
class ClusteredRatio:
    """Basis points, positive is a cost; error and bounds are None where the data are insufficient."""

    orders: int
    days: int
    bps: float
    standard_error_bps: float | None
    low_bps: float | None
    high_bps: float | None
    """Two-sided 95 % interval, t with one degree of freedom less than there are days."""

    @property
    def verdict(self) -> Verdict:
        """COST when the whole interval is above zero."""
        if self.low_bps is None or self.high_bps is None:
            return Verdict.INSUFFICIENT
        if self.low_bps <= 0 <= self.high_bps:
            return Verdict.NOT_SIGNIFICANT
        return Verdict.COST if self.low_bps > 0 else Verdict.GAIN


def clustered_ratio(
    costs_usd: Sequence[float],
    notionals_usd: Sequence[float],
    days: Sequence[date],
    least: tuple[int, int] = (MIN_ORDERS, MIN_DAYS),
) -> ClusteredRatio:
    """Total cost over total notional; one entry an order (n), all three alike in length.

    `least`: fewer orders or days than these two state no interval; never fewer than two days.
    Raises: ValueError without an order, or for a notional that is not positive.
    """
    notionals, costs = np.array(notionals_usd, dtype=np.float64), np.array(costs_usd, dtype=np.float64)
    if not len(notionals) or notionals.min() <= 0:
        raise ValueError("a ratio of sums takes orders with positive notionals; leave the group out")
    ratio = float(costs.sum() / notionals.sum())
    groups = np.array([day.toordinal() for day in days])
    count = len(set(days))
    if len(costs) < least[0] or count < max(least[1], 2):
        return ClusteredRatio(len(costs), count, ratio * 1e4, None, None, None)
    roots = np.sqrt(notionals)
    error = float(clustered_errors(roots[:, None], (costs - ratio * notionals) / roots, groups)[0])
    reach = t_reach(count - 1) * error
    return ClusteredRatio(len(costs), count, ratio * 1e4, error * 1e4, (ratio - reach) * 1e4, (ratio + reach) * 1e4)


def t_reach(degrees: float) -> float:
    """Standard errors to either side that a 95 % interval of Student's t reaches."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, 0.975))
