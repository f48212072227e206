"""A ratio of sums with an interval by days: by hand, by simulation, and against what knows no days."""

from datetime import date, timedelta
from math import sqrt

import numpy as np
import pytest

from tasks.tca.clustered_ratio import clustered_ratio, t_reach
from tasks.tca.statistics import Verdict, ratio_of_sums

FIRST = date(2022, 1, 3)
NO_LEAST = (1, 2)


def days(*numbers: int) -> list[date]:
    return [FIRST + timedelta(days=number) for number in numbers]


def test_three_days_by_hand():
    """Costs 3, 1, 2, 2 over 100, 100, 100, 200 are 8 / 500 = 1.6 %.

    Left of each order: 3 - 1.6, 1 - 1.6, 2 - 1.6, 2 - 3.2 = 1.4, -0.6, 0.4, -1.2; of the days 0.8, 0.4, -1.2, whose
    squares add up to 2.24. With G / (G - 1) = 3 / 2 the error is sqrt(1.5 * 2.24) / 500, and t(2) reaches 4.30265273.
    """
    found = clustered_ratio([3, 1, 2, 2], [100, 100, 100, 200], days(0, 0, 1, 2), NO_LEAST)
    error = sqrt(1.5 * 2.24) / 500 * 1e4
    assert found.bps == pytest.approx(160)
    assert found.standard_error_bps == pytest.approx(error)
    assert found.low_bps == pytest.approx(160 - 4.30265273 * error, rel=1e-6)
    assert found.high_bps == pytest.approx(160 + 4.30265273 * error, rel=1e-6)
    assert (found.orders, found.days) == (4, 3)


def test_with_one_order_a_day_it_is_the_ratio_estimator_that_knows_no_days():
    costs, sizes = [3.0, 1.0, 2.0, 2.0], [100.0, 50.0, 75.0, 200.0]
    plain, clustered = ratio_of_sums(costs, sizes), clustered_ratio(costs, sizes, days(0, 1, 2, 3), NO_LEAST)
    assert clustered.standard_error_bps == pytest.approx(plain.standard_error_bps)
    assert clustered.high_bps == pytest.approx(plain.high_bps)


def test_an_interval_of_ninety_five_percent_covers_that_often_and_one_without_days_does_not():
    """Half of an order's variance is its day's; sizes differ tenfold. 2,000 worlds: 95 % within 3 binomial errors."""
    random, worlds, held, naive = np.random.default_rng(7), 2000, 0, 0
    on = [day for day in range(40) for _ in range(8)]
    for _ in range(worlds):
        sizes = np.exp(random.uniform(0, np.log(10), len(on)))
        market = random.normal(size=40)[on]
        rates = 5 + 20 * (sqrt(0.5) * market + sqrt(0.5) * random.normal(size=len(on)))
        costs = list(rates * sizes / 1e4)
        found, plain = clustered_ratio(costs, list(sizes), days(*on)), ratio_of_sums(costs, list(sizes))
        assert found.low_bps is not None
        assert found.high_bps is not None
        held += found.low_bps <= 5 <= found.high_bps
        naive += (plain.low_bps or 0) <= 5 <= (plain.high_bps or 0)
    error = sqrt(0.95 * 0.05 / worlds)
    assert abs(held / worlds - 0.95) < 3 * error
    assert naive / worlds < 0.75, "orders of one day are not as many witnesses as they are orders"


@pytest.mark.parametrize(("orders", "on_days"), [(24, 12), (30, 9)])
def test_too_few_orders_or_days_state_no_interval(orders: int, on_days: int):
    on = days(*[n % on_days for n in range(orders)])
    found = clustered_ratio([float(n) for n in range(orders)], [1000.0] * orders, on)
    assert found.low_bps is found.high_bps is found.standard_error_bps is None
    assert found.verdict is Verdict.INSUFFICIENT
    assert found.bps == pytest.approx((orders - 1) / 2 / 1000 * 1e4), "what was measured is still said"


@pytest.mark.parametrize(
    ("shift", "verdict"), [(0.0, Verdict.NOT_SIGNIFICANT), (20.0, Verdict.COST), (-20.0, Verdict.GAIN)]
)
def test_a_verdict_needs_an_interval_clear_of_zero(shift: float, verdict: Verdict):
    costs = [shift + (5 if n % 2 else -5) for n in range(40)]
    assert clustered_ratio(costs, [1000.0] * 40, days(*[n // 2 for n in range(40)])).verdict is verdict


def test_what_has_no_notional_has_no_ratio():
    with pytest.raises(ValueError, match="leave the group out"):
        clustered_ratio([1.0], [0.0], days(0))
    with pytest.raises(ValueError, match="leave the group out"):
        clustered_ratio([], [], [])


def test_two_degrees_of_freedom_reach_further_than_many():
    assert (round(t_reach(2), 4), round(t_reach(1e9), 4)) == (4.3027, 1.96)
