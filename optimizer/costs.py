"""What a trade is forecast to cost: one formula for the objective, the pre-trade estimate and the report."""

from dataclasses import dataclass

import numpy as np

from optimizer.problem import Costs, Vector


@dataclass(frozen=True, slots=True)
class TradeCost:
    """Cost of each trade in fractions of NAV, shape (n,); positive hurts."""

    spread: Vector
    impact: Vector
    fees: Vector

    @property
    def total(self) -> float:
        """Sum over all symbols and parts."""
        return float((self.spread + self.impact + self.fees).sum())


def forecast_cost(trade_weights: Vector, costs: Costs) -> TradeCost:
    """Cost of trades z of shape (n,), signed fractions of NAV: a|z| + b sigma |z|^1.5 (nav/V)^0.5 + fees|z|.

    A buy and a sell of the same size cost the same.
    Source: Boyd et al. (2017), "Multi-Period Trading via Convex Optimization", eq. 2.2.
    """
    size = np.abs(trade_weights)
    return TradeCost(costs.half_spread * size, costs.impact * size**1.5, costs.fees * size)


def impact_coefficients(sigma_daily: Vector, adv_usd: Vector, nav_usd: float, b: float) -> Vector:
    """Coefficients (n,) of |z|^1.5: b * sigma * sqrt(nav / V), with sigma and the volume V of one day.

    In USD the impact of a trade x = z * nav is b * sigma * |x|^1.5 / V^0.5; divided by nav it is this coefficient
    times |z|^1.5.
    Raises: ValueError when a volume is not positive or sigma, nav or b is negative or not finite.
    """
    if not (np.asarray(adv_usd) > 0).all():
        raise ValueError("adv_usd must be positive for every symbol; assume a volume where the source has none")
    if not (np.isfinite(sigma_daily).all() and (np.asarray(sigma_daily) >= 0).all()):
        raise ValueError("sigma_daily must be finite and not negative")
    if not (0 <= nav_usd < np.inf and 0 <= b < np.inf):
        raise ValueError(f"nav_usd and b must be finite and not negative, not {nav_usd} and {b}")
    return b * np.asarray(sigma_daily) * np.sqrt(nav_usd / np.asarray(adv_usd))
