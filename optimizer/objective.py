"""The objective as arithmetic: what a portfolio is worth, part by part, in yearly utility."""

import numpy as np

from optimizer.costs import forecast_cost
from optimizer.problem import Objective, Problem, RiskFactors, Vector

FOLLOWING_VARIANCE = 1e-4
"""Added to each symbol's yearly variance when weights are followed: the deviation of a symbol without risk, or of
offsetting symbols that history cannot tell apart, would otherwise be free. It is 1 % volatility a year."""


def following_risk(risk: RiskFactors) -> RiskFactors:
    """The covariance in which distance to followed weights is measured."""
    return RiskFactors(risk.loadings, risk.specific_variance + FOLLOWING_VARIANCE)


def cost_weight(objective: Objective) -> float:
    """How much one unit of trading cost takes from a year's utility."""
    return objective.cost_aversion / objective.holding_period_years


def objective_terms(problem: Problem, weights: Vector, reference: Vector | None = None) -> dict[str, float]:
    """Signed parts of the yearly utility of (n,) weights; they add up to the objective.

    mean_variance:     mu'w  -  gamma w'S w  -  kappa cost(w - w0)  -  fee 1'(w)_-
    minimum_variance:        -  gamma w'S w  -  kappa cost(w - w0)  -  fee 1'(w)_-
    track and parity:        -  gamma (w - r)'(S + floor)(w - r)  -  kappa cost(w - w0)  -  fee 1'(w)_-

    with `reference` r the followed weights, kappa = cost_aversion / holding_period_years and (w)_- the shorts.
    Source: Boyd et al. (2017), "Multi-Period Trading via Convex Optimization", section 4.
    """
    mu, gamma, kappa = (
        problem.objective.expected_return,
        problem.objective.risk_aversion,
        cost_weight(problem.objective),
    )
    terms: dict[str, float] = {}
    if problem.objective.kind == "mean_variance":
        terms["return"] = 0.0 if mu is None else float(mu @ weights)
    if reference is None:
        terms["risk"] = -gamma * problem.risk.variance(weights)
    else:
        terms["tracking"] = -gamma * following_risk(problem.risk).variance(weights - reference)
    cost = forecast_cost(weights - problem.current_weights, problem.costs)
    terms["cost_spread"] = -kappa * float(cost.spread.sum())
    terms["cost_impact"] = -kappa * float(cost.impact.sum())
    terms["cost_fees"] = -kappa * float(cost.fees.sum())
    terms["short_fee"] = -problem.costs.short_fee_per_year * float(np.maximum(-weights, 0).sum())
    return terms
