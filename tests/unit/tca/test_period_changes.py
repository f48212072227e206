"""A change since the period before is told only where its interval is clear of zero, by days and with both errors."""

import random
from decimal import Decimal
from math import sqrt

import numpy as np
import pytest

from tasks.tca.clustered_ratio import clustered_ratio, t_reach
from tasks.tca.period_changes import changes_of, score_of
from tasks.tca.period_orders import PeriodOrder
from tests.unit.tca.period_desk import period_order

D = Decimal


def orders(bps: float, seed: int, days: int = 20, filled: str = "10000.00") -> list[PeriodOrder]:
    rng = random.Random(seed)
    return [
        period_order(bps + rng.gauss(0, 3), day, n, filled_at_decision_usd=D(filled) - D(rng.randrange(100)))
        for day in range(days)
        for n in range(3)
    ]


def test_a_rise_is_told_with_its_interval():
    cost, fill, score = changes_of(
        orders(5, 1), orders(12, 2), ([90.0 + n % 3 for n in range(12)], [70.0] * 11 + [71.0])
    )
    assert (cost.measure, cost.verdict, cost.days) == ("cost", "higher", (20, 20))
    assert cost.before is not None
    assert cost.now is not None
    assert cost.difference == cost.now - cost.before
    assert cost.low is not None
    assert cost.low > 0
    assert fill.verdict == "not told from noise"
    assert (score.verdict, score.before, score.days) == ("lower", D("91.00"), (12, 12))


def test_the_error_of_a_difference_has_both_periods_in_it():
    """By hand from the two intervals: errors add up in squares, degrees of freedom by Welch and Satterthwaite."""
    before, now = orders(5, 1), orders(5.5, 2, days=15)
    sides = [
        clustered_ratio([float(o.cost_usd or 0) for o in s], [1e4] * len(s), [o.session for o in s])
        for s in (before, now)
    ]
    errors = [side.standard_error_bps or 0.0 for side in sides]
    degrees = (errors[0] ** 2 + errors[1] ** 2) ** 2 / (errors[0] ** 4 / 19 + errors[1] ** 4 / 14)
    half = t_reach(degrees) * sqrt(errors[0] ** 2 + errors[1] ** 2)
    cost = changes_of(before, now, ([], []))[0]
    assert cost.high is not None
    assert cost.low is not None
    assert float(cost.high - cost.low) / 2 == pytest.approx(half, abs=0.01)


def test_where_nothing_changed_a_change_is_told_as_often_as_five_percent_say():
    """1,000 pairs of periods alike: within four binomial errors of 5 %."""
    rng, told = np.random.default_rng(3), 0
    for _ in range(1000):
        found = []
        for _ in range(2):
            day = rng.normal(0, 3, 15)
            costs = 5 + np.repeat(day, 3) + rng.normal(0, 3, 45)
            found.append([period_order(float(c), n // 3, n) for n, c in enumerate(costs)])
        told += changes_of(found[0], found[1], ([], []))[0].verdict != "not told from noise"
    assert abs(told / 1000 - 0.05) < 4 * sqrt(0.05 * 0.95 / 1000)


def test_too_few_days_or_no_period_before_is_insufficient_and_shows_what_there_is():
    cost, fill, score = changes_of([], orders(5, 1), ([], [80.0]))
    assert {cost.verdict, fill.verdict, score.verdict} == {"insufficient data"}
    assert (cost.before, cost.low, score.now) == (None, None, D("80.00"))
    assert changes_of(orders(5, 1, days=9), orders(9, 2), ([], []))[0].verdict == "insufficient data"


def test_a_fill_rate_is_in_percent():
    half = changes_of(orders(5, 1), orders(5, 2, filled="5000.00"), ([], []))[1]
    assert half.now is not None
    assert D(49) < half.now < D(50)
    assert half.verdict == "lower"


def test_a_score_is_read_where_the_report_has_one():
    assert score_of({"scorecard": [{"name": "score", "actual": "88.50"}]}) == 88.5
    assert score_of({"scorecard": [{"name": "score", "actual": None}]}) is None
    assert score_of({}) is None
