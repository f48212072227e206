"""What the optimizer holds: right by brute force, symmetric, honest about its parts."""

from dataclasses import replace

import numpy as np
import pytest
from optimizer_desk import costs, follow, free_costs, open_limits, problem, risk, solved, vector
from scipy.optimize import minimize

from optimizer.objective import objective_terms
from optimizer.problem import Objective, RiskFactors
from optimizer.risk_parity import parity_weights


def brute_force(asked):
    """The best utility found by a general-purpose optimizer from many starts, long only and at most fully invested."""
    rng = np.random.default_rng(0)
    starts = [asked.current_weights, *rng.dirichlet(np.ones(4), 25)[:, :3]]

    def loss(weights):
        return -1e3 * sum(objective_terms(asked, weights).values())

    budget = {"type": "ineq", "fun": lambda w: 1 - w.sum()}
    found = [
        minimize(loss, start, method="SLSQP", bounds=[(0, 1)] * 3, constraints=budget, options={"ftol": 1e-13})
        for start in starts
    ]
    grid = [np.array(w) for w in np.ndindex(41, 41, 41) if sum(w) <= 40]
    return max(*(-r.fun / 1e3 for r in found if r.success), *(-loss(w / 40) / 1e3 for w in grid))


@pytest.mark.parametrize("half_spread", [0.0, 1e-3])
@pytest.mark.parametrize("impact", [0.0, 0.02])
@pytest.mark.parametrize("kind", ["mean_variance", "minimum_variance"])
def test_nothing_found_by_brute_force_is_better(kind, impact, half_spread):
    asked = problem(
        [0.5, 0.2, 0.1],
        costs=costs(3, half_spread=half_spread, impact=impact),
        objective=Objective(kind, risk_aversion=3.0, expected_return=vector(0.04, 0.09, 0.06)),
    )
    assert solved(asked).objective == pytest.approx(brute_force(asked), abs=2e-8)
    assert solved(asked).objective >= brute_force(asked) - 1e-9


def test_an_unconstrained_optimum_is_the_textbook_one():
    """Markowitz: w = inv(S) mu / (2 gamma) where no limit is near."""
    factors = risk(4)
    mu = vector(0.02, 0.03, 0.025, 0.04)
    matrix = factors.loadings @ factors.loadings.T + np.diag(factors.specific_variance)
    asked = problem(
        np.zeros(4),
        risk=factors,
        limits=open_limits(4, long_only=False, lower=np.full(4, -2.0), upper=np.full(4, 2.0)),
        objective=Objective("mean_variance", risk_aversion=4.0, expected_return=mu),
    )
    np.testing.assert_allclose(solved(asked).weights, np.linalg.solve(matrix, mu) / 8, atol=1e-6)


@pytest.mark.parametrize("impact", [0.0, 0.02])
@pytest.mark.parametrize("kind", ["mean_variance", "minimum_variance", "risk_parity", "track"])
def test_objective_terms_add_up_and_say_what_the_weights_say(kind, impact):
    target = vector(0.3, 0.3, 0.2, 0.1) if kind == "track" else None
    asked = problem(
        [0.1, 0.4, 0.2, 0.2],
        costs=costs(4, impact=impact, short_fee=0.01),
        objective=Objective(kind, expected_return=vector(0.05, 0.02, 0.08, 0.01), target_weights=target),
    )
    answer = solved(asked)
    again = objective_terms(asked, answer.weights, answer.reference_weights)
    assert answer.objective_terms == again
    assert answer.objective == pytest.approx(sum(again.values()), abs=1e-15)
    assert answer.cash_weight == pytest.approx(1 - answer.weights.sum())
    kappa = asked.objective.cost_aversion / asked.objective.holding_period_years
    assert kappa * answer.forecast_cost == pytest.approx(-sum(v for k, v in again.items() if k.startswith("cost")))


def test_the_short_fee_is_charged_on_shorts_alone():
    limits = open_limits(2, long_only=False, lower=np.full(2, -1.0), max_gross=2.0)
    asked = problem([0, 0], limits=limits, costs=costs(2, 0, 0, 0, short_fee=0.02), objective=follow([0.6, -0.4]))
    answer = solved(replace(asked, objective=follow([0.6, -0.4], risk_aversion=1000.0)))
    assert answer.objective_terms["short_fee"] == pytest.approx(0.02 * answer.weights[1])
    assert answer.weights[1] < -0.39


def test_nothing_is_traded_when_the_book_is_already_optimal():
    asked = problem(np.full(5, 0.1), costs=costs(5))
    best = solved(replace(asked, costs=free_costs(5))).weights
    again = solved(replace(asked, current_weights=best))
    assert (again.weights == best).all()
    assert again.forecast_cost == 0


def test_nothing_is_traded_when_trading_is_too_dear():
    now = vector(0.1, 0.2, 0.3, 0.05, 0.15)
    for impact in (0.0, 0.05):
        assert (solved(problem(now, costs=costs(5, half_spread=0.2, impact=impact))).weights == now).all()


def test_dearer_trading_means_less_trading():
    now = np.full(6, 1 / 6)
    turnovers = [
        np.abs(
            solved(
                problem(now, costs=costs(6), objective=replace(problem(now).objective, cost_aversion=aversion))
            ).weights
            - now
        ).sum()
        for aversion in (0.0, 0.5, 2.0, 10.0)
    ]
    assert turnovers == sorted(turnovers, reverse=True)
    assert turnovers[0] > 2 * turnovers[-1]


def test_longs_and_shorts_mirror_each_other():
    mu = vector(0.05, -0.03, 0.02, 0.07)
    limits = open_limits(
        4, long_only=False, lower=np.full(4, -0.5), upper=np.full(4, 0.5), max_gross=1.2, max_turnover=0.9
    )
    asked = problem(
        [0.2, -0.1, 0.0, 0.3], limits=limits, costs=costs(4), objective=Objective("mean_variance", expected_return=mu)
    )
    mirrored = replace(
        asked, current_weights=-asked.current_weights, objective=Objective("mean_variance", expected_return=-mu)
    )
    np.testing.assert_allclose(solved(mirrored).weights, -solved(asked).weights, atol=1e-6)


def test_the_order_of_symbols_changes_nothing():
    asked = problem([0.2, 0.1, 0.3, 0.1], costs=costs(4))
    order = np.array([2, 0, 3, 1])
    mu = asked.objective.expected_return
    assert mu is not None
    shuffled = replace(
        asked,
        current_weights=asked.current_weights[order],
        risk=RiskFactors(asked.risk.loadings[order], asked.risk.specific_variance[order]),
        objective=replace(asked.objective, expected_return=mu[order]),
    )
    np.testing.assert_allclose(solved(shuffled).weights, solved(asked).weights[order], atol=1e-6)


def test_the_answer_depends_on_nothing_solved_before():
    asked, other = problem(np.full(5, 0.1), costs=costs(5)), problem(np.full(5, 0.2), costs=costs(5, impact=0.05))
    first = solved(asked).weights
    solved(other)
    assert (solved(asked).weights == first).all()


@pytest.mark.parametrize("impact", [0.0, 0.01])
def test_tracking_at_no_cost_holds_exactly_the_target(impact):
    target = vector(0.3, 0.0, 0.25, 0.4, 0.0)
    asked = problem([0.1, 0.6, 0.0, 0.1, 0.0], objective=follow(target), costs=costs(5, 0, impact, 0))
    asked = replace(asked, objective=follow(target, cost_aversion=0.0))
    np.testing.assert_allclose(solved(asked).weights, target, atol=1e-5)


def test_a_symbol_without_risk_is_followed_too():
    factors = RiskFactors(np.zeros((3, 1)), np.zeros(3))
    target = vector(0.5, 0.3, 0.1)
    np.testing.assert_allclose(
        solved(problem(np.zeros(3), risk=factors, objective=follow(target))).weights, target, atol=1e-5
    )


def test_tracking_goes_part_of_the_way_when_trading_costs():
    target, now = vector(0.5, 0.5), vector(0.6, 0.3)
    answer = solved(problem(now, objective=follow(target), costs=costs(2, half_spread=5e-4)))
    assert 0 < np.abs(answer.weights - now).sum() < np.abs(target - now).sum()


def test_under_risk_parity_every_symbol_adds_the_same_risk():
    asked = problem(np.zeros(8), risk=risk(8, k=3), objective=Objective("risk_parity"))
    weights = solved(asked).weights
    shares = weights * asked.risk.times(weights) / asked.risk.variance(weights)
    np.testing.assert_allclose(shares, 1 / 8, atol=1e-4)
    assert weights.sum() == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(("n", "k"), [(1, 1), (2, 5), (30, 4), (200, 20)])
def test_parity_is_reached_at_any_size(n, k):
    factors = risk(n, k=k)
    weights = parity_weights(factors)
    np.testing.assert_allclose(n * weights * factors.times(weights), factors.variance(weights), rtol=1e-8)


def test_parity_of_two_uncorrelated_symbols_is_inverse_to_their_volatility():
    weights = parity_weights(RiskFactors(np.zeros((2, 1)), vector(0.01, 0.04)))
    np.testing.assert_allclose(weights, [2 / 3, 1 / 3], rtol=1e-9)


def test_parity_leaves_out_what_may_not_be_held():
    exits = np.array([False, True, False, False])
    asked = problem(
        np.full(4, 0.25), limits=open_limits(4, must_exit=exits, cash_reserve=0.1), objective=Objective("risk_parity")
    )
    weights = solved(asked).weights
    assert weights[1] == 0
    assert weights.sum() == pytest.approx(0.9, abs=1e-5)


def test_parity_of_a_symbol_without_variance_is_refused():
    with pytest.raises(ValueError, match="positive variance of every symbol; position 1"):
        parity_weights(RiskFactors(np.zeros((2, 1)), vector(0.04, 0.0)))


def test_ten_times_the_book_in_ten_times_the_volume_trades_the_same_weights():
    from optimizer.costs import impact_coefficients
    from optimizer.problem import Costs

    def weights(nav, adv):
        impact = impact_coefficients(np.full(5, 0.02), np.full(5, adv), nav, 1.0)
        return solved(problem(np.full(5, 0.1), costs=Costs(np.full(5, 1e-4), impact, np.zeros(5)))).weights

    np.testing.assert_allclose(weights(1e7, 5e7), weights(1e8, 5e8), atol=1e-9)
    assert np.abs(weights(1e8, 5e7) - weights(1e7, 5e7)).max() > 1e-3
