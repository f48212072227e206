"""The optimization problem as the paper writes it, compiled once per shape and solved again with new numbers.

Everything that changes from day to day or book to book is a parameter vector; loadings, which would make a compiled
program hundreds of times larger as parameters, are constants of it, and their digest is part of its key.
"""

# cvxpy leaves the arguments of its atoms without a type.
# pyright: reportUnknownMemberType=false

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any, cast

import cvxpy as cp
import numpy as np
import scipy.sparse as sp

from optimizer.canonical_form import SLACK, UNIT, Shape, StandardForm
from optimizer.problem import Vector

KEPT = 16


@dataclass(frozen=True, slots=True)
class Duals:
    """Utility gained per unit by which the named side is loosened, never negative; scaled as `StandardForm` is."""

    lower: Vector
    upper: Vector
    interval_lower: Vector
    interval_upper: Vector
    scores: Vector
    turnover: float
    gross: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What a solver said."""

    status: str
    weights: Vector | None
    duals: Duals | None
    compile_seconds: float
    solve_seconds: float
    solver_seconds: float | None
    """The solver's own figure, where it reports one."""


class CompiledProblem:
    """One program in parametrised form for one solver; safe to share between threads."""

    def __init__(self, form: StandardForm, solver: str) -> None:
        self._lock = threading.Lock()
        self._solver = solver
        self._w = w = cp.Variable(form.shape.symbols)
        self._given = given = _parameters(form.shape)
        self._limits: dict[str, Any] = {"lower": w >= given["lower"], "upper": w <= given["upper"]}

        exposure = cp.Variable(form.shape.factors)
        variance = cp.sum_squares(exposure) + _own_variance(w, form.risk.specific_variance)
        utility = given["gain"] @ w - variance - self._trading_cost(form.shape) - self._short_fee(form.shape)

        self._add_sums(form)
        exposures = exposure == form.risk.loadings.T @ w - given["exposure_offset"]
        self._problem = cp.Problem(cp.Maximize(utility), [exposures, *self._limits.values()])

    def _trading_cost(self, shape: Shape) -> Any:
        """linear'|z| + sum (root |z|)^1.5 of trades z = w - current, with |z| a variable that turnover bounds."""
        if not shape.trades:
            return 0.0
        given, size = self._given, cp.Variable(shape.symbols)
        self._limits["buys"] = self._w - given["current"] <= size
        self._limits["sells"] = given["current"] - self._w <= size
        self._limits["turnover"] = cp.sum(size) <= given["max_turnover"]
        linear = given["linear_cost"] @ size
        return linear + cp.sum(cp.power(cp.multiply(given["impact_root"], size), 1.5)) if shape.impact else linear

    def _short_fee(self, shape: Shape) -> Any:
        """Fee on (w)_-, with the shorts a variable of their own that gross bounds: |w| = w + 2 (w)_-."""
        if not shape.shorts:
            return 0.0
        short = cp.Variable(shape.symbols, nonneg=True)
        self._limits["shorts"] = short >= -self._w
        self._limits["gross"] = cp.sum(self._w) + 2 * cp.sum(short) <= self._given["max_gross"]
        return self._given["short_fee"] * cp.sum(short)

    def _add_sums(self, form: StandardForm) -> None:
        """Bounds on sums of weights; where both sides meet, an equation, which solvers need said as one."""
        equal = np.array(form.shape.equalities, dtype=bool)
        matrix = sp.csr_matrix(
            np.array([i.coefficients for i in form.intervals]).reshape(len(equal), form.shape.symbols)
        )
        if equal.any():
            self._limits["equal_sums"] = matrix[equal] @ self._w == self._given["equal_sums"]
        if not equal.all():
            self._limits["least_sums"] = matrix[~equal] @ self._w >= self._given["least_sums"]
            self._limits["most_sums"] = matrix[~equal] @ self._w <= self._given["most_sums"]
        if form.shape.scores:
            self._limits["scores"] = self._given["scores"] @ self._w <= UNIT * SLACK

    def solve(self, form: StandardForm, options: Mapping[str, Any]) -> Answer:
        """Sets every parameter and solves; the answer depends on nothing that was solved before.

        Raises: cvxpy.SolverError when the solver itself breaks.
        """
        with self._lock:
            started = perf_counter()
            for name, value in _values(form).items():
                if name in self._given:
                    self._given[name].value = value
            data, chain, inverse = self._data(self._solver, solver_opts=dict(options))
            compiled = perf_counter()
            raw = chain.solve_via_data(self._problem, data, warm_start=False, verbose=False, solver_opts=dict(options))
            solution = chain.invert(raw, inverse)
            solved = perf_counter()
        weights, duals = None, None
        if solution.status in ("optimal", "optimal_inaccurate"):
            weights = np.asarray(solution.primal_vars[self._w.id], dtype=np.float64) / UNIT
            duals = self._duals(form, solution.dual_vars)
        own_seconds = solution.attr.get("solve_time") or None  # some interfaces report none, or zero
        return Answer(solution.status, weights, duals, compiled - started, solved - compiled, own_seconds)

    def _data(self, solver: str, solver_opts: dict[str, Any]) -> tuple[Any, Any, Any]:
        return cast(tuple[Any, Any, Any], self._problem.get_problem_data(solver, solver_opts=solver_opts))

    def _duals(self, form: StandardForm, values: Mapping[int, Any]) -> Duals:
        def dual(name: str, size: int) -> Vector:
            constraint = self._limits.get(name)
            found = None if constraint is None else values.get(constraint.id)
            return np.zeros(size) if found is None else np.asarray(found, dtype=np.float64).reshape(size)

        equal = np.array(form.shape.equalities, dtype=bool)
        lower, upper = np.zeros(len(equal)), np.zeros(len(equal))
        signed = dual("equal_sums", int(equal.sum()))
        lower[equal], upper[equal] = np.maximum(-signed, 0), np.maximum(signed, 0)
        lower[~equal], upper[~equal] = dual("least_sums", int((~equal).sum())), dual("most_sums", int((~equal).sum()))
        n = form.shape.symbols
        turnover, gross = dual("turnover", 1), dual("gross", 1)
        scores = dual("scores", form.shape.scores)
        return Duals(dual("lower", n), dual("upper", n), lower, upper, scores, float(turnover[0]), float(gross[0]))


def _own_variance(w: Any, specific: Vector) -> Any:
    """w'Dw; constant zero where no symbol has variance of its own."""
    return cp.quad_form(w, cp.psd_wrap(sp.diags(specific).tocsc())) if specific.any() else 0.0


def _parameters(shape: Shape) -> dict[str, Any]:
    n, equal = shape.symbols, sum(shape.equalities)
    found = {name: cp.Parameter(n) for name in ("gain", "lower", "upper")}
    found["exposure_offset"] = cp.Parameter(shape.factors)
    if equal:
        found["equal_sums"] = cp.Parameter(equal)
    if equal < len(shape.equalities):
        found |= {name: cp.Parameter(len(shape.equalities) - equal) for name in ("least_sums", "most_sums")}
    if shape.scores:
        found["scores"] = cp.Parameter((shape.scores, n))
    if shape.trades:
        found |= {"current": cp.Parameter(n), "max_turnover": cp.Parameter(nonneg=True)}
        found |= {name: cp.Parameter(n, nonneg=True) for name in ("linear_cost", "impact_root")}
    if shape.shorts:
        found |= {name: cp.Parameter(nonneg=True) for name in ("short_fee", "max_gross")}
    return found


def _values(form: StandardForm) -> dict[str, Any]:
    equal = np.array(form.shape.equalities, dtype=bool)
    lower, upper = np.array([i.lower for i in form.intervals]), np.array([i.upper for i in form.intervals])
    values: dict[str, Any] = {name: getattr(form, name) for name in _NAMED}
    values["equal_sums"] = UNIT * upper[equal]
    values["least_sums"], values["most_sums"] = UNIT * (lower[~equal] - SLACK), UNIT * (upper[~equal] + SLACK)
    values["scores"] = np.array([row.sense * row.coefficients for row in form.score_rows])
    return values


_NAMED = (
    "gain",
    "lower",
    "upper",
    "exposure_offset",
    "current",
    "linear_cost",
    "impact_root",
    "short_fee",
    "max_turnover",
    "max_gross",
)

_kept: OrderedDict[tuple[Shape, str], CompiledProblem] = OrderedDict()
_kept_lock = threading.Lock()


def compiled(form: StandardForm, solver: str) -> CompiledProblem:
    """The program of this shape for this solver, made at most once while it is among the latest `KEPT` used."""
    key = (form.shape, solver)
    with _kept_lock:
        if key not in _kept:
            _kept[key] = CompiledProblem(form, solver)
        _kept.move_to_end(key)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
        return _kept[key]
