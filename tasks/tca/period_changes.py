"""What changed since the period before, and whether the change is told from noise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt
from typing import Any

from tasks.model.money import number
from tasks.tca.clustered_ratio import ClusteredRatio, clustered_ratio, t_reach
from tasks.tca.costs import BPS_UNIT
from tasks.tca.period_groups import LEAST, estimate_of, is_known
from tasks.tca.period_orders import PeriodOrder
from tasks.tca.significance import unpaired_tests

INSUFFICIENT = "insufficient data"
NOISE = "not told from noise"
Scores = Sequence[float]


@dataclass(frozen=True, slots=True)
class Change:
    """One measure of two periods, in its unit; None is `n/a`."""

    measure: str
    unit: str
    before: Decimal | None
    now: Decimal | None
    difference: Decimal | None
    low: Decimal | None
    high: Decimal | None
    """95 % interval of the difference, by days."""
    days: tuple[int, int]
    """Of the period before and of this one."""
    verdict: str
    """`higher`, `lower`, `not told from noise` or `insufficient data`."""


def changes_of(
    before: Sequence[PeriodOrder], now: Sequence[PeriodOrder], scores: tuple[Scores, Scores]
) -> list[Change]:
    """Cost, fill rate and execution score; `scores` has those of the sessions before and of these."""
    return [
        _of_ratios("cost", "bps of paper notional", estimate_of(before), estimate_of(now), 1.0),
        _of_ratios("fill rate", "% of value ordered", _fill_rate(before), _fill_rate(now), 0.01),
        _of_scores(*scores),
    ]


def score_of(report: Mapping[str, Any]) -> float | None:
    """The execution score in a session's report.json; None where it has none."""
    found = [line["actual"] for line in report.get("scorecard", ()) if line["name"] == "score"]
    return float(found[0]) if found and found[0] is not None else None


def _fill_rate(orders: Sequence[PeriodOrder]) -> ClusteredRatio | None:
    """Filled over ordered value at decision prices, in parts of ten thousand."""
    known = [order for order in orders if is_known(order)]
    if not known:
        return None
    filled = [float(order.filled_at_decision_usd) for order in known]
    ordered = [float(order.paper_notional_usd) for order in known]
    return clustered_ratio(filled, ordered, [order.session for order in known], LEAST)


def _of_ratios(
    measure: str, unit: str, before: ClusteredRatio | None, now: ClusteredRatio | None, factor: float
) -> Change:
    """Two independent ratios: errors add up in squares, degrees of freedom by Welch and Satterthwaite."""
    days = (before.days if before else 0, now.days if now else 0)
    was = number(before.bps * factor if before else None, BPS_UNIT)
    is_now = number(now.bps * factor if now else None, BPS_UNIT)
    interval = _interval(before, now)
    if before is None or now is None or interval is None:
        return Change(measure, unit, was, is_now, None, None, None, days, INSUFFICIENT)
    difference = (now.bps - before.bps) * factor
    low, high = (bound * factor for bound in interval)
    return _change(measure, unit, (was, is_now), (difference, low, high), days)


def _interval(before: ClusteredRatio | None, now: ClusteredRatio | None) -> tuple[float, float] | None:
    if before is None or now is None or before.standard_error_bps is None or now.standard_error_bps is None:
        return None
    one, two = before.standard_error_bps**2, now.standard_error_bps**2
    if one + two <= 0:
        return None
    degrees = (one + two) ** 2 / (one**2 / (before.days - 1) + two**2 / (now.days - 1))
    reach = t_reach(degrees) * sqrt(one + two)
    difference = now.bps - before.bps
    return difference - reach, difference + reach


def _of_scores(before: Scores, now: Scores) -> Change:
    """Mean score of a session; sessions are the units."""
    days = (len(before), len(now))
    was, is_now = (number(sum(s) / len(s) if s else None, BPS_UNIT) for s in (before, now))
    tested = unpaired_tests(now, before) if min(days) >= LEAST[1] else None
    if tested is None:
        return Change("execution score", "of 100", was, is_now, None, None, None, days, INSUFFICIENT)
    return _change("execution score", "of 100", (was, is_now), (tested.effect, tested.low, tested.high), days)


def _change(
    measure: str,
    unit: str,
    values: tuple[Decimal | None, Decimal | None],
    effect: tuple[float, float, float],
    days: tuple[int, int],
) -> Change:
    difference, low, high = effect
    verdict = NOISE if low <= 0 <= high else ("higher" if difference > 0 else "lower")
    before, now = values
    return Change(
        measure,
        unit,
        before,
        now,
        number(difference, BPS_UNIT),
        number(low, BPS_UNIT),
        number(high, BPS_UNIT),
        days,
        verdict,
    )
