"""What an order is forecast to cost, and the most it can cost in commission however it is worked."""

from dataclasses import replace
from decimal import Decimal
from functools import lru_cache

import numpy as np

from optimizer.costs import forecast_cost, impact_coefficients
from optimizer.problem import Costs
from tasks.book.orders import OrderSettings
from tasks.book.targets import CostModelSettings
from tasks.model.money import rounded
from tasks.model.orders import Algorithm
from tasks.model.plan import CostEstimate, PlanLine
from tasks.plan.algorithm import by_size, choose_algorithm
from tasks.plan.experiment import experiment_of
from tasks.plan.inputs import CostForecast, OrderFigures, PlanInputs

SINGLE = frozenset({Algorithm.IMMEDIATE, Algorithm.AT_OPEN, Algorithm.AT_CLOSE})


def wished_algorithm(inputs: PlanInputs, trade: PlanLine) -> Algorithm:
    """What the book wants, whether the broker takes such orders or not."""
    return choose_algorithm(trade.symbol, *_size(inputs, trade), inputs.execution)


def planned_algorithm(inputs: PlanInputs, trade: PlanLine) -> Algorithm:
    """What the book wants; an auction that the broker does not take is traded through the day instead, by size."""
    wished = wished_algorithm(inputs, trade)
    return by_size(*_size(inputs, trade)) if wished in inputs.not_taken else wished


def drawn_algorithm(inputs: PlanInputs, trade: PlanLine) -> tuple[str, Algorithm]:
    """The experiment that drew the trade's algorithm, empty without one, and the algorithm it is worked by."""
    planned = planned_algorithm(inputs, trade)
    return experiment_of(inputs.execution, inputs.session, trade.symbol, trade.side, planned)


def algorithm_of(inputs: PlanInputs, trade: PlanLine) -> Algorithm:
    """What works the trade: what the book's experiment draws, else what the book wants and the broker takes."""
    return drawn_algorithm(inputs, trade)[1]


def _size(inputs: PlanInputs, trade: PlanLine) -> tuple[float | None, float]:
    """As fractions of the average daily volume (None: unknown) and of the net asset value."""
    share_of_adv = float(trade.shares) / trade.adv_shares if trade.adv_shares else None
    return share_of_adv, float(trade.notional_usd / inputs.nav_usd)


def children_of(inputs: PlanInputs, trade: PlanLine) -> int:
    """Child orders the trade is planned in: one, or one a wave; never more than it has tradable steps."""
    planned = 1 if algorithm_of(inputs, trade) in SINGLE else inputs.execution.waves
    return max(min(planned, int(trade.shares / inputs.share_step)), 1)


def most_children(inputs: PlanInputs, trade: PlanLine) -> int:
    """Child orders that the trade may come to, each with a commission of its own: the planned ones and a sweep."""
    return children_of(inputs, trade) + 1


def most_fees(inputs: PlanInputs, trade: PlanLine) -> Decimal:
    """USD: the commission of the trade in as many child orders as it may come to."""
    return inputs.orders.commission.at_most(trade.shares, most_children(inputs, trade))


def most_cost(inputs: PlanInputs, trade: PlanLine) -> Decimal:
    """USD to keep cash for: the forecast cost as the plan shows it, to the cent, or the most fees if those are more."""
    children = children_of(inputs, trade)
    fees = inputs.orders.commission.at_most(trade.shares, children + 1)
    return max(fees, rounded(Decimal(repr(_forecast(inputs, trade, children).total_usd))))


def forecast_of(inputs: PlanInputs, trade: PlanLine) -> CostEstimate:
    """What the trade is forecast to cost at its size, worked as the book wants it."""
    return _forecast(inputs, trade, children_of(inputs, trade))


def _forecast(inputs: PlanInputs, trade: PlanLine, children: int) -> CostEstimate:
    figures = OrderFigures(
        symbol=trade.symbol,
        shares=trade.shares,
        price=trade.decision_price,
        children=children,
        adv_shares=trade.adv_shares,
        half_spread_bps=inputs.half_spread_bps.get(trade.symbol),
        sigma_daily=inputs.sigma_daily.get(trade.symbol),
    )
    return inputs.estimate(figures)


def cost_forecast(orders: OrderSettings, costs: CostModelSettings, version: str = "") -> CostForecast:
    """A forecast bound to a book's settings, as `PlanInputs.estimate` wants it; `version` names calibrated ones."""

    def forecast(order: OrderFigures) -> CostEstimate:
        found = estimate_cost(order, orders, costs)
        return replace(found, model=f"{found.model}, {version}") if version else found

    return forecast


def estimate_cost(order: OrderFigures, orders: OrderSettings, costs: CostModelSettings) -> CostEstimate:
    """USD an order is expected to cost; positive hurts, and `model` says which parts are assumed or unknown.

    Spread: half the spread of the notional x. Impact: b * sigma * x^1.5 / V^0.5, with V the daily volume in USD and
    sigma of one day. Fees: per share, and at least the least commission for every child order.
    Without a volume (and none assumed in the book) or a volatility, the impact is unknown: zero, and said so.
    """
    notional = float(order.shares * order.price)
    half_spread_bps = costs.half_spread_bps if order.half_spread_bps is None else order.half_spread_bps
    adv_usd = _adv_usd(order, costs)
    sigma = order.sigma_daily
    known = adv_usd is not None and sigma is not None
    impact = _impact(sigma, adv_usd, costs.impact_coefficient) if adv_usd is not None and sigma is not None else 0.0
    # With a NAV of one dollar the trade in fractions of NAV is the trade in dollars.
    parts = forecast_cost(
        np.array([notional]), Costs(np.array([half_spread_bps / 1e4]), np.array([impact]), np.zeros(1))
    )
    return CostEstimate(
        spread_usd=float(parts.spread[0]),
        impact_usd=float(parts.impact[0]),
        fees_usd=float(orders.commission.of(order.shares, order.children)),
        model=_model(order, costs, known),
    )


@lru_cache(maxsize=4096)
def _impact(sigma: float, adv_usd: float, b: float) -> float:
    """The coefficient in USD of one symbol; it is asked for at every size that is tried."""
    return float(impact_coefficients(np.array([sigma]), np.array([adv_usd]), 1.0, b)[0])


def _adv_usd(order: OrderFigures, costs: CostModelSettings) -> float | None:
    if order.adv_shares:
        return order.adv_shares * float(order.price)
    return costs.assumed_adv_usd


def _model(order: OrderFigures, costs: CostModelSettings, known: bool) -> str:
    is_assumed = order.half_spread_bps is None and costs.model == "assumed"
    spread = "assumed half spread" if is_assumed else "half spread"
    if not known:
        return f"{spread} + fees; impact unknown (no volume or volatility)"
    volume = "V" if order.adv_shares else "assumed V"
    return f"{spread} + {costs.impact_coefficient:.6g} sigma x^1.5 / {volume}^0.5 + fees"
