"""A small desk for order tests: a book in domain words, everything else at its usual value."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from tasks.book.execution import ExecutionSettings
from tasks.book.orders import GateSettings, OrderSettings
from tasks.book.targets import CostModelSettings
from tasks.model.orders import Side
from tasks.model.plan import CostEstimate, Plan, PlanLine
from tasks.plan.build import build_plan
from tasks.plan.costs import cost_forecast
from tasks.plan.inputs import OrderFigures, PlanInputs

SESSION = date(2022, 12, 28)
DECIDED_AT = datetime(2022, 12, 28, 14, 0, tzinfo=UTC)


def costs_nothing(order: OrderFigures) -> CostEstimate:
    """The forecast of a market that trades at the decision price, without a commission: `estimate=costs_nothing`."""
    return CostEstimate(0.0, 0.0, 0.0, f"{order.symbol} costs nothing")


def inputs_for(
    want: Mapping[str, float],
    *,
    prices: Mapping[str, Any],
    held: Mapping[str, Any] | None = None,
    cash: Any = 0,
    orders: OrderSettings | None = None,
    **more: Any,
) -> PlanInputs:
    """A book that holds `held` shares and `cash`, and wants the weights `want`; NAV is what that is worth."""
    shares = {symbol: Decimal(str(n)) for symbol, n in (held or {}).items()}
    quoted = {symbol: Decimal(str(price)) for symbol, price in prices.items()}
    cash = Decimal(str(cash))
    nav = cash + sum((n * quoted.get(symbol, Decimal(0)) for symbol, n in shares.items()), Decimal(0))
    weights = {symbol: float(n * quoted.get(symbol, Decimal(0)) / nav) for symbol, n in shares.items()}
    settings = orders or OrderSettings(min_trade_usd=Decimal(0))
    usual: dict[str, Any] = {
        "book": "core",
        "account": "main",
        "session": SESSION,
        "revision": 1,
        "decided_at": DECIDED_AT,
        "nav_usd": nav,
        "cash_usd": cash,
        "settled_cash_usd": cash,
        "universe": tuple(want),
        "holdings": shares,
        "decision_prices": quoted,
        "desired_weights": dict(want),
        "current_weights": weights,
        "target_weights": dict(want),
        "adv_shares": dict.fromkeys(quoted, 1e7),
        "half_spread_bps": dict.fromkeys(quoted, 2.0),
        "sigma_daily": dict.fromkeys(quoted, 0.015),
        "estimate": cost_forecast(settings, CostModelSettings()),
        "share_step": Decimal(1),
        "cash_reserve_pct": 0.0,
        "orders": settings,
        "gate": GateSettings(),
        "execution": ExecutionSettings(),
    }
    return PlanInputs(**{**usual, **more})


def plan_for(want: Mapping[str, float], **book: Any) -> Plan:
    return build_plan(inputs_for(want, **book))


def line_of(plan: Plan, symbol: str) -> PlanLine:
    (line,) = [line for line in plan.lines if line.symbol == symbol]
    return line


def traded(plan: Plan) -> dict[str, Decimal]:
    """Signed shares by symbol, trades only."""
    return {line.symbol: line.shares * (1 if line.side is Side.BUY else -1) for line in plan.trades}
