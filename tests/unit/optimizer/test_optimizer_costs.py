"""Forecast costs: the published formula, in fractions of net asset value."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.costs import forecast_cost, impact_coefficients
from optimizer.problem import Costs


def test_the_published_example_comes_out_to_the_tenth_of_a_cent():
    """Boyd et al. (2017), eq. 2.2, a|x| + b sigma |x|^1.5 / V^0.5: USD 1M of 50M volume at 2 % sigma, a = 5 bps."""
    nav = 20e6
    coefficient = impact_coefficients(np.array([0.02]), np.array([50e6]), nav, b=1.0)
    cost = forecast_cost(np.array([1e6 / nav]), Costs(np.array([5e-4]), coefficient, np.zeros(1)))
    assert nav * cost.total == pytest.approx(3328.4271, abs=1e-3)
    assert nav * cost.spread[0] == pytest.approx(500.0)
    assert nav * cost.impact[0] == pytest.approx(2828.4271, abs=1e-3)


@given(st.floats(-1, 1), st.floats(1e5, 1e9))
def test_a_trade_in_usd_costs_the_same_whatever_the_book(weight, nav):
    coefficient = impact_coefficients(np.array([0.015]), np.array([30e6]), nav, b=0.8)
    usd = abs(weight) * nav
    cost = forecast_cost(np.array([weight]), Costs(np.array([3e-4]), coefficient, np.array([1e-4])))
    assert nav * cost.total == pytest.approx(4e-4 * usd + 0.8 * 0.015 * usd**1.5 / 30e6**0.5)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=6))
def test_a_buy_costs_what_the_same_sell_costs(trades):
    n = len(trades)
    costs = Costs(np.full(n, 2e-4), np.full(n, 0.02), np.full(n, 1e-5))
    assert forecast_cost(np.array(trades), costs).total == forecast_cost(-np.array(trades), costs).total >= 0


def test_a_symbol_without_volume_is_refused():
    with pytest.raises(ValueError, match="adv_usd must be positive"):
        impact_coefficients(np.array([0.02]), np.array([0.0]), 1e6, 1.0)
    with pytest.raises(ValueError, match="adv_usd must be positive"):
        impact_coefficients(np.array([0.02]), np.array([np.nan]), 1e6, 1.0)
    with pytest.raises(ValueError, match="sigma_daily"):
        impact_coefficients(np.array([-0.02]), np.array([1e6]), 1e6, 1.0)
