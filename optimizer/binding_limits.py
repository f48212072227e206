"""Which limits shaped an answer, read from the duals of the program."""

from optimizer.canonical_form import StandardForm
from optimizer.compiled_program import Duals
from optimizer.limits import PORTFOLIO, Row, average_score
from optimizer.problem import BindingLimit, Problem, Vector

LEAST_DUAL = 1e-5
"""Yearly utility per unit of weight below which a dual is the solver's noise."""


def binding_limits(problem: Problem, form: StandardForm, duals: Duals, weights: Vector) -> tuple[BindingLimit, ...]:
    """Limits with a dual above noise, the most costly first; where two limits set the same bound the first is named."""
    found = _of_symbols(problem, form, duals, weights)
    for i, interval in enumerate(form.intervals):
        for row, dual in ((interval.lower_row, duals.interval_lower[i]), (interval.upper_row, duals.interval_upper[i])):
            if row is not None:
                found.append(_of_sum(row, float(dual) * form.dual_scale, weights))
    found += [
        _of_score(row, float(dual) * form.dual_scale, weights)
        for row, dual in zip(form.score_rows, duals.scores, strict=True)
    ]
    turnover, gross = float(abs(weights - problem.current_weights).sum()), float(abs(weights).sum())
    found.append(
        BindingLimit("turnover", PORTFOLIO, turnover, problem.limits.max_turnover, duals.turnover * form.dual_scale)
    )
    found.append(BindingLimit("max_gross", PORTFOLIO, gross, problem.limits.max_gross, duals.gross * form.dual_scale))
    told = [limit for limit in found if limit.dual > LEAST_DUAL and abs(limit.bound) < float("inf")]
    return tuple(sorted(told, key=lambda limit: -limit.dual))


def _of_symbols(problem: Problem, form: StandardForm, duals: Duals, weights: Vector) -> list[BindingLimit]:
    """Bounds of single symbols; where both sides meet only the side that pushes counts."""
    found: list[BindingLimit] = []
    net = (duals.upper - duals.lower) * form.dual_scale
    for i in (abs(net) > LEAST_DUAL).nonzero()[0]:
        upward = net[i] > 0
        limit = form.box.upper_by[i] if upward else form.box.lower_by[i]
        value, bound = weights[i], (form.box.upper if upward else form.box.lower)[i]
        if limit == "adv_participation":
            value, bound = abs(value - problem.current_weights[i]), abs(bound - problem.current_weights[i])
        if limit != "none":
            found.append(BindingLimit(limit, problem.symbols[i], float(value), float(bound), abs(float(net[i]))))
    return found


def _of_sum(row: Row, dual: float, weights: Vector) -> BindingLimit:
    value, bound = float(row.coefficients @ weights), row.bound
    if row.limit == "cash_reserve":
        value, bound = 1 - value, 1 - bound
    return BindingLimit(row.limit, row.subject, value, bound, dual)


def _of_score(row: Row, dual: float, weights: Vector) -> BindingLimit:
    """In units of the score: loosening the bound by one moves the sum by the invested weight over the scale."""
    assert row.score is not None
    known = row.score.scores == row.score.scores
    largest = abs(row.score.scores[known] - row.score.bound).max(initial=1e-12)
    per_score = abs(float(weights[known].sum())) / float(largest)
    return BindingLimit(row.limit, row.subject, average_score(row.score, weights), row.score.bound, dual * per_score)
