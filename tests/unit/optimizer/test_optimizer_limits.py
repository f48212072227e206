"""Limits: kept by every answer, named when they bind."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optimizer_desk import costs, follow, mask, open_limits, problem, refused, risk, solved, vector

from optimizer.limits import exceeded
from optimizer.problem import Infeasible, Limits, Objective, ScoreBound, Sector
from optimizer.solve import solve

KINDS = ("mean_variance", "minimum_variance", "risk_parity", "track")


@st.composite
def random_problems(draw):
    """Four to seven symbols with any mix of limits, many of them impossible."""
    n = draw(st.integers(4, 7))
    rng = np.random.default_rng(draw(st.integers(0, 100_000)))
    long_only = draw(st.booleans())
    now = rng.dirichlet(np.ones(n)) * 0.95 if long_only else rng.normal(0, 0.2, n)
    half = mask(n, *range(n // 2))

    def sometimes(value, otherwise):
        return value if draw(st.booleans()) else otherwise

    def few():
        return sometimes(rng.random(n) < 0.2, None)

    limits = Limits(
        lower=np.full(n, 0.0 if long_only else -0.4),
        upper=np.full(n, sometimes(0.4, 0.8)),
        long_only=long_only,
        max_gross=sometimes(1.0, 2.0),
        min_net=sometimes(0.5, -2.0),
        max_net=sometimes(0.8, 1.0),
        cash_reserve=sometimes(0.05, 0.0),
        max_turnover=sometimes(0.3, np.inf),
        max_trade=sometimes(rng.uniform(0.05, 0.5, n), None),
        sectors=(Sector("half", half, sometimes(0.1, -np.inf), sometimes(0.5, np.inf)),),
        esg=sometimes(ScoreBound(np.where(rng.random(n) < 0.2, np.nan, rng.uniform(20, 90, n)), 50.0), None),
        carbon=sometimes(ScoreBound(rng.uniform(10, 900, n), 450.0), None),
        no_buy=few(),
        no_sell=few(),
        must_exit=few(),
        frozen=few(),
    )
    kind = draw(st.sampled_from(KINDS))
    target = rng.dirichlet(np.ones(n)) if kind == "track" else None
    objective = Objective(kind, draw(st.sampled_from((0.5, 5.0, 100.0))), 1.0, 1 / 12, rng.normal(0.05, 0.1, n), target)
    spent = costs(n, impact=draw(st.sampled_from((0.0, 0.03))), short_fee=0.01)
    return problem(now, risk=risk(n, seed=int(rng.integers(100))), limits=limits, objective=objective, costs=spent)


@given(random_problems())
@settings(max_examples=120, deadline=None)
def test_every_answer_keeps_every_limit_and_every_refusal_names_some(asked):
    answer = solve(asked)
    if isinstance(answer, Infeasible):
        assert answer.conflicts
        assert all(conflict.sentence for conflict in answer.conflicts)
    else:
        assert exceeded(asked, answer.weights, 1e-6) == {}
        assert answer.objective == pytest.approx(sum(answer.objective_terms.values()))
        assert all(limit.dual > 0 for limit in answer.binding)


def bindings(**limits):
    """What binds when four symbols with returns from 2 to 15 % are held under these limits, from equal weights."""
    asked = problem(np.full(4, 0.2), limits=open_limits(4, **limits), objective=EAGER)
    return {(b.name, b.subject): b for b in solved(asked).binding}


EAGER = Objective("mean_variance", risk_aversion=0.5, expected_return=vector(0.02, 0.06, 0.10, 0.15))
SCORES = vector(80, 70, 40, 30)

BINDING = {
    "max_weight": ({"upper": np.full(4, 0.3)}, "S3", 0.3),
    "min_weight": ({"lower": np.full(4, 0.1)}, "S0", 0.1),
    "long_only": ({}, "S0", 0.0),
    "cash_reserve": ({"cash_reserve": 0.2}, "portfolio", 0.2),
    "max_net": ({"max_net": 0.7}, "portfolio", 0.7),
    "max_gross": ({"max_gross": 0.7}, "portfolio", 0.7),
    "turnover": ({"max_turnover": 0.3}, "portfolio", 0.3),
    "adv_participation": ({"max_trade": vector(1, 1, 1, 0.1)}, "S3", 0.1),
    "sector_max": ({"sectors": (Sector("fast", mask(4, 2, 3), maximum=0.5),)}, "fast", 0.5),
    "sector_min": ({"sectors": (Sector("slow", mask(4, 0, 1), minimum=0.6),)}, "slow", 0.6),
    "esg": ({"esg": ScoreBound(SCORES, 60.0)}, "portfolio", 60.0),
    "carbon": ({"carbon": ScoreBound(100 - SCORES, 40.0)}, "portfolio", 40.0),
    "no_buy": ({"no_buy": mask(4, 3)}, "S3", 0.2),
    "no_sell": ({"no_sell": mask(4, 0)}, "S0", 0.2),
    "must_exit": ({"must_exit": mask(4, 3)}, "S3", 0.0),
    "frozen": ({"frozen": mask(4, 3)}, "S3", 0.2),
}


@pytest.mark.parametrize("name", BINDING)
def test_a_limit_that_shapes_the_answer_is_named_with_its_dual(name):
    limits, subject, bound = BINDING[name]
    found = bindings(**limits)[name, subject]
    assert found.dual > 1e-3
    assert found.bound == pytest.approx(bound)
    assert found.value == pytest.approx(bound, abs=1e-5)


def test_a_floor_on_the_net_weight_binds_a_cautious_book():
    asked = problem(np.full(3, 0.1), limits=open_limits(3, min_net=0.9), objective=Objective("minimum_variance"))
    assert [b.name for b in solved(asked).binding] == ["min_net"]


def test_a_limit_far_away_is_not_named():
    asked = problem(
        np.full(3, 0.1),
        limits=open_limits(3, min_net=0.0, max_turnover=3.0, max_gross=3.0),
        objective=follow([0.2, 0.2, 0.2]),
    )
    assert solved(asked).binding == ()


@pytest.mark.parametrize(
    "name", ["max_weight", "turnover", "sector_max", "cash_reserve", "esg", "adv_participation", "max_net"]
)
@pytest.mark.parametrize("impact", [0.0, 0.01])
def test_a_dual_is_what_a_slightly_looser_bound_gains(name, impact):
    small = 1e-3
    looser = {
        "max_weight": lambda x: {"upper": np.where(mask(4, 3), 0.3 + x, 0.3)},
        "turnover": lambda x: {"max_turnover": 0.3 + x},
        "sector_max": lambda x: {"sectors": (Sector("fast", mask(4, 2, 3), maximum=0.5 + x),)},
        "cash_reserve": lambda x: {"cash_reserve": 0.2 - x},
        "esg": lambda x: {"esg": ScoreBound(SCORES, 60.0 - 10 * x)},
        "adv_participation": lambda x: {"max_trade": vector(1, 1, 1, 0.1 + x)},
        "max_net": lambda x: {"max_net": 0.7 + x},
    }[name]

    def answered(x):
        return solved(
            problem(np.full(4, 0.2), limits=open_limits(4, **looser(x)), objective=EAGER, costs=costs(4, impact=impact))
        )

    subject = BINDING[name][1]
    dual = next(b.dual for b in answered(0.0).binding if (b.name, b.subject) == (name, subject))
    step = 10 * small if name == "esg" else small
    slope = (answered(small).objective - answered(-small).objective) / (2 * step)
    assert dual == pytest.approx(slope, rel=2e-3)


@pytest.mark.parametrize(("kind", "binding"), [("mean_variance", "max_net"), ("minimum_variance", "min_net")])
def test_an_exact_net_weight_names_the_side_that_pushes(kind, binding):
    def answered(net):
        objective = Objective(kind, risk_aversion=0.5, expected_return=vector(0.2, 0.3, 0.25, 0.4))
        return solved(problem(np.full(4, 0.2), limits=open_limits(4, min_net=net, max_net=net), objective=objective))

    found = {b.name: b.dual for b in answered(0.9).binding if b.subject == "portfolio"}
    assert list(found) == [binding]
    slope = (answered(0.901).objective - answered(0.899).objective) / 0.002
    assert found[binding] == pytest.approx(slope if binding == "max_net" else -slope, rel=2e-3)


def test_a_long_short_book_keeps_gross_and_net():
    limits = Limits(np.full(4, -0.5), np.full(4, 0.5), long_only=False, max_gross=1.4, min_net=0.1, max_net=0.2)
    asked = problem(
        np.zeros(4),
        limits=limits,
        objective=Objective("mean_variance", 0.1, expected_return=vector(-0.2, -0.1, 0.1, 0.2)),
    )
    answer = solved(asked)
    assert np.abs(answer.weights).sum() == pytest.approx(1.4, abs=1e-5)
    assert answer.weights.sum() == pytest.approx(0.1, abs=1e-5) or answer.weights.sum() <= 0.2 + 1e-6
    assert "max_gross" in {b.name for b in answer.binding}
    assert (answer.weights[:2] < 0).all()
    assert (answer.weights[2:] > 0).all()


def test_a_fully_invested_book_is_an_equation():
    answer = solved(problem(np.full(4, 0.1), limits=open_limits(4, min_net=1.0), costs=costs(4)))
    assert answer.weights.sum() == pytest.approx(1.0, abs=1e-6)


def test_an_unknown_score_is_left_out_of_the_average():
    score = ScoreBound(vector(np.nan, 20, 80), 60.0)
    asked = problem(np.zeros(3), limits=open_limits(3, esg=score), objective=follow([0.5, 0.3, 0.2]))
    weights = solved(asked).weights
    assert weights[0] == pytest.approx(0.5, abs=0.05)
    assert (20 * weights[1] + 80 * weights[2]) / (weights[1] + weights[2]) >= 60 - 1e-4


def test_a_score_without_effect_on_the_book_is_no_limit():
    score = ScoreBound(np.full(3, np.nan), 60.0)
    assert (
        solved(problem(np.zeros(3), limits=open_limits(3, esg=score), objective=follow([0.5, 0.2, 0.2]))).binding == ()
    )


def test_frozen_and_exited_symbols_stand_exactly():
    now = vector(0.123456789, 0.2, 0.3)
    limits = open_limits(3, frozen=mask(3, 0), must_exit=mask(3, 1))
    weights = solved(problem(now, limits=limits, costs=costs(3))).weights
    assert weights[0] == now[0]
    assert weights[1] == 0


def test_a_book_that_stands_exactly_on_its_limits_is_solved():
    now = np.full(10, 0.1 - 1e-17)
    limits = open_limits(
        10, upper=now, min_net=float(now.sum()), max_gross=float(now.sum()), max_turnover=0.2, frozen=mask(10, 1, 2, 3)
    )
    np.testing.assert_allclose(solved(problem(now, limits=limits, costs=costs(10))).weights, now, atol=1e-7)


def test_the_last_digits_of_a_weight_are_no_conflict():
    now = vector(0.2, 0.3, 0.1)
    limits = open_limits(3, frozen=mask(3, 0, 1, 2), upper=now - 1e-12, min_net=0.6 + 5e-9)
    np.testing.assert_allclose(solved(problem(now, limits=limits)).weights, now, atol=1e-9)


def test_everything_frozen_is_an_answer_too():
    now = vector(0.2, 0.3, 0.1)
    assert (solved(problem(now, limits=open_limits(3, frozen=mask(3, 0, 1, 2)), costs=costs(3))).weights == now).all()


def test_one_symbol_is_a_portfolio():
    assert solved(problem([0.0], objective=follow([0.4]))).weights[0] == pytest.approx(0.4, abs=1e-5)


def test_no_limit_is_relaxed_for_a_symbol_that_cannot_be_sold():
    """Held 12 %, frozen, at most 10 %: the answer is a refusal, not 12 % and not 10 %."""
    asked = problem([0.12, 0.1], limits=open_limits(2, upper=np.full(2, 0.1), frozen=mask(2, 0)))
    assert {c.limit for c in refused(asked).conflicts} == {"frozen", "max_weight"}
