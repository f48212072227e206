"""Our own trades cost us, never pay us, and are forgotten in time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.brokers.simulated.market.impact import LARGEST_SHIFT, Impact, decayed

IMPACT = Impact(scale=0.02, day_volume=1_000_000)
displacements = st.floats(-500_000, 500_000)
trades = st.lists(st.tuples(st.integers(-50_000, 50_000), st.floats(0, 200)), min_size=1, max_size=30)


def test_a_hundredth_of_the_days_volume_moves_the_price_a_tenth_of_the_volatility():
    assert IMPACT.shift(10_000) == pytest.approx(0.002)
    assert IMPACT.shift(-10_000) == pytest.approx(-0.002)


def test_a_trade_pays_two_thirds_of_the_impact_it_leaves():
    assert IMPACT.average_shift(0, 10_000) == pytest.approx(0.002 * 2 / 3)


def test_after_one_half_life_half_of_the_impact_is_gone():
    left = decayed(10_000, minutes=30, half_life_min=30)
    assert IMPACT.shift(left) == pytest.approx(IMPACT.shift(10_000) / 2)


@given(trades)
def test_no_sequence_of_trades_earns_from_its_own_impact(sequence):
    displaced = cost = 0.0
    for shares, minutes in sequence:
        cost += shares * IMPACT.average_shift(displaced, shares)
        displaced = decayed(displaced + shares, minutes, 30)
    assert cost >= -1e-6


@given(displacements, st.integers(1, 100_000))
def test_buying_pays_at_least_where_the_market_stands_and_at_most_where_it_ends(displaced, shares):
    average = IMPACT.average_shift(displaced, shares)
    assert IMPACT.shift(displaced) - 1e-12 <= average <= IMPACT.shift(displaced + shares) + 1e-12


@given(displacements, st.sampled_from([1, -1]), st.floats(-0.01, 0.01))
def test_the_room_ends_where_the_market_reaches_the_worst_price(displaced, sign, worst):
    room = IMPACT.room(displaced, sign, worst)
    if room > 0:
        assert sign * IMPACT.shift(displaced + sign * room) == pytest.approx(worst, abs=1e-9)
    else:
        assert sign * IMPACT.shift(displaced) >= worst - 1e-12


def test_however_large_the_trade_the_price_stays_positive():
    assert Impact(10.0, 100).shift(-1e9) == -LARGEST_SHIFT
    assert Impact(10.0, 100).average_shift(0, -1e9) == -LARGEST_SHIFT


def test_without_impact_there_is_room_for_everything_the_limit_allows():
    assert Impact(0.0, 100).room(0, 1, 0.0) == float("inf")
    assert Impact(0.0, 100).room(0, 1, -0.001) == 0
