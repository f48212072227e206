"""The chain of solvers: every attempt told, nothing believed unchecked, one compiled program for many books."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from optimizer_desk import costs, follow, mask, open_limits, problem, refused, risk, solved, vector

from optimizer.canonical_form import standard_form
from optimizer.compiled_program import compiled
from optimizer.problem import Costs, Limits, NoSolverAcceptedError, Objective, RiskFactors, ScoreBound, Solution
from optimizer.solve import CLARABEL, PIQP, SCS, SolverChoice, solve

HURRIED = SolverChoice("CLARABEL", {"max_iter": 2})
SLOPPY = SolverChoice("SCS", {"eps_abs": 1e3, "eps_rel": 1e3})


def book(impact=0.01):
    now = vector(0.3, 0.1, 0.2, 0.2)
    return problem(now, limits=open_limits(4, min_net=0.95, max_turnover=0.3), costs=costs(4, impact=impact))


def test_without_a_cone_piqp_is_asked_first_and_with_one_clarabel():
    assert [a.solver for a in solved(book(impact=0.0)).attempts] == ["PIQP"]
    assert [a.solver for a in solved(book(impact=0.01)).attempts] == ["CLARABEL"]


@pytest.mark.parametrize("impact", [0.0, 0.01])
def test_every_solver_of_a_chain_finds_the_same_portfolio(impact):
    chain = [CLARABEL, SCS] + ([PIQP] if impact == 0 else [])
    found = [solve(book(impact), [choice]) for choice in chain]
    for answer in found:
        assert isinstance(answer, Solution)
        assert answer.objective == pytest.approx(solved(book(impact)).objective, abs=1e-7)


def test_a_solver_that_stops_early_is_told_and_the_next_one_answers():
    answer = solve(book(), [HURRIED, SCS])
    assert isinstance(answer, Solution)
    assert [(a.solver, a.message) for a in answer.attempts] == [
        ("CLARABEL", "no portfolio returned"),
        ("SCS", "every limit holds"),
    ]
    assert answer.solver == "SCS"


def test_an_answer_outside_the_limits_is_refused_however_optimal_it_is_called():
    answer = solve(book(), [SLOPPY, CLARABEL])
    assert isinstance(answer, Solution)
    assert answer.attempts[0].status.startswith("optimal")
    assert answer.attempts[0].message.startswith("refused: ")
    assert answer.solver == "CLARABEL"


def test_a_solver_that_breaks_down_is_told_with_its_own_words():
    answer = solve(book(), [SolverChoice("NO_SUCH_SOLVER"), CLARABEL])
    assert isinstance(answer, Solution)
    assert answer.attempts[0].status == "error"
    assert "NO_SUCH_SOLVER" in answer.attempts[0].message


def test_when_no_solver_answers_there_is_no_answer():
    with pytest.raises(NoSolverAcceptedError, match="CLARABEL") as raised:
        solve(book(), [HURRIED])
    assert [a.solver for a in raised.value.attempts] == ["CLARABEL"]


def test_limits_that_conflict_are_found_even_when_the_solver_gives_up():
    impossible = replace(book(), limits=open_limits(4, min_net=0.9, upper=np.full(4, 0.2)))
    answer = solve(impossible, [HURRIED])
    assert not isinstance(answer, Solution)
    assert {c.limit for c in answer.conflicts} == {"min_net", "max_weight"}
    assert refused(impossible).attempts[-1].message == "confirmed by a linear program"


def test_one_compiled_program_serves_every_book_of_its_shape():
    asked = book()
    other = replace(
        asked,
        current_weights=vector(0.1, 0.2, 0.3, 0.1),
        limits=open_limits(4, upper=np.full(4, 0.5), min_net=0.5, max_turnover=0.2, frozen=mask(4, 2)),
        objective=follow(vector(0.4, 0.1, 0.1, 0.3), risk_aversion=20.0),
    )
    tracked = replace(other, objective=replace(asked.objective, risk_aversion=20.0))
    assert compiled(standard_form(asked, None), "CLARABEL") is compiled(standard_form(tracked, None), "CLARABEL")
    assert compiled(standard_form(asked, None), "CLARABEL")._problem.is_dpp()
    first = solved(asked)
    solved(other)
    solved(tracked)
    again = solved(asked)
    assert (again.weights == first.weights).all()


def test_another_risk_model_is_another_program():
    asked = book()
    assert standard_form(asked, None).shape != standard_form(replace(asked, risk=risk(4, seed=9)), None).shape


def test_threads_share_a_program_without_sharing_an_answer():
    books = [replace(book(), current_weights=vector(0.1 + 0.01 * i, 0.2, 0.3, 0.1)) for i in range(12)]
    alone = [solved(b).weights for b in books]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            together = [answer.weights for answer in pool.map(solved, 5 * books)]
    finally:
        sys.setswitchinterval(interval)
    assert all((a == b).all() for a, b in zip(5 * alone, together, strict=True))


def test_importing_the_optimizer_loads_no_solver():
    script = (
        "import optimizer, optimizer.solve, optimizer.risk, sys; "
        "print([m for m in ('cvxpy', 'sklearn', 'scipy.optimize') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"current_weights": np.zeros(3)}, r"current_weights must have shape \(2,\), not \(3,\)"),
        ({"current_weights": vector(0.1, np.nan)}, "current_weights must be finite"),
        ({"symbols": ("S0", "S0")}, "unique"),
        ({"costs": Costs(vector(1e-4, -1e-4), np.zeros(2), np.zeros(2))}, "costs.half_spread must be at least 0"),
        ({"limits": Limits(np.zeros(2), vector(1, np.nan))}, "limits.upper must not be NaN"),
        ({"limits": open_limits(2, frozen=np.zeros(2))}, "limits.frozen must be 2 booleans"),
        ({"limits": Limits(np.full(2, -np.inf), np.ones(2), long_only=False)}, "give max_gross or all bounds"),
        ({"limits": open_limits(2, esg=ScoreBound(np.zeros(2), np.nan))}, "limits.esg needs a finite bound"),
        ({"objective": Objective("track")}, "track needs target_weights"),
        ({"objective": Objective("mean_variance", risk_aversion=0.0)}, "risk_aversion must be positive"),
        ({"objective": Objective("mean_variance", holding_period_years=0.0)}, "holding_period_years"),
        ({"risk": risk(3)}, "risk has 3 symbols, the problem 2"),
    ],
)
def test_a_malformed_problem_is_refused_by_field(parts, message):
    with pytest.raises(ValueError, match=message):
        problem([0.1, 0.2], **parts)


def test_negative_variance_is_refused():
    with pytest.raises(ValueError, match="specific_variance must be at least 0"):
        RiskFactors(np.zeros((2, 1)), vector(0.04, -0.01))
