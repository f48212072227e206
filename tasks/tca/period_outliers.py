"""The orders of a period that stand out: from each other, and from what was forecast for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tasks.model.money import number
from tasks.tca.costs import BPS_UNIT
from tasks.tca.period_orders import PeriodOrder
from tasks.tca.statistics import OUTLIER_Z, modified_z


@dataclass(frozen=True, slots=True)
class PeriodOutlier:
    """One order beyond 3.5 by either score; bps and USD are costs when positive, None is `n/a`."""

    session: date
    order_id: str
    symbol: str
    side: str
    algorithm: str
    cost_usd: Decimal | None
    cost_bps: Decimal | None
    modified_z: Decimal | None
    """Against all orders of the period, by median and median absolute deviation."""
    surprise_z: Decimal | None
    """Realised less estimate, in timing risks."""
    explanation: str


def outliers_of(orders: Sequence[PeriodOrder]) -> tuple[PeriodOutlier, ...]:
    """Oldest session first, then by symbol and order."""
    known = [(order, cost) for order in orders if (cost := order.cost_bps) is not None]
    scores = dict(zip((order.order_id for order, _ in known), modified_z([cost for _, cost in known]), strict=True))
    rows = sorted(orders, key=lambda order: (order.session, order.symbol, order.order_id))
    return tuple(_line(order, scores.get(order.order_id)) for order in rows if _is_out(order, scores))


def _is_out(order: PeriodOrder, scores: dict[str, float | None]) -> bool:
    both = (scores.get(order.order_id), order.surprise_z)
    return any(score is not None and abs(score) > OUTLIER_Z for score in both)


def _line(order: PeriodOrder, score: float | None) -> PeriodOutlier:
    return PeriodOutlier(
        session=order.session,
        order_id=order.order_id,
        symbol=order.symbol,
        side=order.side,
        algorithm=order.algorithm,
        cost_usd=order.cost_usd,
        cost_bps=number(order.cost_bps, BPS_UNIT),
        modified_z=number(score, BPS_UNIT),
        surprise_z=number(order.surprise_z, BPS_UNIT),
        explanation=order.explanation,
    )
