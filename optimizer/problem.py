"""What the optimizer is asked, and what it answers: immutable arrays with their units.

Weights are fractions of net asset value (NAV), signed; what they leave of 1 is cash. n is the number of symbols, k of
risk factors. A `Problem` that exists is well-formed: every shape and sign is checked when it is made.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]
ObjectiveKind = Literal["mean_variance", "minimum_variance", "risk_parity", "track"]


@dataclass(frozen=True, slots=True)
class RiskFactors:
    """Yearly covariance of returns in factor form, L L' + diag(d); the n x n matrix is never formed."""

    loadings: Vector
    """(n, k), L: yearly volatility of each symbol from each uncorrelated factor, as a fraction."""
    specific_variance: Vector
    """(n,), d: yearly variance of each symbol that no factor explains."""

    def __post_init__(self) -> None:
        n = len(self.loadings)
        _require(self.loadings.ndim == 2, f"loadings must have shape (n, k), not {self.loadings.shape}")
        _require_vector("specific_variance", self.specific_variance, n, at_least=0.0)
        _require(bool(np.isfinite(self.loadings).all()), "loadings must be finite")

    def variance(self, weights: Vector) -> float:
        """w'Sw: yearly variance of a portfolio."""
        exposure = self.loadings.T @ weights
        return float(exposure @ exposure + self.specific_variance @ weights**2)

    def times(self, weights: Vector) -> Vector:
        """(n,), Sw: yearly covariance of each symbol with a portfolio."""
        return self.loadings @ (self.loadings.T @ weights) + self.specific_variance * weights

    def volatilities(self) -> Vector:
        """(n,), yearly volatility of each symbol."""
        return np.sqrt(np.einsum("ij,ij->i", self.loadings, self.loadings) + self.specific_variance)


@dataclass(frozen=True, slots=True)
class Costs:
    """What a trade is forecast to cost, and what a short position costs to hold; positive hurts."""

    half_spread: Vector
    """(n,), fraction of the traded amount."""
    impact: Vector
    """(n,), coefficient c of the cost c * |z|^1.5 in fractions of NAV of a trade z; see `costs.impact_coefficients`."""
    fees: Vector
    """(n,), fraction of the traded amount."""
    short_fee_per_year: float = 0.0
    """Borrow fee, fraction of the shorted amount a year."""


@dataclass(frozen=True, slots=True)
class Sector:
    """Bounds on the sum of the signed weights of some symbols."""

    name: str
    members: Mask
    """(n,), true for its symbols."""
    minimum: float = -np.inf
    maximum: float = np.inf


@dataclass(frozen=True, slots=True)
class ScoreBound:
    """A bound on the weighted average of a score over the invested part, sum w_i (score_i - bound) over known scores.

    A symbol whose score is NaN is left out of the average on both sides: it can be held without limit from here.
    """

    scores: Vector
    """(n,), NaN where unknown."""
    bound: float


@dataclass(frozen=True, slots=True)
class Limits:
    """What a portfolio must satisfy; None or an infinity is no limit. No limit is ever relaxed silently.

    `cash_reserve` bounds 1 - sum(w) from below; trading costs are then paid out of cash. `no_buy` allows trades z <=
    0 only, `no_sell` z >= 0 only, `frozen` z = 0 only, `must_exit` w = 0 only: a symbol for which these, its bounds
    and `max_trade` leave nothing makes the problem infeasible, and the answer names the symbol and both limits.
    """

    lower: Vector
    """(n,), least weight."""
    upper: Vector
    """(n,), most weight."""
    long_only: bool = True
    max_gross: float = np.inf
    """Most sum of absolute weights."""
    min_net: float = -np.inf
    max_net: float = np.inf
    cash_reserve: float = 0.0
    max_turnover: float = np.inf
    """Most sum of absolute trades, buys plus sells."""
    max_trade: Vector | None = None
    """(n,), largest absolute trade from the share of average daily volume; inf where there is none."""
    sectors: tuple[Sector, ...] = ()
    esg: ScoreBound | None = None
    """At least this average score."""
    carbon: ScoreBound | None = None
    """At most this average intensity."""
    no_buy: Mask | None = None
    no_sell: Mask | None = None
    must_exit: Mask | None = None
    frozen: Mask | None = None


@dataclass(frozen=True, slots=True)
class Objective:
    """What is best among the portfolios that satisfy the limits.

    mean_variance      expected return - risk_aversion * variance - costs
    minimum_variance   - risk_aversion * variance - costs; set `min_net`, or the answer is cash
    risk_parity        as `track`, towards the long-only portfolio in which every symbol adds the same to the variance
    track              - risk_aversion * variance of (w - target_weights) - costs
    with costs = cost_aversion * trading cost / holding_period_years + short fee, all as fractions a year.
    """

    kind: ObjectiveKind
    risk_aversion: float = 5.0
    cost_aversion: float = 1.0
    holding_period_years: float = 1 / 12
    expected_return: Vector | None = None
    """(n,), yearly, above cash; None is no view. Used by mean_variance only."""
    target_weights: Vector | None = None
    """(n,), for `track`."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One portfolio decision. Raises ValueError, naming the field, where an array does not fit."""

    symbols: tuple[str, ...]
    current_weights: Vector
    """(n,)"""
    risk: RiskFactors
    costs: Costs
    limits: Limits
    objective: Objective

    def __post_init__(self) -> None:
        n = len(self.symbols)
        _require(n > 0, "a problem needs at least one symbol")
        _require(len(set(self.symbols)) == n, "symbols must be unique")
        _require(len(self.risk.loadings) == n, f"risk has {len(self.risk.loadings)} symbols, the problem {n}")
        _require_vector("current_weights", self.current_weights, n)
        _check_costs(self.costs, n)
        _check_limits(self.limits, n)
        _check_objective(self.objective, n)


@dataclass(frozen=True, slots=True)
class BindingLimit:
    """A limit that shaped the answer."""

    name: str
    subject: str
    """Symbol, sector, or `portfolio`."""
    value: float
    """Where the answer stands, in the limit's own unit."""
    bound: float
    dual: float
    """Yearly utility gained per unit by which the bound is loosened, never negative."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One solver that was tried."""

    solver: str
    status: str
    seconds: float
    message: str
    """Why the answer was taken or refused."""


@dataclass(frozen=True, slots=True)
class Solution:
    """The best portfolio, with what it is made of."""

    weights: Vector
    cash_weight: float
    objective: float
    """Yearly utility; more is better."""
    objective_terms: dict[str, float]
    """Signed parts of `objective`; they add up to it."""
    binding: tuple[BindingLimit, ...]
    solver: str
    attempts: tuple[Attempt, ...]
    timings: dict[str, float]
    """Seconds: `build` arrays, `compile` the program or set its parameters, `solve`, `explain`."""
    risk_yearly: float
    """Yearly volatility of the portfolio, as a fraction."""
    forecast_cost: float
    """Spread, impact and fees of getting there, fraction of NAV."""
    reference_weights: Vector | None = None
    """What `track` and `risk_parity` follow."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """One member of a minimal set of limits that no portfolio satisfies together."""

    limit: str
    subject: str
    needs: float | None
    """Bound that makes the set agree while all the others stand, in the limit's own unit; None where the limit is a
    list of symbols or no bound of it alone would do."""
    sentence: str


@dataclass(frozen=True, slots=True)
class Infeasible:
    """No portfolio satisfies the limits; current holdings stand."""

    conflicts: tuple[Conflict, ...]
    attempts: tuple[Attempt, ...] = field(default=())


class NoSolverAcceptedError(RuntimeError):
    """The limits agree, yet no solver returned a portfolio that keeps them; `attempts` says what each did."""

    def __init__(self, attempts: tuple[Attempt, ...]) -> None:
        self.attempts = attempts
        told = "; ".join(f"{a.solver}: {a.status}, {a.message}" for a in attempts)
        super().__init__(
            f"no solver returned an acceptable portfolio ({told}); check the scale of risk, costs and returns"
        )


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise ValueError(message)


def _require_vector(name: str, values: Vector | None, n: int, at_least: float = -np.inf, finite: bool = True) -> None:
    if values is None:
        return
    _require(values.shape == (n,), f"{name} must have shape ({n},), not {values.shape}")
    _require(not finite or bool(np.isfinite(values).all()), f"{name} must be finite")
    _require(not bool((values < at_least).any()), f"{name} must be at least {at_least:g}")


def _check_costs(costs: Costs, n: int) -> None:
    for name in ("half_spread", "impact", "fees"):
        _require_vector(f"costs.{name}", getattr(costs, name), n, at_least=0.0)
    _require(0 <= costs.short_fee_per_year < np.inf, "costs.short_fee_per_year must be finite and not negative")


def _check_limits(limits: Limits, n: int) -> None:
    _require_vector("limits.lower", limits.lower, n, finite=False)
    _require_vector("limits.upper", limits.upper, n, finite=False)
    _require_vector("limits.max_trade", limits.max_trade, n, at_least=0.0, finite=False)
    for name in ("lower", "upper", "max_trade"):
        values = getattr(limits, name)
        _require(values is None or not bool(np.isnan(values).any()), f"limits.{name} must not be NaN")
    for name in ("no_buy", "no_sell", "must_exit", "frozen"):
        _require_mask(f"limits.{name}", getattr(limits, name), n)
    for sector in limits.sectors:
        _require_mask(f"limits.sectors {sector.name}", sector.members, n)
    for name in ("esg", "carbon"):
        score = getattr(limits, name)
        _require_vector(f"limits.{name}", None if score is None else score.scores, n, finite=False)
        _require(score is None or bool(np.isfinite(score.bound)), f"limits.{name} needs a finite bound")
    bounded = np.isfinite(limits.lower).all() and np.isfinite(limits.upper).all()
    _require(
        limits.long_only or np.isfinite(limits.max_gross) or bool(bounded),
        "without long_only give max_gross or all bounds",
    )


def _require_mask(name: str, mask: Mask | None, n: int) -> None:
    _require(mask is None or (mask.shape == (n,) and mask.dtype == np.bool_), f"{name} must be {n} booleans")


def _check_objective(objective: Objective, n: int) -> None:
    _require(0 < objective.risk_aversion < np.inf, "risk_aversion must be positive")
    _require(0 <= objective.cost_aversion < np.inf, "cost_aversion must not be negative")
    _require(0 < objective.holding_period_years < np.inf, "holding_period_years must be positive")
    _require_vector("expected_return", objective.expected_return, n)
    _require_vector("target_weights", objective.target_weights, n)
    if objective.kind == "track":
        _require(objective.target_weights is not None, "objective track needs target_weights")
