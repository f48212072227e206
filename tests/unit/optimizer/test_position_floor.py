"""A position is at least the floor or none, and no other limit is broken on the way there."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.limits import exceeded
from optimizer.position_floor import solve_with_floor
from optimizer.problem import Costs, Infeasible, Limits, Objective, Problem, RiskFactors, Sector, Solution


def following(*weights: float, now: tuple[float, ...] = (), **limits) -> Problem:
    """A book that follows these weights, of symbols with equal and independent risk."""
    n = len(weights)
    usual = {"lower": np.zeros(n), "upper": np.ones(n)}
    return Problem(
        symbols=tuple(f"S{i}" for i in range(n)),
        current_weights=np.array(now or [0.0] * n),
        risk=RiskFactors(np.zeros((n, 1)), np.full(n, 0.04)),
        costs=Costs(np.zeros(n), np.zeros(n), np.zeros(n)),
        limits=Limits(**{**usual, **limits}),
        objective=Objective("track", risk_aversion=1000.0, target_weights=np.array(weights)),
    )


def held(answer) -> list[float]:
    assert isinstance(answer, Solution)
    return [round(float(w), 4) for w in answer.weights]


def test_what_falls_short_is_raised_from_half_the_floor_on_and_dropped_below_it() -> None:
    assert held(solve_with_floor(following(0.5, 0.012, 0.005), 0.02)) == [0.5, 0.02, 0.0]


def test_no_floor_asks_for_nothing() -> None:
    assert held(solve_with_floor(following(0.5, 0.005), 0.0)) == [0.5, 0.005]


def test_what_may_not_be_sold_is_raised_and_what_is_frozen_stays() -> None:
    kept = following(0.5, 0.004, now=(0.0, 0.004), no_sell=np.array([False, True]))
    assert held(solve_with_floor(kept, 0.02)) == [0.5, 0.02]
    still = following(0.5, 0.004, now=(0.0, 0.004), frozen=np.array([False, True]))
    assert held(solve_with_floor(still, 0.02)) == [0.5, 0.004]


def test_where_no_way_is_open_the_floor_is_named_and_nothing_is_broken() -> None:
    """It may not be sold, and its cap is below the floor."""
    caught = following(0.5, 0.004, now=(0.0, 0.004), no_sell=np.array([False, True]), upper=np.array([1.0, 0.01]))
    answer = solve_with_floor(caught, 0.02)
    assert isinstance(answer, Infeasible)
    assert "S1 can be neither dropped nor held with 2 %" in answer.conflicts[0].sentence


def test_shorts_have_a_floor_too() -> None:
    both = following(0.5, -0.015, lower=np.full(2, -1.0), long_only=False, max_gross=2.0)
    assert held(solve_with_floor(both, 0.02)) == [0.5, -0.02]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.0, 0.12), min_size=3, max_size=8), st.sampled_from([0.01, 0.03, 0.05]))
def test_for_any_targets_every_position_has_the_floor_and_every_limit_holds(weights, floor) -> None:
    members = np.array([i % 2 == 0 for i in range(len(weights))])
    problem = following(*weights, sectors=(Sector("even", members, maximum=0.2),), max_turnover=0.6)
    answer = solve_with_floor(problem, floor)
    if isinstance(answer, Solution):
        assert not exceeded(problem, answer.weights)
        assert all(w < 1e-5 or w > floor - 1e-5 for w in answer.weights)


@pytest.mark.parametrize("floor", [0.02, 0.05])
def test_a_solver_is_asked_at_most_three_times_for_each_symbol(floor) -> None:
    from optimizer.solve import solve

    asked: list[Problem] = []

    def counted(problem: Problem):
        asked.append(problem)
        return solve(problem)

    solve_with_floor(replace(following(*[0.001 * i for i in range(1, 9)])), floor, counted)
    assert len(asked) <= 1 + 3 * 8
