"""Orders measured and added up: all of a report that needs nothing but its orders. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tasks.tca.costs import CostParts, MeasuredOrder, added, measured
from tasks.tca.estimates import EstimateTotal, estimate_total
from tasks.tca.inputs import OrderRecord
from tasks.tca.mark_outs import ReversionLine, reversion_lines
from tasks.tca.order_line import OrderLine, order_line
from tasks.tca.shortfall import Convention
from tasks.tca.statistics import GroupLine, group_line, grouped, mean_absolute_bps, outlier_scores
from tasks.tca.timeline import Timeline, largest_timelines


class Measured(Protocol):
    """What the charts of any report are drawn from."""

    @property
    def total(self) -> GroupLine:
        """Over all orders."""
        ...

    @property
    def orders(self) -> tuple[OrderLine, ...]:
        """By symbol and order id."""
        ...

    @property
    def reversions(self) -> tuple[ReversionLine, ...]:
        """By minutes after the last fill."""
        ...

    @property
    def timelines(self) -> tuple[Timeline, ...]:
        """Of the largest orders."""
        ...


@dataclass(frozen=True, slots=True)
class Measurement:
    """What orders cost, one by one and added up; amounts USD in cents, costs positive when they hurt, None is `n/a`."""

    rows: tuple[MeasuredOrder, ...]
    """By symbol and order id, with their exact amounts."""
    orders: tuple[OrderLine, ...]
    """The same as they are shown."""
    total: GroupLine
    total_other_convention: CostParts
    by_side: tuple[GroupLine, ...]
    by_algorithm: tuple[GroupLine, ...]
    reversions: tuple[ReversionLine, ...]
    estimates: EstimateTotal | None
    vwap_tracking_bps: float | None
    """Mean absolute cost against the interval VWAP over the orders that have one."""
    timelines: tuple[Timeline, ...]


def measure_orders(
    orders: Sequence[OrderRecord], convention: Convention, explanations: Mapping[str, str] | None = None
) -> Measurement:
    """`explanations` are what a person wrote about an order, by order id."""
    rows = sorted((measured(o, convention) for o in orders), key=lambda r: (r.order.symbol, r.order.order_id))
    other = _other(convention)
    lines = _lines(rows, other, explanations or {})
    return Measurement(
        rows=tuple(rows),
        orders=lines,
        total=group_line("total", rows),
        total_other_convention=added([measured(order, other) for order in orders]),
        by_side=grouped(rows, lambda row: row.order.side.value),
        by_algorithm=grouped(rows, lambda row: str(row.order.algorithm)),
        reversions=reversion_lines(rows),
        estimates=estimate_total([line.estimate for line in lines]),
        vwap_tracking_bps=_vwap_tracking(lines),
        timelines=largest_timelines(orders),
    )


def _other(convention: Convention) -> Convention:
    return Convention.EXECUTED if convention is Convention.WHOLE_ORDER else Convention.WHOLE_ORDER


def _lines(rows: Sequence[MeasuredOrder], other: Convention, explanations: Mapping[str, str]) -> tuple[OrderLine, ...]:
    scores = outlier_scores(rows)
    return tuple(
        order_line(
            row,
            outlier_z=scores.get(row.order.order_id),
            explanation=explanations.get(row.order.order_id, ""),
            other=other,
        )
        for row in rows
    )


def _vwap_tracking(lines: Sequence[OrderLine]) -> float | None:
    costs = [b.cost_bps for line in lines for b in line.benchmarks if b.name == "interval VWAP"]
    return mean_absolute_bps([float(cost) for cost in costs if cost is not None])
