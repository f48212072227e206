"""Algorithms against algorithms and brokers against brokers: what the orders of a period let anybody conclude.

The unit is the day, because orders of one day share its market: where both sides traded the same symbol on the same
day, the differences of those pairs, averaged within their day; otherwise each side's ratio of sums of each day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import combinations
from statistics import mean

from tasks.model.money import exact_sum, number
from tasks.tca.balance import BalanceLine, balance_of
from tasks.tca.comparison_words import Sample, sentence_of
from tasks.tca.costs import BPS_UNIT
from tasks.tca.period_groups import GROUPINGS, LEAST, is_known
from tasks.tca.period_orders import PeriodOrder
from tasks.tca.significance import LEVEL, Tested, holm, paired_tests, unpaired_tests
from tasks.tca.statistics import Verdict

COMPARED = ("algorithm", "broker")
PAIRED = "paired by day and symbol: t and Wilcoxon's signed rank"
DAY_MEANS = "day means: Welch's t and Mann-Whitney"
P_UNIT = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Comparison:
    """First less second, in bps of paper notional: positive says that the first was dearer; None is `n/a`."""

    grouping: str
    first: str
    second: str
    orders: tuple[int, int]
    days: tuple[int, int]
    method: str
    units: tuple[int, int]
    """Days that each side of the test has."""
    effect_bps: Decimal | None
    low_bps: Decimal | None
    high_bps: Decimal | None
    """95 % interval, not corrected for the number of comparisons."""
    p_mean: Decimal | None
    p_rank: Decimal | None
    """Both after Holm's correction."""
    comparisons: int
    """Tests of the report that the correction is for."""
    verdict: Verdict
    balance: tuple[BalanceLine, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class TestedPair:
    """Two sides with the test between them, before it is corrected for the others; None where none was made."""

    grouping: str
    first: Sample
    second: Sample
    method: str
    units: tuple[int, int]
    tested: Tested | None


def comparisons_of(orders: Sequence[PeriodOrder]) -> tuple[Comparison, ...]:
    """Every pair of algorithms and every pair of brokers that traded; Holm's correction is over all tests made.

    Where both sides traded on the same days, Welch's test does not use it: it then errs towards telling nothing apart.
    """
    known = [order for order in orders if is_known(order)]
    pairs = [pair for grouping in COMPARED for pair in _pairs(grouping, known)]
    return corrected(pairs)


def compared(grouping: str, first: Sample, second: Sample) -> TestedPair:
    """One pair, tested where both sides have the least sample; the correction comes after all pairs are known."""
    if not (_is_enough(first.orders) and _is_enough(second.orders)):
        return TestedPair(grouping, first, second, "", (0, 0), None)
    differences = _differences_by_day(first.orders, second.orders)
    if len(differences) >= LEAST[1]:
        units = (len(differences), len(differences))
        return TestedPair(grouping, first, second, PAIRED, units, paired_tests(differences))
    means = _day_means(first.orders), _day_means(second.orders)
    return TestedPair(grouping, first, second, DAY_MEANS, (len(means[0]), len(means[1])), unpaired_tests(*means))


def corrected(pairs: Sequence[TestedPair], *, is_randomised: bool = False) -> tuple[Comparison, ...]:
    """The pairs with their p-values after Holm's correction over all of them, and in words."""
    tested = [pair.tested for pair in pairs if pair.tested is not None]
    means = iter(holm([one.p_mean for one in tested]))
    ranks = iter(holm([one.p_rank for one in tested]))
    return tuple(
        _comparison(pair, None if pair.tested is None else (next(means), next(ranks)), len(tested), is_randomised)
        for pair in pairs
    )


def _comparison(pair: TestedPair, p_values: tuple[float, float] | None, made: int, is_randomised: bool) -> Comparison:
    tested, balance = pair.tested, balance_of(pair.first.orders, pair.second.orders)
    verdict = _verdict(tested, p_values)
    return Comparison(
        grouping=pair.grouping,
        first=pair.first.name,
        second=pair.second.name,
        orders=(len(pair.first.orders), len(pair.second.orders)),
        days=(_days(pair.first.orders), _days(pair.second.orders)),
        method=pair.method,
        units=pair.units,
        effect_bps=number(tested.effect if tested else None, BPS_UNIT),
        low_bps=number(tested.low if tested else None, BPS_UNIT),
        high_bps=number(tested.high if tested else None, BPS_UNIT),
        p_mean=number(p_values[0] if p_values else None, P_UNIT),
        p_rank=number(p_values[1] if p_values else None, P_UNIT),
        comparisons=made,
        verdict=verdict,
        balance=balance,
        sentence=sentence_of(pair.first, pair.second, tested, verdict, balance, is_randomised=is_randomised),
    )


def _verdict(tested: Tested | None, p_values: tuple[float, float] | None) -> Verdict:
    """A difference is one only where the mean and the ranks both say so."""
    if tested is None or p_values is None:
        return Verdict.INSUFFICIENT
    if max(p_values) > LEVEL:
        return Verdict.NOT_SIGNIFICANT
    return Verdict.COST if tested.effect > 0 else Verdict.GAIN


def _pairs(grouping: str, orders: Sequence[PeriodOrder]) -> list[TestedPair]:
    name_of = dict(GROUPINGS)[grouping]
    members: dict[str, list[PeriodOrder]] = {}
    for order in orders:
        members.setdefault(name_of(order), []).append(order)
    return [
        compared(grouping, Sample(first, tuple(members[first])), Sample(second, tuple(members[second])))
        for first, second in combinations(sorted(members), 2)
    ]


def _is_enough(orders: Sequence[PeriodOrder]) -> bool:
    return len(orders) >= LEAST[0] and _days(orders) >= LEAST[1]


def _days(orders: Sequence[PeriodOrder]) -> int:
    return len({order.session for order in orders})


def _day_means(orders: Sequence[PeriodOrder]) -> list[float]:
    days: dict[date, list[PeriodOrder]] = {}
    for order in orders:
        days.setdefault(order.session, []).append(order)
    return [_ratio_bps(days[day]) for day in sorted(days)]


def _differences_by_day(first: Sequence[PeriodOrder], second: Sequence[PeriodOrder]) -> list[float]:
    """Mean difference of a day's pairs, the oldest day first."""
    ones, others = _by_day_and_symbol(first), _by_day_and_symbol(second)
    days: dict[date, list[float]] = {}
    for key in sorted(ones.keys() & others.keys()):
        days.setdefault(key[0], []).append(_ratio_bps(ones[key]) - _ratio_bps(others[key]))
    return [mean(days[day]) for day in sorted(days)]


def _by_day_and_symbol(orders: Sequence[PeriodOrder]) -> dict[tuple[date, str], list[PeriodOrder]]:
    found: dict[tuple[date, str], list[PeriodOrder]] = {}
    for order in orders:
        found.setdefault((order.session, order.symbol), []).append(order)
    return found


def _ratio_bps(orders: Sequence[PeriodOrder]) -> float:
    cost = exact_sum(order.cost_usd or Decimal(0) for order in orders)
    return float(cost / exact_sum(order.paper_notional_usd for order in orders)) * 1e4
