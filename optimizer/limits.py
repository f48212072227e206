"""Every limit in two shapes, weight bounds per symbol and weighted sums over symbols, and how far a portfolio exceeds
each.

The names used here (`max_weight`, `no_sell`, `sector_max`, ...) are the ones a person reads in bindings and conflicts.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from optimizer.problem import Limits, Mask, Problem, ScoreBound, Vector

PORTFOLIO = "portfolio"
ROUNDING = 1e-9
"""Bounds of one symbol that cross by no more than this are taken as equal."""


@dataclass(frozen=True, slots=True, eq=False)
class BoxPart:
    """What one limit says of each weight: lower <= w <= upper, infinite where it says nothing."""

    limit: str
    lower: Vector
    upper: Vector


@dataclass(frozen=True, slots=True)
class Box:
    """All weight bounds together, and which part set each."""

    lower: Vector
    upper: Vector
    lower_by: tuple[str, ...]
    upper_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A weighted sum with one bound: coefficients @ w <= bound when `sense` is 1, >= bound when it is -1."""

    limit: str
    subject: str
    coefficients: Vector
    sense: int
    bound: float
    score: ScoreBound | None = None
    """For an average score: what the coefficients were made from."""


@dataclass(frozen=True, slots=True, eq=False)
class Norm:
    """A bound on the sum of absolute trades (`turnover`) or of absolute weights (`max_gross`)."""

    limit: str
    bound: float
    subject: str = PORTFOLIO


Limit = BoxPart | Row | Norm


def every_limit(problem: Problem) -> list[Limit]:
    """All limits in force."""
    limits = problem.limits
    found: list[Limit] = [*box_parts(problem), *rows(problem)]
    if np.isfinite(limits.max_turnover):
        found.append(Norm("turnover", limits.max_turnover))
    if np.isfinite(limits.max_gross) and not limits.long_only:
        found.append(Norm("max_gross", limits.max_gross))
    return found


def box_parts(problem: Problem) -> tuple[BoxPart, ...]:
    """Each weight limit in force, in the order in which ties are attributed."""
    n, now, limits = len(problem.symbols), problem.current_weights, problem.limits
    free = np.full(n, np.inf)
    parts = [
        BoxPart("frozen", *_where(limits.frozen, now, now)),
        BoxPart("must_exit", *_where(limits.must_exit, 0 * now, 0 * now)),
    ]
    parts += [
        BoxPart("no_buy", *_where(limits.no_buy, -free, now)),
        BoxPart("no_sell", *_where(limits.no_sell, now, free)),
    ]
    least = limits.lower
    if limits.long_only:
        parts.append(BoxPart("long_only", np.zeros(n), free))
        least = np.where(least > 0, least, -np.inf)
    parts += [BoxPart("max_weight", -free, limits.upper), BoxPart("min_weight", least, free)]
    if limits.max_trade is not None:
        parts.append(BoxPart("adv_participation", now - limits.max_trade, now + limits.max_trade))
    return tuple(p for p in parts if np.isfinite(p.lower).any() or np.isfinite(p.upper).any())


def _where(mask: Mask | None, lower: Vector, upper: Vector) -> tuple[Vector, Vector]:
    if mask is None:
        mask = np.zeros(len(lower), dtype=np.bool_)
    return np.where(mask, lower, -np.inf), np.where(mask, upper, np.inf)


def box(parts: Iterable[BoxPart], n: int) -> Box:
    """The tightest bounds of some parts, (n,) each; they may cross, which `conflicts` explains."""
    chosen = (BoxPart("none", np.full(n, -np.inf), np.full(n, np.inf)), *parts)
    lowers, uppers = np.array([p.lower for p in chosen]), np.array([p.upper for p in chosen])
    lower: Vector = lowers.max(axis=0)
    upper: Vector = uppers.min(axis=0)
    rounding = (lower > upper) & (lower <= upper + ROUNDING)
    names = [p.limit for p in chosen]
    return Box(
        np.where(rounding, upper, lower),
        upper,
        tuple(names[int(i)] for i in lowers.argmax(axis=0)),
        tuple(names[int(i)] for i in uppers.argmin(axis=0)),
    )


def rows(problem: Problem) -> tuple[Row, ...]:
    """Each bounded sum in force; gross is one of them where no symbol can be short."""
    limits, ones = problem.limits, np.ones(len(problem.symbols))
    found = [Row("cash_reserve", PORTFOLIO, ones, 1, 1 - limits.cash_reserve)]
    found += [Row("max_net", PORTFOLIO, ones, 1, limits.max_net), Row("min_net", PORTFOLIO, ones, -1, limits.min_net)]
    if limits.long_only:
        found.append(Row("max_gross", PORTFOLIO, ones, 1, limits.max_gross))
    for sector in limits.sectors:
        members = sector.members.astype(np.float64)
        found.append(Row("sector_max", sector.name, members, 1, sector.maximum))
        found.append(Row("sector_min", sector.name, members, -1, sector.minimum))
    found += _score_rows(limits)
    return tuple(row for row in found if np.isfinite(row.bound))


def _score_rows(limits: Limits) -> list[Row]:
    found: list[Row] = []
    for limit, score, sense in (("esg", limits.esg, -1), ("carbon", limits.carbon, 1)):
        if score is not None:
            found.append(Row(limit, PORTFOLIO, score_coefficients(score), sense, 0.0, score))
    return found


def score_coefficients(score: ScoreBound) -> Vector:
    """(n,): score less bound, zero where unknown, scaled so that the largest is 1 and an excess reads as a weight."""
    distance = np.nan_to_num(score.scores - score.bound, nan=0.0)
    return distance / max(float(np.abs(distance).max()), 1e-12)


def average_score(score: ScoreBound, weights: Vector) -> float:
    """Weighted average over the invested part with a known score; NaN when nothing of it is held."""
    known = ~np.isnan(score.scores)
    held = float(weights[known].sum())
    return float(weights[known] @ score.scores[known]) / held if held else float("nan")


def exceeded(problem: Problem, weights: Vector, tolerance: float = 1e-6) -> dict[tuple[str, str], float]:
    """Limits that (n,) weights exceed by more than a tolerance: (limit, subject) -> excess in weight."""
    limits = problem.limits
    found: dict[tuple[str, str], float] = {}
    for part in box_parts(problem):
        excess = np.maximum(part.lower - weights, weights - part.upper)
        found.update({(part.limit, problem.symbols[i]): float(excess[i]) for i in np.flatnonzero(excess > tolerance)})
    sums = [
        (row.limit, row.subject, row.sense * (float(row.coefficients @ weights) - row.bound)) for row in rows(problem)
    ]
    sums.append(("max_gross", PORTFOLIO, float(np.abs(weights).sum()) - limits.max_gross))
    sums.append(("turnover", PORTFOLIO, float(np.abs(weights - problem.current_weights).sum()) - limits.max_turnover))
    found.update({(limit, subject): excess for limit, subject, excess in sums if excess > tolerance})
    return found
