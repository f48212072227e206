"""States the book's objective and limits as the optimizer's problem: percent to fractions, names to masks. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from optimizer import risk
from optimizer.costs import impact_coefficients
from optimizer.problem import Costs, Limits, Objective, Problem, RiskFactors, ScoreBound, Sector
from tasks.book.targets import CostModelSettings, LimitSettings, ObjectiveSettings, RiskModelSettings
from tasks.model.cash_reserve import reserve_fraction

SESSIONS_A_YEAR = 252
LIQUID_USD = 1e12
"""Volume that makes impact vanish, for a book that neither has volumes nor assumes one."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What a decision is based on; everything is over `symbols` (n)."""

    symbols: tuple[str, ...]
    returns: NDArray[np.float64]
    """(T, n) daily."""
    current_weights: Mapping[str, float]
    outside_weight: float
    """Weight of holdings that are not decided on (not in the universe, or without data)."""
    adv_usd: Mapping[str, float | None]
    daily_volatility: Mapping[str, float]
    nav_usd: float
    sectors: Mapping[str, str]
    esg_scores: Mapping[str, float]
    carbon_intensities: Mapping[str, float]
    frozen: Collection[str]
    """Symbols that may not move: bad data, an unexplained break, or the restricted list."""
    target_weights: Mapping[str, float]
    """Fractions, for `track`."""


def state_problem(
    at: Situation, objective: ObjectiveSettings, costs: CostModelSettings, limits: LimitSettings, fee_fraction: float
) -> Problem:
    """The optimizer's problem of this book today; `fee_fraction` is a trade's commission per USD."""
    return Problem(
        symbols=at.symbols,
        current_weights=_vector(at.symbols, at.current_weights, 0.0),
        risk=estimate_risk(at.returns, objective.risk_model),
        costs=_costs(at, costs, fee_fraction),
        limits=_limits(at, costs, limits, not_in_the_model(at, objective, limits)),
        objective=_objective(at, objective),
    )


def estimate_risk(returns: NDArray[np.float64], model: RiskModelSettings) -> RiskFactors:
    """Yearly risk factors by the book's estimator."""
    if model.kind == "sample":
        return risk.sample(returns)
    if model.kind == "ewma":
        return risk.ewma(returns, model.halflife_sessions)
    if model.kind == "factor":
        return risk.factor(returns, min(model.factors, returns.shape[1] - 1, len(returns) - 1))
    return risk.ledoit_wolf(returns)


def expected_returns(at: Situation, objective: ObjectiveSettings) -> NDArray[np.float64]:
    """(n,) yearly, as fractions: no view, shrunk history, or what the book gives."""
    view = objective.expected_return
    if view.kind == "given":
        return _vector(at.symbols, {s: pct / 100 for s, pct in view.yearly_pct.items()}, 0.0)
    if view.kind == "zero":
        return np.zeros(len(at.symbols))
    means = at.returns.mean(axis=0) * SESSIONS_A_YEAR
    pull = view.shrink_to_mean_pct / 100
    return (1 - pull) * means + pull * means.mean()


def _objective(at: Situation, objective: ObjectiveSettings) -> Objective:
    tracks = objective.kind == "track"
    follows = tracks or objective.kind == "risk_parity"
    return Objective(
        kind=objective.kind,
        risk_aversion=objective.tracking_aversion if follows else objective.risk_aversion,
        cost_aversion=objective.cost_aversion,
        holding_period_years=objective.holding_period_sessions / SESSIONS_A_YEAR,
        expected_return=expected_returns(at, objective),
        target_weights=_vector(at.symbols, at.target_weights, 0.0) if tracks else None,
    )


def _costs(at: Situation, costs: CostModelSettings, fee_fraction: float) -> Costs:
    n = len(at.symbols)
    volume = np.array([at.adv_usd.get(s) or costs.assumed_adv_usd or LIQUID_USD for s in at.symbols])
    sigma = _vector(at.symbols, at.daily_volatility, 0.0)
    return Costs(
        half_spread=np.full(n, costs.half_spread_bps / 1e4),
        impact=impact_coefficients(sigma, volume, at.nav_usd, costs.impact_coefficient),
        fees=np.full(n, fee_fraction),
        short_fee_per_year=costs.short_fee_bps_per_year / 1e4,
    )


def _limits(at: Situation, costs: CostModelSettings, limits: LimitSettings, unwanted: Collection[str]) -> Limits:
    n = len(at.symbols)
    fraction = 1 / 100
    return Limits(
        lower=np.full(n, limits.min_weight_pct * fraction),
        upper=np.maximum(limits.max_weight_pct * fraction, passive_overweights(at, limits)),
        long_only=limits.long_only,
        max_gross=limits.max_gross_pct * fraction,
        min_net=limits.min_net_pct * fraction,
        max_net=limits.max_net_pct * fraction,
        # What is held outside the decision takes room that cash cannot take.
        cash_reserve=reserve_fraction(Decimal(str(at.nav_usd)), limits.cash_reserve_pct, limits.cash_reserve_usd)
        + at.outside_weight,
        max_turnover=np.inf if limits.max_turnover_pct is None else limits.max_turnover_pct * fraction,
        max_trade=_max_trade(at, costs, limits),
        sectors=tuple(_sector(at, name, b.min_pct, b.max_pct) for name, b in sorted(limits.sectors.items())),
        esg=_score(at.symbols, at.esg_scores, limits.min_esg_score),
        carbon=_score(at.symbols, at.carbon_intensities, limits.max_carbon_intensity),
        no_buy=_mask(at.symbols, {*limits.no_buy, *unwanted}),
        no_sell=_mask(at.symbols, limits.no_sell),
        must_exit=_mask(at.symbols, set(limits.must_exit) - set(at.frozen)),
        frozen=_mask(at.symbols, at.frozen),
    )


def not_in_the_model(at: Situation, objective: ObjectiveSettings, limits: LimitSettings) -> frozenset[str]:
    """Symbols that a tracking book has no weight for: they are sold, and never bought to hedge the others.

    Where a limit asks for something that the model may not have (a sector, a score, a least weight or sum), other names
    are how it is met, and none is excluded. A short is bought back all the same.
    """
    asked_for = (
        limits.min_esg_score is not None
        or limits.max_carbon_intensity is not None
        or limits.min_weight_pct > 0
        or limits.min_net_pct > 0
        or any(bound.min_pct > 0 for bound in limits.sectors.values())
    )
    if objective.kind != "track" or asked_for:
        return frozenset()
    return frozenset(s for s in at.symbols if not at.target_weights.get(s, 0.0) and at.current_weights.get(s, 0.0) >= 0)


def passive_overweights(at: Situation, limits: LimitSettings) -> NDArray[np.float64]:
    """(n,) current weight of each symbol that is above the cap and may not be sold; elsewhere minus infinity.

    The market, a break or bad data put it there and no trade of ours may mend it: the cap then holds it where it is,
    so that one such symbol does not stop the whole book.
    """
    cap = limits.max_weight_pct / 100
    stuck = set(at.frozen) | set(limits.no_sell)
    return np.array([w if s in stuck and (w := at.current_weights.get(s, 0.0)) > cap else -np.inf for s in at.symbols])


def _max_trade(at: Situation, costs: CostModelSettings, limits: LimitSettings) -> NDArray[np.float64] | None:
    if limits.max_adv_pct is None:
        return None
    volume = [at.adv_usd.get(s) or costs.assumed_adv_usd or np.inf for s in at.symbols]
    return np.array(volume) * limits.max_adv_pct / 100 / at.nav_usd


def _sector(at: Situation, name: str, low_pct: float, high_pct: float) -> Sector:
    members = np.array([at.sectors.get(symbol) == name for symbol in at.symbols])
    return Sector(name, members, low_pct / 100, high_pct / 100)


def _score(symbols: Sequence[str], scores: Mapping[str, float], bound: float | None) -> ScoreBound | None:
    return None if bound is None else ScoreBound(_vector(symbols, scores, np.nan), bound)


def _mask(symbols: Sequence[str], names: Collection[str]) -> NDArray[np.bool_]:
    return np.array([symbol in set(names) for symbol in symbols], dtype=bool)


def _vector(symbols: Sequence[str], values: Mapping[str, float], missing: float) -> NDArray[np.float64]:
    return np.array([values.get(symbol, missing) for symbol in symbols], dtype=float)
