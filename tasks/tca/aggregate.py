"""Groups of orders: sums that add up, ratios of sums with their uncertainty, and the orders that stand out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tasks.tca.costs import BPS_UNIT, CostParts, MeasuredOrder, added
from tasks.tca.money import exact_sum, number, rounded
from tasks.tca.statistics import Verdict, modified_z, ratio_of_sums


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
    filled = exact_sum(row.order.filled_shares * row.order.decision_price for row in whole)
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
