"""Why no portfolio satisfies the limits: a smallest set of them that cannot agree, and what each would have to become.

A set is minimal when any one limit taken out of it lets the others agree. It is found by leaving out one limit after
the other and asking a linear program whether the rest still conflicts (a deletion filter).
Source: Chinneck (2008), "Feasibility and Infeasibility in Optimization", chapter 6.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from optimizer.canonical_form import SLACK
from optimizer.feasibility import LinearProgram
from optimizer.limits import (
    ROUNDING,
    BoxPart,
    Limit,
    Row,
    average_score,
    box,
    box_parts,
    every_limit,
    score_coefficients,
)
from optimizer.messages import Need, conflict_of, crossing_conflict, described
from optimizer.problem import Conflict, Problem, ScoreBound, Vector

MOST_SETS = 5
UNIFORM = ("max_weight", "min_weight")
"""Bounds that are loosened for all symbols alike; those of other limits only where a symbol needs it."""


def conflicts(problem: Problem) -> tuple[Conflict, ...]:
    """Members of minimal conflicting sets; empty when a portfolio within all limits exists.

    Symbols whose own bounds cross are told first, each with both limits; only without any are sums looked at. Sets
    found share no limit, so that what is told can be repaired in one go.
    """
    crossing = crossing_bounds(problem)
    if crossing:
        return crossing
    everything = remaining = every_limit(problem)
    found: list[Conflict] = []
    for _ in range(MOST_SETS):
        if LinearProgram(problem, remaining, SLACK).is_feasible():
            break
        members = _minimal(problem, remaining)
        found += [_conflict(problem, limit, members, everything) for limit in members]
        remaining = _without(remaining, *members)
    return tuple(found)


def crossing_bounds(problem: Problem) -> tuple[Conflict, ...]:
    """Both limits of each symbol that leave it no weight at all, e.g. frozen above its largest weight."""
    bounds = box(box_parts(problem), len(problem.symbols))
    found: list[Conflict] = []
    for i in np.flatnonzero(bounds.lower > bounds.upper + ROUNDING):
        least, most = float(bounds.lower[i]), float(bounds.upper[i])
        symbol, now = problem.symbols[i], float(problem.current_weights[i])
        found.append(crossing_conflict(symbol, now, (bounds.lower_by[i], least), (bounds.upper_by[i], most)))
        found.append(crossing_conflict(symbol, now, (bounds.upper_by[i], most), (bounds.lower_by[i], least)))
    return tuple(found)


def _minimal(problem: Problem, limits: Sequence[Limit]) -> list[Limit]:
    kept = list(limits)
    for limit in limits:
        fewer = _without(kept, limit)
        if not LinearProgram(problem, fewer, SLACK).is_feasible():
            kept = fewer
    return kept


def _without(limits: Sequence[Limit], *left_out: Limit) -> list[Limit]:
    return [limit for limit in limits if not any(limit is other for other in left_out)]


def _conflict(problem: Problem, limit: Limit, members: Sequence[Limit], everything: Sequence[Limit]) -> Conflict:
    """One member's sentence; what it needs is sought with all other limits in force, else with those of the set."""
    need = _need(problem, limit, LinearProgram(problem, _without(everything, limit)))
    if need is None:
        need = _need(problem, limit, LinearProgram(problem, _without(members, limit)))
    return conflict_of(problem, limit, need, [described(other) for other in _without(members, limit)])


def _need(problem: Problem, limit: Limit, others: LinearProgram) -> Need | None:
    """How far `limit` must move for `others` to hold; None where they do not hold without it or no bound helps."""
    if isinstance(limit, BoxPart):
        slack = others.least_slack(limit, uniform=limit.limit in UNIFORM)
        return None if slack is None else Need(None, slack)
    if isinstance(limit, Row):
        if limit.score is not None:
            return _score_need(limit, limit.score, others)
        weights = others.least_sum(limit.sense * limit.coefficients)
        return None if weights is None else Need(_bound_of(limit, float(limit.coefficients @ weights)))
    weights = others.least_norm(limit.limit)
    if weights is None:
        return None
    distance = weights - problem.current_weights if limit.limit == "turnover" else weights
    return Need(float(np.abs(distance).sum()))


def _bound_of(row: Row, value: float) -> float:
    return 1 - value if row.limit == "cash_reserve" else value


def _score_need(row: Row, score: ScoreBound, others: LinearProgram) -> Need | None:
    """The best average that others allow, as a ratio of two sums: each step improves on the last one's average.

    Source: Dinkelbach (1967), "On Nonlinear Fractional Programming".
    """
    known = ~np.isnan(score.scores)
    best: float | None = None
    tried = score
    for _ in range(30):
        weights: Vector | None = others.least_sum(row.sense * score_coefficients(tried))
        if weights is None or weights[known].sum() <= ROUNDING:
            return None
        average = average_score(score, weights)
        if best is not None and abs(average - best) <= 1e-9 * max(1.0, abs(best)):
            return Need(average)
        best, tried = average, replace(score, bound=average)
    return None if best is None else Need(best)
