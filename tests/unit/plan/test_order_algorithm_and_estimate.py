"""Which algorithm an order gets, and what it is forecast to cost."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.book.execution import ExecutionSettings
from tasks.book.orders import OrderSettings
from tasks.book.targets import CostModelSettings
from tasks.model.orders import Algorithm
from tasks.plan.algorithm import choose_algorithm
from tasks.plan.costs import cost_forecast, estimate_cost
from tasks.plan.inputs import OrderFigures

D = Decimal
AUTO = ExecutionSettings()


@pytest.mark.parametrize(
    ("share_of_adv", "share_of_nav", "algorithm"),
    [
        (None, 0.5, Algorithm.TWAP),
        (0.0, 0.0, Algorithm.IMMEDIATE),
        (0.001, 0.5, Algorithm.IMMEDIATE),
        (0.0011, 0.05, Algorithm.TWAP),
        (0.005, 0.05, Algorithm.TWAP),
        (0.0051, 0.05, Algorithm.VWAP),
        (0.03, 0.05, Algorithm.VWAP),
        (0.0301, 0.05, Algorithm.POV),
        (0.0301, 0.5, Algorithm.POV),
        (0.0011, 0.10, Algorithm.IMPLEMENTATION_SHORTFALL),
        (0.03, 0.0999, Algorithm.VWAP),
    ],
)
def test_size_against_market_and_book_decides(share_of_adv, share_of_nav, algorithm):
    assert choose_algorithm("AAPL", share_of_adv, share_of_nav, AUTO) is algorithm


def test_the_book_overrules_and_the_symbol_overrules_the_book():
    settings = ExecutionSettings(algorithm=Algorithm.VWAP, by_symbol={"SPY": Algorithm.AT_CLOSE})
    assert choose_algorithm("AAPL", 0.5, 0.5, settings) is Algorithm.VWAP
    assert choose_algorithm("SPY", 0.5, 0.5, settings) is Algorithm.AT_CLOSE


BIG = OrderFigures("AAPL", D(10_000), D(100), 13, 500_000.0, 5.0, 0.02)


def test_a_published_worked_example_of_the_impact_formula():
    """cvxportfolio's cost: x = 1 million USD, V = 50 million, sigma 2 %, half spread 5 bps, b = 1: 33.284271 bps."""
    cost = estimate_cost(BIG, OrderSettings(), CostModelSettings())
    assert cost.spread_usd + cost.impact_usd == pytest.approx(3328.4271, abs=1e-4)
    assert cost.fees_usd == pytest.approx(35.0)
    assert cost.total_usd == pytest.approx(3363.4271, abs=1e-4)
    assert cost.model == "half spread + 1 sigma x^1.5 / V^0.5 + fees"


def test_each_child_pays_the_least_commission():
    cost = estimate_cost(replace(BIG, shares=D(100)), OrderSettings(), CostModelSettings())
    assert cost.fees_usd == pytest.approx(13 * 0.35)


def test_an_unknown_volume_is_said_and_not_guessed():
    unknown = estimate_cost(replace(BIG, adv_shares=None), OrderSettings(), CostModelSettings())
    assert unknown.impact_usd == 0
    assert "impact unknown" in unknown.model
    assumed = estimate_cost(replace(BIG, adv_shares=None), OrderSettings(), CostModelSettings(assumed_adv_usd=50e6))
    assert assumed.impact_usd == pytest.approx(2828.4271, abs=1e-4)
    assert "assumed V" in assumed.model
    assert "impact unknown" in estimate_cost(replace(BIG, sigma_daily=None), OrderSettings(), CostModelSettings()).model


def test_an_unknown_spread_is_the_books_and_labelled_assumed():
    cost = estimate_cost(replace(BIG, half_spread_bps=None), OrderSettings(), CostModelSettings(half_spread_bps=3))
    assert cost.spread_usd == pytest.approx(300.0)
    assert cost.model.startswith("assumed half spread")


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_larger_order_never_costs_less(one, other):
    forecast = cost_forecast(OrderSettings(), CostModelSettings())
    small, large = (forecast(replace(BIG, shares=D(n))) for n in sorted((one, other)))
    assert small.spread_usd <= large.spread_usd
    assert small.impact_usd <= large.impact_usd
    assert small.fees_usd <= large.fees_usd
