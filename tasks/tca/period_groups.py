"""A period's orders by algorithm, broker, kind, side, sector, symbol and size: ratios of sums with honest intervals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from tasks.model.money import exact_sum, number, rounded
from tasks.tca.calibration import MIN_DAYS, MIN_ORDERS
from tasks.tca.clustered_ratio import ClusteredRatio, clustered_ratio
from tasks.tca.costs import BPS_UNIT
from tasks.tca.period_orders import PeriodOrder
from tasks.tca.statistics import Verdict
from tasks.tca.summary import ALGORITHM_NAMES

LEAST = (MIN_ORDERS, MIN_DAYS)
"""Orders and days below which a group has no interval and no rank."""


@dataclass(frozen=True, slots=True)
class PeriodGroup:
    """One group of a period's orders; USD in cents, positive is a cost, None is `n/a`."""

    grouping: str
    name: str
    orders: int
    """With a known total; `left_out` has the others, which are in no figure."""
    left_out: int
    days: int
    paper_notional_usd: Decimal
    fill_pct: Decimal | None
    """Filled over ordered value, both at decision prices."""
    cost_usd: Decimal | None
    cost_bps: Decimal | None
    """Summed cost over summed paper notional."""
    standard_error_bps: Decimal | None
    low_bps: Decimal | None
    high_bps: Decimal | None
    """95 % interval, clustered by day."""
    verdict: Verdict
    rank: int | None = None
    """1 is the cheapest; only among groups with sufficient data, where there are two."""


GROUPINGS: tuple[tuple[str, Callable[[PeriodOrder], str]], ...] = (
    ("algorithm", lambda order: order.algorithm),
    ("broker", lambda order: order.broker),
    ("broker and algorithm", lambda order: f"{order.broker}, {ALGORITHM_NAMES.get(order.algorithm, order.algorithm)}"),
    ("order kind", lambda order: order.kind),
    ("side", lambda order: order.side),
    ("size", lambda order: order.size),
    ("sector", lambda order: order.sector),
    ("symbol", lambda order: order.symbol),
)


def is_known(order: PeriodOrder) -> bool:
    """Whether an order is in the figures: its total is known and its notional is above nothing."""
    return order.cost_bps is not None


def estimate_of(orders: Sequence[PeriodOrder]) -> ClusteredRatio | None:
    """Of the orders with a known total; None without one."""
    known = [order for order in orders if is_known(order)]
    if not known:
        return None
    costs = [float(order.cost_usd or 0) for order in known]
    return clustered_ratio(
        costs, [float(order.paper_notional_usd) for order in known], [order.session for order in known], LEAST
    )


def group_of(grouping: str, name: str, orders: Sequence[PeriodOrder]) -> PeriodGroup:
    """Ratio of sums over one group; without a known order it has no figures."""
    known = [order for order in orders if is_known(order)]
    found = estimate_of(known)
    notional = exact_sum(order.paper_notional_usd for order in known)
    filled = exact_sum(order.filled_at_decision_usd for order in known)
    return PeriodGroup(
        grouping=grouping,
        name=name,
        orders=len(known),
        left_out=len(orders) - len(known),
        days=found.days if found else 0,
        paper_notional_usd=notional,
        fill_pct=rounded(filled / notional * 100, BPS_UNIT) if known else None,
        cost_usd=exact_sum(order.cost_usd or Decimal(0) for order in known) if known else None,
        cost_bps=number(found.bps, BPS_UNIT) if found else None,
        standard_error_bps=number(found.standard_error_bps, BPS_UNIT) if found else None,
        low_bps=number(found.low_bps, BPS_UNIT) if found else None,
        high_bps=number(found.high_bps, BPS_UNIT) if found else None,
        verdict=found.verdict if found else Verdict.INSUFFICIENT,
    )


def groups_of(orders: Sequence[PeriodOrder]) -> tuple[PeriodGroup, ...]:
    """Every grouping in turn, its groups by name; all groups of one grouping hold every order once."""
    return tuple(line for grouping, name_of in GROUPINGS for line in _ranked(_split(grouping, name_of, orders)))


def _split(
    grouping: str, name_of: Callable[[PeriodOrder], str], orders: Sequence[PeriodOrder]
) -> tuple[PeriodGroup, ...]:
    members: dict[str, list[PeriodOrder]] = {}
    for order in orders:
        members.setdefault(name_of(order), []).append(order)
    return tuple(group_of(grouping, name, members[name]) for name in sorted(members))


def _ranked(groups: tuple[PeriodGroup, ...]) -> tuple[PeriodGroup, ...]:
    """Equal costs share a rank."""
    costs = sorted(g.cost_bps for g in groups if g.verdict is not Verdict.INSUFFICIENT and g.cost_bps is not None)
    if len(costs) < 2:
        return groups
    return tuple(
        group
        if group.verdict is Verdict.INSUFFICIENT or group.cost_bps is None
        else replace(group, rank=costs.index(group.cost_bps) + 1)
        for group in groups
    )
