"""The optimal liquidation path of Almgren and Chriss: expected cost traded against price risk."""

import math
from dataclasses import dataclass

from numpy import array, diff, expm1, float64
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Trajectory:
    """How an order of X shares shrinks over N intervals."""

    holdings: tuple[float, ...]
    """(N + 1,) shares still to trade at the interval edges: X first, 0 last."""
    trades: tuple[float, ...]
    """(N,) shares traded in each interval, >= 0, summing to X."""
    kappa: float
    """Urgency, per day; 1 / kappa is the time in which an unhurried rest shrinks by e (the paper's "half-life")."""
    expected_cost: float
    """USD, positive hurts."""
    variance: float
    """USD squared, of the cost."""


@dataclass(frozen=True, slots=True)
class LinearImpact:
    """The paper's linear impact: a trade of n shares in an interval tau costs n * (epsilon + eta * n / tau) USD."""

    epsilon: float
    """USD per share: half the spread plus fees."""
    eta: float
    """Temporary, (USD / share) / (share / day)."""
    gamma: float
    """Permanent, (USD / share) / share."""


def impact_from_spread(spread_usd: float, adv_shares: float, epsilon: float | None = None) -> LinearImpact:
    """The paper's rule of thumb: one spread of impact for each 1 % of the day's volume, one spread to stay for 10 %.

    `spread_usd` is the whole quoted spread per share; `epsilon` is half of it unless given.
    Source: Almgren & Chriss (2000), section 3.4 and Table 1.
    Raises: ValueError when spread or volume is not positive.
    """
    if spread_usd <= 0 or adv_shares <= 0:
        raise ValueError(f"spread {spread_usd} and average daily volume {adv_shares} must be positive")
    half = spread_usd / 2 if epsilon is None else epsilon
    return LinearImpact(half, eta=spread_usd / (0.01 * adv_shares), gamma=spread_usd / (0.1 * adv_shares))


def almgren_chriss(
    shares: float, horizon_days: float, intervals: int, sigma: float, impact: LinearImpact, risk_aversion: float
) -> Trajectory:
    """The static optimum of E[cost] + risk_aversion * Var[cost]; buy or sell alike, `shares` >= 0.

    `horizon_days` T in trading days; `intervals` N even steps; `sigma` in USD per share and sqrt(day);
    `risk_aversion` lambda per USD, 0 gives the straight line.
    Raises: ValueError when an argument is out of range, or eta <= gamma * tau / 2 (the discrete model has no optimum).
    Source: Almgren & Chriss (2000), "Optimal Execution of Portfolio Transactions", eqs 16-20.
    """
    if shares < 0 or horizon_days <= 0 or intervals < 1 or sigma < 0 or risk_aversion < 0:
        raise ValueError("shares, sigma and risk_aversion must be >= 0, horizon_days > 0 and intervals >= 1")
    tau = horizon_days / intervals
    eta_tilde = impact.eta - impact.gamma * tau / 2
    if eta_tilde <= 0:
        raise ValueError(f"eta {impact.eta} must exceed gamma * tau / 2 = {impact.gamma * tau / 2}; use shorter steps")
    kappa = _urgency(risk_aversion * sigma**2 / eta_tilde, tau)
    left = _path(shares, kappa, horizon_days, intervals)
    trades = -diff(left)
    cost = impact.gamma * shares**2 / 2 + impact.epsilon * shares + eta_tilde / tau * float(trades @ trades)
    variance = sigma**2 * tau * float(left[1:] @ left[1:])
    return Trajectory(tuple(left.tolist()), tuple(trades.tolist()), kappa, cost, variance)


def _urgency(kappa_tilde_squared: float, tau: float) -> float:
    """Solve 2 (cosh(kappa tau) - 1) / tau^2 = kappa_tilde^2; as asinh, because acosh(1 + tiny) loses every digit."""
    return 2 * math.asinh(math.sqrt(kappa_tilde_squared) * tau / 2) / tau


def _path(shares: float, kappa: float, horizon: float, intervals: int) -> NDArray[float64]:
    """X sinh(kappa (T - t)) / sinh(kappa T) at the interval edges, written so that a large kappa T cannot overflow."""
    remaining = array([horizon * (intervals - j) / intervals for j in range(intervals + 1)])
    if kappa * horizon < 1e-12:
        return shares * remaining / horizon
    decay = array([math.exp(-kappa * (horizon - r)) for r in remaining])
    return shares * decay * expm1(-2 * kappa * remaining) / math.expm1(-2 * kappa * horizon)
