"""The long-only portfolio in which every symbol adds the same to the variance."""

from math import sqrt

import numpy as np

from optimizer.problem import RiskFactors, Vector

MAX_STEPS = 200


def parity_weights(risk: RiskFactors) -> Vector:
    """(n,) positive weights that add up to 1, with equal w_i (Sw)_i.

    They are the scaled minimum of x'Sx / 2 - sum(log x) / n, which is strictly convex; Newton's steps are damped by
    1 / (1 + decrement), which cannot leave the positive orthant nor fail to converge, the barrier being
    self-concordant.

    Raises: ValueError when a symbol has no variance, for it could be held without end; RuntimeError when steps run out.
    Sources: Maillard, Roncalli and Teiletche (2010), "The Properties of Equally Weighted Risk Contribution Portfolios";
    Spinu (2013), "An Algorithm for Computing Risk Parity Weights".
    """
    volatility = risk.volatilities()
    if not (volatility > 0).all():
        raise ValueError(
            f"risk parity needs a positive variance of every symbol; position {int(np.argmin(volatility))} has none"
        )
    n = len(volatility)
    scale = 1 / volatility
    unit = RiskFactors(risk.loadings * scale[:, None], risk.specific_variance * scale**2)
    x = np.full(n, 1 / np.sqrt(unit.variance(np.ones(n))))
    for _ in range(MAX_STEPS):
        gradient = n * unit.times(x) - 1 / x
        step = _newton_step(unit, x, gradient, n)
        decrement = float(np.sqrt(max(gradient @ step, 0.0)))
        x = x - step / (1 + decrement)
        if decrement < 1e-10:
            weights = x * scale
            return weights / weights.sum()
    raise RuntimeError(f"risk parity did not converge in {MAX_STEPS} steps; check the scale of the risk model")


def _newton_step(risk: RiskFactors, x: Vector, gradient: Vector, n: int) -> Vector:
    """Solution of (n S + diag(1 / x^2)) step = gradient, through the factors where they are fewer than the symbols."""
    diagonal = n * risk.specific_variance + 1 / x**2
    loadings, factors = sqrt(n) * risk.loadings, len(risk.loadings.T)
    if factors >= n:
        return np.asarray(np.linalg.solve(loadings @ loadings.T + np.diag(diagonal), gradient), dtype=np.float64)
    scaled = loadings / diagonal[:, None]
    inner = np.eye(factors) + loadings.T @ scaled
    return gradient / diagonal - scaled @ np.linalg.solve(inner, scaled.T @ gradient)
