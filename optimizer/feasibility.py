"""Linear programs over portfolios within some of the limits: is there one, and how far must one limit give way."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from optimizer.canonical_form import UNIT
from optimizer.limits import BoxPart, Limit, Norm, Row, box
from optimizer.problem import Problem, Vector


class LinearProgram:
    """Portfolios within `limits`; variables are weights, absolute trades, shorts, and slacks of one limit."""

    def __init__(self, problem: Problem, limits: Sequence[Limit], slack: float = 0.0) -> None:
        """`slack` is the weight by which every sum may exceed its bound."""
        self._slack = slack
        self._n = len(problem.symbols)
        self._now = UNIT * problem.current_weights
        self._box = box([limit for limit in limits if isinstance(limit, BoxPart)], self._n)
        self._rows = [limit for limit in limits if isinstance(limit, Row)]
        self._norms = {limit.limit: limit.bound for limit in limits if isinstance(limit, Norm)}

    def is_feasible(self) -> bool:
        """Whether any portfolio lies within the limits. Raises: RuntimeError when the linear solver gives up."""
        return self._solve(np.zeros(3 * self._n)) is not None

    def least_sum(self, coefficients: Vector) -> Vector | None:
        """Weights (n,) with the smallest coefficients @ w; None when there are none or it has no smallest value."""
        found = self._solve(np.concatenate([coefficients, np.zeros(2 * self._n)]))
        return None if found is None else found[: self._n]

    def least_norm(self, limit: str) -> Vector | None:
        """Weights (n,) with the smallest sum of absolute trades (`turnover`) or of absolute weights (`max_gross`)."""
        none, one = np.zeros(self._n), np.ones(self._n)
        cost = np.concatenate([none, one, none] if limit == "turnover" else [one, none, 2 * one])
        found = self._solve(cost)
        return None if found is None else found[: self._n]

    def least_slack(self, part: BoxPart, uniform: bool) -> Vector | None:
        """(n,) least amounts by which the bounds of `part` must give way: alike for all symbols, or smallest in sum."""
        count = 1 if uniform else self._n
        spread = sp.csr_matrix(np.ones((self._n, 1))) if uniform else sp.eye(self._n, format="csr")
        weights, nothing = sp.eye(self._n, format="csr"), sp.csr_matrix((self._n, 2 * self._n))
        blocks: list[sp.csr_matrix] = []
        bounds: list[Vector] = []
        for sign, side in ((1, part.upper), (-1, -part.lower)):
            told = np.isfinite(side)
            blocks.append(sp.hstack([sign * weights, nothing, -spread], "csr")[told])
            bounds.append(UNIT * side[told])
        found = self._solve(
            np.concatenate([np.zeros(3 * self._n), np.ones(count)]), sp.vstack(blocks, "csr"), np.concatenate(bounds)
        )
        return None if found is None else np.broadcast_to(found[3 * self._n :] / UNIT, self._n)

    def _solve(
        self, cost: Vector, extra: sp.csr_matrix | None = None, extra_bounds: Vector | None = None
    ) -> Vector | None:
        """All variables at the optimum, weights as fractions and the rest per mille; None when infeasible or unbounded.

        Raises: RuntimeError when the linear solver gives up.
        """
        from scipy.optimize import linprog

        slacks = len(cost) - 3 * self._n
        if (self._box.lower > self._box.upper).any():
            return None
        matrix, bound = self._inequalities(slacks)
        if extra is not None and extra_bounds is not None:
            matrix, bound = sp.vstack([matrix, extra], "csr"), np.concatenate([bound, extra_bounds])
        free = np.full(3 * self._n + slacks, np.inf)
        lower = np.concatenate([UNIT * self._box.lower, np.zeros(2 * self._n + slacks)])
        free[: self._n] = UNIT * self._box.upper
        result = linprog(cost, A_ub=matrix, b_ub=bound, bounds=np.column_stack([lower, free]), method="highs")
        if result.status in (2, 3):
            return None
        if result.x is None or result.status != 0:
            raise RuntimeError(f"the linear program that explains limits stopped: {result.message}")
        return np.concatenate([result.x[: self._n] / UNIT, result.x[self._n :]])

    def _inequalities(self, slacks: int) -> tuple[sp.csr_matrix, Vector]:
        n, one, none = self._n, np.ones((1, self._n)), np.zeros((1, self._n))
        identity, nothing = sp.eye(n, format="csr"), sp.csr_matrix((n, n))
        blocks: list[list[sp.csr_matrix | Vector]]
        blocks = [[identity, -identity, nothing], [-identity, -identity, nothing], [-identity, nothing, -identity]]
        bounds = [self._now, -self._now, np.zeros(n)]
        for row in self._rows:
            blocks.append([np.atleast_2d(row.sense * row.coefficients), none, none])
            bounds.append(np.array([UNIT * (row.sense * row.bound + self._slack)]))
        for limit, bound in self._norms.items():
            blocks.append([none, one, none] if limit == "turnover" else [one, none, 2 * one])
            bounds.append(np.array([UNIT * (bound + self._slack)]))
        stacked = sp.vstack([sp.hstack([sp.csr_matrix(b) for b in block], "csr") for block in blocks], "csr")
        padded = sp.hstack([stacked, sp.csr_matrix((sum(map(len, bounds)), slacks))], "csr")
        return padded, np.concatenate(bounds)
