"""Solves one problem: a chain of solvers, each recorded, none believed before the limits are checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.canonical_form import StandardForm, standard_form
from optimizer.conflicts import conflicts, crossing_bounds
from optimizer.costs import forecast_cost
from optimizer.limits import exceeded
from optimizer.objective import objective_terms
from optimizer.problem import Attempt, Infeasible, NoSolverAcceptedError, Problem, RiskFactors, Solution, Vector
from optimizer.risk_parity import parity_weights

if TYPE_CHECKING:
    from optimizer.compiled_program import Answer

TOLERANCE = 1e-6
"""Weight by which a limit may be exceeded in an accepted answer."""
SNAP = 1e-7
"""Weights this near a bound are on it, trades smaller than this are none."""
ACCEPTED = {"optimal_inaccurate": "every limit holds; the optimum is known to the solver's reduced accuracy"}


@dataclass(frozen=True, slots=True)
class SolverChoice:
    """A solver by cvxpy's name, with its options."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])


PIQP = SolverChoice("PIQP", dict.fromkeys(("eps_abs", "eps_rel", "eps_duality_gap_abs", "eps_duality_gap_rel"), 1e-10))
CLARABEL = SolverChoice(
    "CLARABEL", {"tol_gap_abs": 1e-9, "tol_gap_rel": 1e-9, "direct_solve_method": "faer", "max_threads": 1}
)
"""Of its factorisations faer loses least accuracy on thousands of cones; one thread gives one answer on any machine."""
SCS = SolverChoice("SCS", {"eps_abs": 1e-7, "eps_rel": 1e-8, "max_iters": 100_000})
QUADRATIC_CHAIN = (PIQP, CLARABEL, SCS)
CONIC_CHAIN = (CLARABEL, SCS)
"""For the 3/2-power impact, which is a cone."""


def solve(problem: Problem, chain: Sequence[SolverChoice] | None = None) -> Solution | Infeasible:
    """The portfolio with the highest yearly utility among those that satisfy every limit to 1e-6 of NAV.

    Solvers are tried in order until one's answer keeps the limits; one that calls the problem infeasible is believed
    only when a separate linear program agrees, and then the answer is a minimal set of conflicting limits. Weights
    within 1e-7 of a bound are put on it and trades below 1e-7 are dropped, unless a sum would then exceed its bound
    by more than 1e-6.

    Raises: NoSolverAcceptedError when the limits agree but no solver's answer keeps them; ValueError when risk parity
    is asked for symbols without variance.
    """
    started = perf_counter()
    crossing = crossing_bounds(problem)
    if crossing:
        return Infeasible(crossing)
    reference = reference_weights(problem)
    form = standard_form(problem, reference)
    if chain is None:
        chain = CONIC_CHAIN if form.shape.impact else QUADRATIC_CHAIN
    return _first_accepted(problem, form, reference, chain, perf_counter() - started)


def reference_weights(problem: Problem) -> Vector | None:
    """(n,) weights that `track` and `risk_parity` follow; None for the objectives that follow none.

    Parity is over the symbols that may be held at all, scaled to the cash reserve, net and gross limits; nothing else
    bends it.
    """
    if problem.objective.kind == "track":
        return problem.objective.target_weights
    if problem.objective.kind != "risk_parity":
        return None
    limits, n = problem.limits, len(problem.symbols)
    held = limits.upper > 0
    if limits.must_exit is not None:
        held &= ~limits.must_exit
    weights = np.zeros(n)
    if held.any():
        risk = RiskFactors(problem.risk.loadings[held], problem.risk.specific_variance[held])
        invested = max(0.0, min(1 - limits.cash_reserve, limits.max_net, limits.max_gross))
        weights[held] = invested * parity_weights(risk)
    return weights


def cleaned(problem: Problem, form: StandardForm, weights: Vector) -> Vector:
    """Weights with the solver's dust removed: on their bounds, and not traded where the trade is dust.

    Dust of many symbols adds up: where removing it would exceed a sum, the weights are only clipped to their bounds.
    """
    lower, upper, now = form.box.lower, form.box.upper, problem.current_weights
    clipped = np.clip(weights, lower, upper)
    snapped = np.where(clipped - lower < SNAP, lower, np.where(upper - clipped < SNAP, upper, clipped))
    still = (np.abs(clipped - now) < SNAP) & (now >= lower) & (now <= upper)
    snapped = np.where(still, now, snapped)
    return clipped if exceeded(problem, snapped, TOLERANCE) else snapped


def _first_accepted(
    problem: Problem, form: StandardForm, reference: Vector | None, chain: Sequence[SolverChoice], build_seconds: float
) -> Solution | Infeasible:
    attempts: list[Attempt] = []
    timings = {"build": build_seconds, "compile": 0.0, "solve": 0.0, "explain": 0.0}
    diagnosed = False
    for choice in chain:
        answer = _tried(form, choice, timings)
        if isinstance(answer, Attempt):
            attempts.append(answer)
            continue
        weights = None if answer.weights is None else cleaned(problem, form, answer.weights)
        message = _objection(problem, weights)
        if answer.status.startswith("infeasible") and not diagnosed:
            found, diagnosed = conflicts(problem), True
            message = "confirmed by a linear program" if found else "refuted by a linear program"
            if found:
                return Infeasible(found, (*attempts, _attempt(choice, answer, message)))
        attempts.append(_attempt(choice, answer, message or ACCEPTED.get(answer.status, "every limit holds")))
        if weights is not None and not message:
            return _solution(problem, form, reference, weights, answer, tuple(attempts), timings)
    if not diagnosed:
        found = conflicts(problem)
        if found:
            return Infeasible(found, tuple(attempts))
    raise NoSolverAcceptedError(tuple(attempts))


def _tried(form: StandardForm, choice: SolverChoice, timings: dict[str, float]) -> "Answer | Attempt":
    """The solver's answer, or the record of its breaking down; adds to the timings."""
    import cvxpy

    from optimizer.compiled_program import compiled

    started = perf_counter()
    try:
        program = compiled(form, choice.name)
        timings["compile"] += perf_counter() - started
        answer = program.solve(form, choice.options)
    except (cvxpy.SolverError, ValueError, ArithmeticError) as error:
        return Attempt(choice.name, "error", perf_counter() - started, str(error))
    timings["compile"] += answer.compile_seconds
    timings["solve"] += answer.solve_seconds
    return answer


def _objection(problem: Problem, weights: Vector | None) -> str:
    """Why an answer is refused; empty when it keeps every limit."""
    if weights is None:
        return "no portfolio returned"
    excess = exceeded(problem, weights, TOLERANCE)
    if not excess:
        return ""
    (limit, subject), amount = max(excess.items(), key=lambda item: item[1])
    return f"refused: {limit} of {subject} exceeded by {amount:.1e} of net asset value"


def _attempt(choice: SolverChoice, answer: "Answer", message: str) -> Attempt:
    return Attempt(choice.name, answer.status, answer.solve_seconds, message)


def _solution(
    problem: Problem,
    form: StandardForm,
    reference: Vector | None,
    weights: Vector,
    answer: "Answer",
    attempts: tuple[Attempt, ...],
    timings: dict[str, float],
) -> Solution:
    from optimizer.binding_limits import binding_limits

    started = perf_counter()
    terms = objective_terms(problem, weights, reference)
    binding = () if answer.duals is None else binding_limits(problem, form, answer.duals, weights)
    cost = forecast_cost(weights - problem.current_weights, problem.costs).total
    timings["explain"] = perf_counter() - started
    if answer.solver_seconds is not None:
        timings["solver_reported"] = answer.solver_seconds
    return Solution(
        weights=weights,
        cash_weight=1 - float(weights.sum()),
        objective=sum(terms.values()),
        objective_terms=terms,
        binding=binding,
        solver=attempts[-1].solver,
        attempts=attempts,
        timings=timings,
        risk_yearly=float(np.sqrt(problem.risk.variance(weights))),
        forecast_cost=cost,
        reference_weights=reference,
    )
