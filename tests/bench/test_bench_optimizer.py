"""What a solve costs beside the solver itself, and how large a book may grow; `pytest -s` shows the figures."""

from statistics import median
from time import perf_counter

import numpy as np
import pytest

from optimizer.costs import impact_coefficients
from optimizer.problem import Costs, Limits, Objective, Problem, RiskFactors, Sector, Solution
from optimizer.risk import factor
from optimizer.solve import solve

NAV_USD = 50e6
SECTORS = 11


def factor_model(n: int, k: int = 20) -> RiskFactors:
    rng = np.random.default_rng(1)
    market = rng.standard_t(5, (750, 1)) * 0.008
    return factor(market * rng.uniform(0.6, 1.4, n) + rng.standard_t(5, (750, n)) * 0.012, k)


def book(n: int, risk: RiskFactors, seed: int, impact: bool = True) -> Problem:
    """A different book every seed: holdings, views, volumes and lists change, universe and risk model stay."""
    rng = np.random.default_rng(seed)
    now = rng.dirichlet(np.ones(n)) * 0.98
    membership = np.arange(n) % SECTORS
    held = [float(now[membership == i].sum()) for i in range(SECTORS)]
    sectors = tuple(Sector(f"S{i}", membership == i, held[i] - 0.05, held[i] + 0.05) for i in range(SECTORS))
    adv_usd = rng.uniform(5e6, 5e8, n)
    coefficients = impact_coefficients(rng.uniform(0.01, 0.03, n), adv_usd, NAV_USD, 1.0) if impact else np.zeros(n)
    limits = Limits(
        np.zeros(n),
        np.full(n, 0.05),
        min_net=0.95,
        cash_reserve=0.01,
        max_turnover=0.3,
        max_trade=0.1 * adv_usd / NAV_USD,
        sectors=sectors,
        no_buy=rng.random(n) < 0.02,
    )
    views = Objective("mean_variance", 5.0, 1.0, 1 / 12, rng.normal(0.05, 0.05, n))
    return Problem(
        tuple(f"X{i}" for i in range(n)),
        now,
        risk,
        Costs(np.full(n, 3e-4), coefficients, np.full(n, 5e-5)),
        limits,
        views,
    )


def measured(n: int, solves: int, impact: bool = True) -> list[tuple[float, float, Solution]]:
    """Seconds in all and in the solver alone, of each solve after the first, which compiles."""
    risk, rows = factor_model(n), []
    for seed in range(solves + 1):
        asked = book(n, risk, seed, impact)
        started = perf_counter()
        answer = solve(asked)
        seconds = perf_counter() - started
        assert isinstance(answer, Solution)
        print(
            f"{n} names, solve {seed}: {1e3 * seconds:8.1f} ms in all, "
            + ", ".join(f"{name} {1e3 * value:.1f}" for name, value in answer.timings.items())
            + f" ({answer.solver}, {answer.attempts[-1].status})"
        )
        own = min(answer.timings["solve"], answer.timings.get("solver_reported", np.inf))
        rows.append((seconds, own, answer))
    return rows[1:]


@pytest.mark.bench
@pytest.mark.parametrize("impact", [True, False])
def test_a_second_solve_of_500_names_costs_at_most_1_3_of_the_solver_alone(impact):
    """Only the conic case is held to the bound; the quadratic one, whose solver is ten times faster, is printed."""
    rows = measured(500, 15, impact)
    ratio = median(seconds / own for seconds, own, _ in rows)
    kind = "3/2-power" if impact else "linear"
    print(f"500 names, {kind} costs: {ratio:.3f} of the solver's own time (median of {len(rows)})")
    assert not impact or ratio <= 1.3


@pytest.mark.bench
def test_2000_names_are_solved_in_factor_form():
    rows = measured(2000, 3)
    print(f"2000 names: {median(seconds for seconds, _, _ in rows):.2f} s a solve after the first")
    assert all(answer.solver == "CLARABEL" for _, _, answer in rows)
