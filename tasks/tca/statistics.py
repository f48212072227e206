"""Sums that add up, ratios of sums with their uncertainty, sample sizes, and the orders that stand out.

Orders of one session share its market moves, so the intervals here are the narrowest that can be defended.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from math import sqrt
from statistics import median

from tasks.model.money import exact_sum, number, rounded
from tasks.tca.costs import BPS_UNIT, CostParts, MeasuredOrder, added

MIN_ORDERS = 25
"""Below this a group is not judged (Kissell 2013, smallest cell)."""
OUTLIER_Z = 3.5
"""Iglewicz and Hoaglin (1993)."""


class Verdict(StrEnum):
    """What a confidence interval of 95 % says of a mean cost."""

    TOO_FEW = "too few orders"
    INSUFFICIENT = "insufficient data"
    """Too few orders or too few days, in a report of several sessions."""
    NOT_SIGNIFICANT = "not significant"
    COST = "significant cost"
    GAIN = "significant gain"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean in bps with its uncertainty; error and bounds are None below two orders."""

    n: int
    mean_bps: float
    standard_error_bps: float | None
    low_bps: float | None
    high_bps: float | None
    """Two-sided 95 % t-interval with n - 1 degrees of freedom."""

    @property
    def verdict(self) -> Verdict:
        """A cost is positive: COST when the whole interval is above zero."""
        if self.n < MIN_ORDERS or self.low_bps is None or self.high_bps is None:
            return Verdict.TOO_FEW
        if self.low_bps <= 0 <= self.high_bps:
            return Verdict.NOT_SIGNIFICANT
        return Verdict.COST if self.low_bps > 0 else Verdict.GAIN


def ratio_of_sums(costs_usd: Sequence[float], notionals_usd: Sequence[float]) -> Estimate:
    """Total cost over total notional in bps, never the mean of bps, with the ratio estimator's error.

    With equal notionals this is the ordinary mean and its t-interval. Source: Cochran (1977), ratio estimators.
    """
    from scipy.special import stdtrit

    n, total = len(costs_usd), sum(notionals_usd)
    if n == 0 or total <= 0:
        raise ValueError(f"{n} orders worth {total} USD have no mean; leave the group out")
    ratio = sum(costs_usd) / total
    if n == 1:
        return Estimate(1, ratio * 1e4, None, None, None)
    squares = sum((cost - ratio * size) ** 2 for cost, size in zip(costs_usd, notionals_usd, strict=True))
    error = sqrt(n / (n - 1) * squares) / total
    reach = float(stdtrit(n - 1, 0.975)) * error
    return Estimate(n, ratio * 1e4, error * 1e4, (ratio - reach) * 1e4, (ratio + reach) * 1e4)


def orders_needed(deviation_bps: float, difference_bps: float) -> float:
    """Orders per group to see a difference between two groups with 80 % power at 5 %, two-sided."""
    from scipy.special import ndtri

    return 2 * (float(ndtri(0.975) + ndtri(0.8)) * deviation_bps / difference_bps) ** 2


def modified_z(values: Sequence[float]) -> tuple[float | None, ...]:
    """0.6745 (x - median) / MAD: a score outliers cannot hide from; None when more than half the values are equal."""
    middle = median(values) if values else 0.0
    spread = median(abs(value - middle) for value in values) if values else 0.0
    return tuple(0.6745 * (value - middle) / spread if spread > 0 else None for value in values)


def mean_absolute_bps(deviations_bps: Sequence[float]) -> float | None:
    """Tracking error of executions against a benchmark: the mean of absolute costs. Source: Chen et al. (2016)."""
    return sum(abs(value) for value in deviations_bps) / len(deviations_bps) if deviations_bps else None


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One group of orders; costs as in `CostParts`, the interval is about `costs.total_bps`."""

    name: str
    orders: int
    """Orders with a known total; `left_out` has the others."""
    left_out: int
    without_delay: int
    """Orders whose arrival nobody recorded: their delay is inside trading."""
    filled_value_usd: Decimal
    fill_pct: Decimal
    """Filled shares at decision prices over the paper notional."""
    costs: CostParts
    standard_error_bps: Decimal | None
    low_bps: Decimal | None
    high_bps: Decimal | None
    """95 % interval."""
    verdict: Verdict


def group_line(name: str, rows: Sequence[MeasuredOrder]) -> GroupLine:
    """Ratio of sums over one group; an empty group shows zero orders and no figures."""
    whole = [row for row in rows if row.shortfall.total_usd is not None]
    costs = added(rows)
    estimate = ratio_of_sums(_totals(whole), _notionals(whole)) if whole else None
    filled = exact_sum(row.order.filled_shares * row.order.start_price for row in whole)
    notional = exact_sum(row.shortfall.paper_notional_usd for row in whole)
    return GroupLine(
        name=name,
        orders=len(whole),
        left_out=len(rows) - len(whole),
        without_delay=sum(row.shortfall.delay_usd is None for row in whole),
        filled_value_usd=exact_sum(rounded(row.order.filled_value_usd) for row in whole),
        fill_pct=rounded(filled / notional * 100, BPS_UNIT) if whole else Decimal(0),
        costs=costs,
        standard_error_bps=number(estimate.standard_error_bps if estimate else None, BPS_UNIT),
        low_bps=number(estimate.low_bps if estimate else None, BPS_UNIT),
        high_bps=number(estimate.high_bps if estimate else None, BPS_UNIT),
        verdict=estimate.verdict if estimate else Verdict.TOO_FEW,
    )


def grouped(rows: Iterable[MeasuredOrder], name_of: Callable[[MeasuredOrder], str]) -> tuple[GroupLine, ...]:
    """One line per group, in alphabetical order."""
    groups: dict[str, list[MeasuredOrder]] = {}
    for row in rows:
        groups.setdefault(name_of(row), []).append(row)
    return tuple(group_line(name, groups[name]) for name in sorted(groups))


def outlier_scores(rows: Sequence[MeasuredOrder]) -> dict[str, float | None]:
    """Modified z-score of each order's total cost in bps among all orders, by order id."""
    known = [row for row in rows if row.shortfall.total_usd is not None]
    costs = [float(row.shortfall.bps(row.shortfall.total_usd) or 0) for row in known]
    return {row.order.order_id: z for row, z in zip(known, modified_z(costs), strict=True)}


def _totals(rows: Sequence[MeasuredOrder]) -> list[float]:
    return [float(row.shortfall.total_usd or 0) for row in rows]


def _notionals(rows: Sequence[MeasuredOrder]) -> list[float]:
    return [float(row.shortfall.paper_notional_usd) for row in rows]
