"""From a book's percents and names to the optimizer's fractions and masks."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.problem import Infeasible, Solution
from optimizer.solve import solve
from tasks.book.targets import CostModelSettings, LimitSettings, ObjectiveSettings, SectorBound
from tasks.targets.formulate import Situation, passive_overweights, state_problem

SYMBOLS = ("AAA", "BBB", "CCC")
RETURNS = np.random.default_rng(5).normal(0.0003, 0.012, (250, 3))
TRACK = ObjectiveSettings(kind="track", weights_pct={"AAA": 40, "BBB": 30, "CCC": 29})
COSTS = CostModelSettings(assumed_adv_usd=500e6)


def situation(**changes: object) -> Situation:
    plain = Situation(
        symbols=SYMBOLS,
        returns=RETURNS,
        current_weights={"AAA": 0.5, "BBB": 0.2, "CCC": 0.2},
        outside_weight=0.0,
        adv_usd=dict.fromkeys(SYMBOLS),
        daily_volatility=dict.fromkeys(SYMBOLS, 0.012),
        nav_usd=1e6,
        sectors={"AAA": "Tech", "BBB": "Tech", "CCC": "Energy"},
        esg_scores={},
        carbon_intensities={},
        frozen=(),
        target_weights={"AAA": 0.40, "BBB": 0.30, "CCC": 0.29},
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def answer(at: Situation, limits: LimitSettings, objective: ObjectiveSettings = TRACK) -> Solution:
    found = solve(state_problem(at, objective, COSTS, limits, 0.00003))
    assert isinstance(found, Solution), found
    return found


def test_given_weights_are_followed_to_a_few_basis_points_at_normal_costs() -> None:
    """A model portfolio is what the client was promised: costs shave the last trades, they do not leave cash."""
    found = answer(situation(), LimitSettings())
    assert found.weights == pytest.approx([0.40, 0.30, 0.29], abs=0.003)
    assert found.cash_weight == pytest.approx(0.01, abs=0.005)


def test_a_symbol_without_a_target_weight_is_not_bought() -> None:
    given = {"AAA": 0.5, "BBB": 0.49}
    book = TRACK.model_copy(update={"weights_pct": {"AAA": 50, "BBB": 49}})
    at = situation(target_weights=given, current_weights={"AAA": 0.0, "BBB": 0.0, "CCC": 0.0})
    assert answer(at, LimitSettings(), book).weights[2] == pytest.approx(0.0, abs=1e-4)


HEDGED = np.column_stack([RETURNS[:, 0], RETURNS[:, 1], 0.95 * RETURNS[:, 0] + 0.05 * RETURNS[:, 2]])
"""CCC moves as AAA does: beside a cap on AAA it looks like the cheapest way to follow it."""


@pytest.mark.parametrize("held", [0.0, 0.05])
def test_a_name_outside_the_model_is_never_bought_to_hedge_a_limit_of_another(held: float) -> None:
    """Not one share of it: the client was promised the model, and what is held of it besides only goes down."""
    given = {"AAA": 0.5, "BBB": 0.49}
    book = TRACK.model_copy(update={"weights_pct": {"AAA": 50, "BBB": 49}})
    current = {"AAA": 0.3, "BBB": 0.49, "CCC": held}
    at = situation(returns=HEDGED, target_weights=given, current_weights=current)
    assert answer(at, LimitSettings(max_weight_pct=49), book).weights[2] <= held
    if not held:
        assert answer(at, LimitSettings(max_weight_pct=49), book).weights[2] == 0.0


def test_a_limit_that_the_model_cannot_meet_is_met_by_others() -> None:
    """A sector that the model leaves out must be bought outside it, as before."""
    given = {"AAA": 0.5, "BBB": 0.40}
    book = TRACK.model_copy(update={"weights_pct": {"AAA": 50, "BBB": 40}})
    at = situation(target_weights=given, current_weights={})
    limits = LimitSettings(sectors={"Energy": SectorBound(min_pct=5)})
    assert answer(at, limits, book).weights[2] == pytest.approx(0.05, abs=1e-3)


def test_limits_in_percent_become_fractions() -> None:
    limits = LimitSettings(max_weight_pct=45, max_turnover_pct=20, sectors={"Tech": SectorBound(max_pct=65)})
    stated = state_problem(situation(), TRACK, COSTS, limits, 0.0).limits
    assert stated.upper.tolist() == [0.45] * 3
    assert stated.max_turnover == pytest.approx(0.20)
    assert stated.cash_reserve == pytest.approx(0.01)
    assert (stated.sectors[0].maximum, stated.sectors[0].members.tolist()) == (0.65, [True, True, False])


def test_what_is_held_outside_the_decision_takes_its_room() -> None:
    stated = state_problem(situation(outside_weight=0.1), TRACK, COSTS, LimitSettings(), 0.0).limits
    assert stated.cash_reserve == pytest.approx(0.11)


def test_a_frozen_symbol_above_its_cap_stays_and_does_not_stop_the_book() -> None:
    """A break or bad data on one overweight symbol must not keep the others from their targets."""
    at = situation(frozen=("AAA",))
    limits = LimitSettings(max_weight_pct=42)
    found = answer(at, limits)
    assert found.weights[0] == pytest.approx(0.5, abs=1e-6)
    assert passive_overweights(at, limits).tolist() == [0.5, -np.inf, -np.inf]


def test_a_symbol_that_may_be_sold_gets_no_such_leave() -> None:
    limits = LimitSettings(max_weight_pct=42)
    assert answer(situation(), limits).weights[0] <= 0.42 + 1e-6


def test_no_sell_above_the_cap_may_not_grow() -> None:
    found = answer(situation(), LimitSettings(max_weight_pct=42, no_sell=("AAA",)))
    assert found.weights[0] == pytest.approx(0.5, abs=1e-6)


def test_the_volume_limit_uses_the_assumed_volume_where_none_is_known() -> None:
    """1 % of 500 million is 5 million, five times this book; of a known 2 million it is 2 % of it."""
    at = situation(adv_usd={"AAA": 2e6, "BBB": None, "CCC": None})
    stated = state_problem(at, TRACK, COSTS, LimitSettings(max_adv_pct=1), 0.0).limits
    assert stated.max_trade is not None
    assert stated.max_trade.tolist() == pytest.approx([0.02, 5.0, 5.0])


def test_limits_that_conflict_are_named() -> None:
    limits = LimitSettings(min_net_pct=90, max_weight_pct=20)
    found = solve(state_problem(situation(), TRACK, COSTS, limits, 0.0))
    assert isinstance(found, Infeasible)
    assert {conflict.limit for conflict in found.conflicts} == {"min_net", "max_weight"}
