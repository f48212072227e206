"""Positions of at least a weight or none at all, by a second pass: drop or raise what falls short, and solve again.

"Zero or at least x" is no convex set, so no convex solver keeps it. Here the convex problem is solved; of what stands
between zero and x, the nearer half is bounded from below by x and the rest is fixed at zero; and the problem is solved
again within these bounds. What was once dropped or raised stays so, hence there are at most as many rounds as symbols.
Every other limit is a limit of every round, so none of them is ever broken: where neither way is open in a round, the
answer is a conflict that names this limit. The answer keeps all limits and is the best for its choice of names; another
choice of names may be better, which only an integer program would tell.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from optimizer.problem import Conflict, Infeasible, Mask, Problem, Solution, Vector
from optimizer.solve import solve

SLACK = 1e-6
"""Weight by which a position may miss the floor: the solvers' own accuracy."""
Solver = Callable[[Problem], Solution | Infeasible]


@dataclass(frozen=True, slots=True)
class _Choice:
    """Symbols that are fixed at zero, and those bounded by the floor: +1 long, -1 short, 0 free; (n,) each."""

    dropped: Mask
    raised: Vector

    def applied(self, problem: Problem, floor: float) -> Problem:
        lower = np.where(self.raised > 0, np.maximum(problem.limits.lower, floor), problem.limits.lower)
        upper = np.where(self.raised < 0, np.minimum(problem.limits.upper, -floor), problem.limits.upper)
        lower = np.where(self.dropped, np.minimum(lower, 0.0), lower)
        must_exit = self.dropped if problem.limits.must_exit is None else self.dropped | problem.limits.must_exit
        return replace(problem, limits=replace(problem.limits, lower=lower, upper=upper, must_exit=must_exit))


def solve_with_floor(problem: Problem, floor: float, solver: Solver = solve) -> Solution | Infeasible:
    """As `solve`, with every position at least `floor` (a fraction of NAV, unsigned) or zero; 0 asks for nothing.

    A frozen symbol stays what it is, also below the floor. Raises: as `solve`.
    """
    n = len(problem.symbols)
    choice, answer = _Choice(np.zeros(n, dtype=np.bool_), np.zeros(n)), solver(problem)
    frozen = problem.limits.frozen if problem.limits.frozen is not None else np.zeros(n, dtype=np.bool_)
    for _ in range(n):
        if isinstance(answer, Infeasible) or floor <= 0:
            return answer
        size = np.abs(answer.weights)
        short = (size > SLACK) & (size < floor - SLACK) & ~frozen & (choice.raised == 0) & ~choice.dropped
        if not short.any():
            return answer
        found = _first_feasible(problem, floor, _ways(choice, short, answer.weights, floor), solver)
        if found is None:
            return _conflict(problem, floor, short)
        choice, answer = found
    return answer


def _ways(choice: _Choice, short: Mask, weights: Vector, floor: float) -> Iterator[_Choice]:
    """The nearer half raised and the rest dropped; or all of them dropped; or all of them raised."""
    near, side = np.abs(weights) >= floor / 2, np.sign(weights)
    for raising in (short & near, np.zeros_like(short), short):
        yield _Choice(choice.dropped | (short & ~raising), np.where(raising, side, choice.raised))


def _first_feasible(
    problem: Problem, floor: float, ways: Iterator[_Choice], solver: Solver
) -> tuple[_Choice, Solution] | None:
    for way in ways:
        answer = solver(way.applied(problem, floor))
        if isinstance(answer, Solution):
            return way, answer
    return None


def _conflict(problem: Problem, floor: float, short: Mask) -> Infeasible:
    names = [symbol for symbol, is_short in zip(problem.symbols, short, strict=True) if is_short]
    few = ", ".join(names[:5]) + (", ..." if names[5:] else "")
    sentence = (
        f"min_position: {few} can be neither dropped nor held with {floor * 100:g} % within the other limits; lower "
        "limits.min_position_pct, or loosen what binds"
    )
    return Infeasible((Conflict("min_position", "portfolio", None, sentence),))
