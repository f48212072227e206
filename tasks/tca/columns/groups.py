"""Groups of many orders: `statistics.group_line` and `grouped` in columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from tasks.model.money import number, rounded
from tasks.tca.columns.exact import Exact, Places
from tasks.tca.columns.shortfalls import FilledColumns, OrderColumns, ShortfallColumns
from tasks.tca.costs import BPS_UNIT, CostParts, cost_parts
from tasks.tca.statistics import GroupLine, Verdict, ratio_of_sums


@dataclass(frozen=True, slots=True)
class MeasuredColumns:
    """(n,) orders, what was filled of each, and what it cost."""

    orders: OrderColumns
    filled: FilledColumns
    shortfall: ShortfallColumns


def group_lines(measured: MeasuredColumns, names: Sequence[str]) -> tuple[GroupLine, ...]:
    """(n,) names: one line per group, in alphabetical order."""
    known, places = np.unique(np.asarray(names, dtype=object).astype(str), return_inverse=True)
    order = np.argsort(places, kind="stable")
    bounds = np.searchsorted(places[order], np.arange(len(known) + 1))
    return tuple(
        group_line_of(str(name), measured, order[low:high])
        for name, low, high in zip(known, bounds[:-1], bounds[1:], strict=True)
    )


def group_line_of(name: str, measured: MeasuredColumns, members: Places) -> GroupLine:
    """The ratio of sums over the orders at these places."""
    shortfall = measured.shortfall
    whole = members[shortfall.has_total[members]]
    costs = _added(shortfall, whole)
    totals, notionals = shortfall.total_usd[whole].floats(), shortfall.notional_usd[whole].floats()
    estimate = ratio_of_sums(totals.tolist(), notionals.tolist()) if len(whole) else None
    at_decision = (measured.filled.shares[whole] * measured.orders.decision[whole]).total()
    notional = shortfall.notional_usd[whole].total()
    return GroupLine(
        name=name,
        orders=len(whole),
        left_out=len(members) - len(whole),
        without_delay=int((~shortfall.known[0][whole]).sum()),
        filled_value_usd=measured.filled.value_usd[whole].rounded(2).total(),
        fill_pct=rounded(at_decision / notional * 100, BPS_UNIT) if len(whole) else Decimal(0),
        costs=costs,
        standard_error_bps=number(estimate.standard_error_bps if estimate else None, BPS_UNIT),
        low_bps=number(estimate.low_bps if estimate else None, BPS_UNIT),
        high_bps=number(estimate.high_bps if estimate else None, BPS_UNIT),
        verdict=estimate.verdict if estimate else Verdict.TOO_FEW,
    )


def outlier_columns(shortfall: ShortfallColumns) -> NDArray[np.float64]:
    """(n,) modified z-score of each order's cost in bps among all; nan where it has no total, or nobody stands out."""
    found = np.full(len(shortfall.has_total), np.nan)
    whole = shortfall.has_total
    costs = shortfall.total_usd[whole].floats() / shortfall.notional_usd[whole].floats() * 1e4
    if len(costs):
        spread = np.median(np.abs(costs - np.median(costs)))
        found[whole] = 0.6745 * (costs - np.median(costs)) / spread if spread > 0 else np.nan
    return found


def _added(shortfall: ShortfallColumns, whole: Places) -> CostParts:
    """`costs.added` of the orders at these places, all with a total."""
    known = [mask[whole] for mask in shortfall.known]
    cents = [_total(part[whole], mask) for part, mask in zip(shortfall.cents, known, strict=True)]
    exact = [_total(part[whole], mask) for part, mask in zip(shortfall.parts, known, strict=True)]
    total = shortfall.total_usd[whole].total() if len(whole) else None
    notional = shortfall.notional_usd[whole]
    return cost_parts(notional.total(), cents, exact, total, notional.rounded(2).total())


def _total(part: Exact, known: NDArray[np.bool_]) -> Decimal | None:
    return part[known].total() if known.any() else None
