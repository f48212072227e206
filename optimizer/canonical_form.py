"""A problem as the arrays of one canonical program, so that every objective and every day reuses one compiled form.

Weights are counted in per mille (`UNIT`) and the utility is divided by the risk aversion, so that all coefficients
are of order one: with plain weights the 3/2-power terms are near 1e-7 and vanish in the solvers' tolerances.
"""

import hashlib
from dataclasses import dataclass

import numpy as np

from optimizer.limits import Box, Row, box, box_parts, rows
from optimizer.objective import cost_weight, following_risk
from optimizer.problem import Problem, RiskFactors, Vector

UNIT = 1000.0
SLACK = 1e-8
"""Weight by which sums may exceed their bound inside the program, a hundredth of what a limit tolerates: a book that
stands exactly on a limit, to the last rounding, still has room to be solved."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Rows over the same symbols as one: lower <= coefficients @ w <= upper, finite, and the rows that set them."""

    coefficients: Vector
    lower: float
    upper: float
    lower_row: Row | None
    upper_row: Row | None

    @property
    def is_equality(self) -> bool:
        """Bounds closer than 1e-9 are one: solvers want an equation said as one."""
        return abs(self.upper - self.lower) < 1e-9


@dataclass(frozen=True, slots=True)
class Shape:
    """What a compiled program is fixed to; everything else is a parameter."""

    symbols: int
    factors: int
    scores: int
    equalities: tuple[bool, ...]
    shorts: bool
    trades: bool
    impact: bool
    constants: bytes
    """Digest of loadings, specific variances and sum coefficients."""


@dataclass(frozen=True, slots=True)
class StandardForm:
    """Maximise gain'w - |L'w - offset|^2 - w'Dw - linear'|z| - sum((root |z|)^1.5) - short_fee'(w)_-, all scaled."""

    shape: Shape
    risk: RiskFactors
    box: Box
    intervals: tuple[Interval, ...]
    score_rows: tuple[Row, ...]
    current: Vector
    lower: Vector
    upper: Vector
    gain: Vector
    exposure_offset: Vector
    linear_cost: Vector
    impact_root: Vector
    short_fee: float
    max_turnover: float
    max_gross: float
    dual_scale: float
    """Times a dual of the program is a dual per unit of weight in yearly utility."""


def standard_form(problem: Problem, reference: Vector | None) -> StandardForm:
    """The arrays of one problem; `reference` (n,) are weights to be followed, None when risk counts from cash."""
    gamma, limits, costs = problem.objective.risk_aversion, problem.limits, problem.costs
    bounds = _finite(box(box_parts(problem), len(problem.symbols)), problem)
    intervals, score_rows = _intervals(rows(problem), bounds)
    risk = problem.risk if reference is None else following_risk(problem.risk)
    gain, offset = _linear_terms(problem, risk, reference)
    kappa = cost_weight(problem.objective) / gamma
    linear_cost, impact = UNIT * kappa * (costs.half_spread + costs.fees), kappa * costs.impact
    most_traded = _reach(bounds.lower - problem.current_weights, bounds.upper - problem.current_weights) + 1
    shape = Shape(
        symbols=len(problem.symbols),
        factors=risk.loadings.shape[1],
        scores=len(score_rows),
        equalities=tuple(i.is_equality for i in intervals),
        shorts=bool((bounds.lower < 0).any()),
        trades=bool(linear_cost.any() or impact.any() or limits.max_turnover < most_traded),
        impact=bool(impact.any()),
        constants=_digest(risk, intervals),
    )
    return StandardForm(
        shape=shape,
        risk=risk,
        box=bounds,
        intervals=intervals,
        score_rows=score_rows,
        current=UNIT * problem.current_weights,
        lower=UNIT * bounds.lower,
        upper=UNIT * bounds.upper,
        gain=gain,
        exposure_offset=offset,
        linear_cost=linear_cost,
        impact_root=(np.sqrt(UNIT) * impact) ** (2 / 3),
        short_fee=UNIT * costs.short_fee_per_year / gamma,
        max_turnover=UNIT * (min(limits.max_turnover, most_traded) + SLACK),
        max_gross=UNIT * (min(limits.max_gross, _reach(bounds.lower, bounds.upper) + 1) + SLACK),
        dual_scale=gamma / UNIT,
    )


def _reach(lower: Vector, upper: Vector) -> float:
    """The largest sum of absolute values between two bounds: beyond it a limit on such a sum says nothing."""
    return float(np.maximum(np.abs(lower), np.abs(upper)).sum())


def _linear_terms(problem: Problem, risk: RiskFactors, reference: Vector | None) -> tuple[Vector, Vector]:
    """Gain (n,) and exposure offset (k,): -(w - r)'S(w - r) is -|L'w - L'r|^2 - w'Dw + 2 r'Dw and a constant."""
    gain = np.zeros(len(problem.symbols))
    if problem.objective.kind == "mean_variance" and problem.objective.expected_return is not None:
        gain = gain + UNIT * problem.objective.expected_return / problem.objective.risk_aversion
    if reference is None:
        return gain, np.zeros(len(risk.loadings.T))
    return gain + 2 * UNIT * risk.specific_variance * reference, UNIT * (risk.loadings.T @ reference)


def _finite(bounds: Box, problem: Problem) -> Box:
    """The same box with infinite sides moved beyond what gross and net limits allow, so that none is active."""
    limits = problem.limits
    widest = limits.max_gross
    if limits.long_only:
        widest = min(widest, limits.max_net, 1 - limits.cash_reserve)
    widest = max(widest, 0.0) + 1
    return Box(
        np.where(np.isfinite(bounds.lower), bounds.lower, np.minimum(-widest, bounds.upper)),
        np.where(np.isfinite(bounds.upper), bounds.upper, np.maximum(widest, bounds.lower)),
        bounds.lower_by,
        bounds.upper_by,
    )


def _intervals(found: tuple[Row, ...], bounds: Box) -> tuple[tuple[Interval, ...], tuple[Row, ...]]:
    """Rows merged by what they add up; rows of scores, whose coefficients move with the bound, stay apart."""
    merged: dict[tuple[bool, str], list[Row]] = {}
    for row in found:
        if row.score is None:
            merged.setdefault((row.limit.startswith("sector"), row.subject), []).append(row)
    intervals = tuple(_interval(group, bounds) for group in merged.values())
    return intervals, tuple(row for row in found if row.score is not None)


def _interval(group: list[Row], bounds: Box) -> Interval:
    coefficients = group[0].coefficients
    upper_row = min((r for r in group if r.sense == 1), key=lambda r: r.bound, default=None)
    lower_row = max((r for r in group if r.sense == -1), key=lambda r: r.bound, default=None)
    reach = coefficients * bounds.lower, coefficients * bounds.upper
    lower = float(np.minimum(*reach).sum()) - 1 if lower_row is None else lower_row.bound
    upper = float(np.maximum(*reach).sum()) + 1 if upper_row is None else upper_row.bound
    return Interval(coefficients, lower, upper, lower_row, upper_row)


def _digest(risk: RiskFactors, intervals: tuple[Interval, ...]) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for array in (risk.loadings, risk.specific_variance, *(i.coefficients for i in intervals)):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.digest()
