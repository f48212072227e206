"""Words for building a problem in one line of a test."""

from dataclasses import replace
from typing import Any

import numpy as np

from optimizer.problem import Costs, Infeasible, Limits, Objective, Problem, RiskFactors, Solution, Vector
from optimizer.solve import solve


def risk(n: int, seed: int = 0, k: int = 2) -> RiskFactors:
    """A market factor, k - 1 others, and specific risk: yearly volatilities of 20 to 40 %."""
    rng = np.random.default_rng(seed)
    loadings = rng.normal(0, 0.08, (n, k))
    loadings[:, 0] = rng.uniform(0.1, 0.25, n)
    return RiskFactors(loadings, rng.uniform(0.02, 0.08, n))


def free_costs(n: int) -> Costs:
    return Costs(np.zeros(n), np.zeros(n), np.zeros(n))


def costs(n: int, half_spread: float = 2e-4, impact: float = 0.01, fees: float = 5e-5, short_fee: float = 0.0) -> Costs:
    return Costs(np.full(n, half_spread), np.full(n, impact), np.full(n, fees), short_fee)


def open_limits(n: int, **changes: Any) -> Limits:
    """Long only, at most 100 % in a symbol and in all."""
    return replace(Limits(np.zeros(n), np.ones(n)), **changes)


def problem(current: Any, **parts: Any) -> Problem:
    """Mean-variance at no cost from `current` weights, unless parts say otherwise."""
    now = np.asarray(current, dtype=float)
    n = len(now)
    made: dict[str, Any] = {
        "symbols": tuple(f"S{i}" for i in range(n)),
        "current_weights": now,
        "risk": risk(n),
        "costs": free_costs(n),
        "limits": open_limits(n),
        "objective": Objective("mean_variance", expected_return=np.linspace(0.02, 0.15, n)),
    }
    return Problem(**(made | parts))


def follow(target: Any, **changes: Any) -> Objective:
    return replace(Objective("track", target_weights=np.asarray(target, dtype=float)), **changes)


def solved(asked: Problem) -> Solution:
    answer = solve(asked)
    assert isinstance(answer, Solution), [c.sentence for c in getattr(answer, "conflicts", ())]
    return answer


def refused(asked: Problem) -> Infeasible:
    answer = solve(asked)
    assert isinstance(answer, Infeasible)
    return answer


def mask(n: int, *members: int) -> Any:
    found = np.zeros(n, dtype=bool)
    found[list(members)] = True
    return found


def vector(*values: float) -> Vector:
    return np.array(values, dtype=float)
