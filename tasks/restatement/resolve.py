"""A session's decision made again on given bars: targets, drift rule and orders, without the gate, recorded nowhere."""

# pandas ships no stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pandas as pd

from tasks.approval.cost_model import costs_in_use
from tasks.checkpoints import facts_of
from tasks.context import StepContext
from tasks.drift.step import decision_on, missed_day
from tasks.errors import BadDataError, NoPlanError
from tasks.market_data.decision_prices import PRICE_PLACES, decision_prices
from tasks.market_data.frames import symbols_in
from tasks.market_data.market_figures import MarketFigures, figures_of
from tasks.model.orders import Side
from tasks.model.plan import Plan
from tasks.plan.build import build_plan
from tasks.plan.gather import plan_inputs
from tasks.targets.step import outside_weights, situation_with, solved, with_cash

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Decided:
    """What a session comes to on some bars; empty, with `stopped`, where nothing can be decided on them."""

    nav_usd: Decimal
    targets: Mapping[str, float]
    shares: Mapping[str, Decimal]
    """Signed, of every trade."""
    prices: Mapping[str, Decimal]
    costs_usd: Mapping[str, float]
    """Forecast of every trade."""
    stopped: str = ""


def decided_on(context: StepContext, frame: pd.DataFrame, before: pd.DataFrame) -> Decided:
    """The decision of the session on the bars of `frame`; holdings are as recorded, valued at their closes.

    `before` are the bars that the recorded prices came from: what was put on them since (a split that was missed, a
    price that a person named) stays. Locks, frozen symbols and costs are the session's own. The gate is not asked: its
    quotes were of that moment.
    """
    known = set(symbols_in(frame.loc[frame["close"].notna()]))
    symbols = tuple(s for s in facts_of(context, "check")["symbols"] if s in known)
    held = _held(context, frame, before)
    try:
        figures = figures_of(context, frame, symbols)
        targets, plan = _plan(context, figures, held)
    except (BadDataError, NoPlanError) as stop:
        return Decided(Decimal(held["nav_usd"]), {}, {}, {}, {}, str(stop).splitlines()[0])
    return Decided(
        nav_usd=plan.nav_usd,
        targets=targets,
        shares={x.symbol: x.shares if x.side is Side.BUY else -x.shares for x in plan.trades},
        prices={x.symbol: x.decision_price for x in plan.lines},
        costs_usd={x.symbol: x.estimate.total_usd for x in plan.trades if x.estimate},
    )


def _held(context: StepContext, frame: pd.DataFrame, before: pd.DataFrame) -> dict[str, Any]:
    """The facts of the holdings, with prices and value as the bars have them."""
    facts = facts_of(context, "holdings")
    prices = {s: Decimal(p) for s, p in facts["prices"].items()}
    was, now = decision_prices(before, symbols_in(before)), decision_prices(frame, symbols_in(frame))
    moved = {s: (prices[s] * now[s] / was[s]).quantize(PRICE_PLACES) for s in prices if _moves(s, was, now)}
    shares = {s: Decimal(n) for s, n in facts["positions"].items()}
    gained = sum((shares[s] * (price - prices[s]) for s, price in moved.items() if s in shares), ZERO)
    return {
        **facts,
        "prices": {s: str(price) for s, price in (prices | moved).items()},
        "nav_usd": str(Decimal(facts["nav_usd"]) + gained),
    }


def _moves(symbol: str, was: Mapping[str, Decimal], now: Mapping[str, Decimal]) -> bool:
    return symbol in was and symbol in now and was[symbol] > 0 and was[symbol] != now[symbol]


def _plan(context: StepContext, figures: MarketFigures, held: dict[str, Any]) -> tuple[dict[str, float], Plan]:
    """Target weights and plan, by the same functions as the session's own steps."""
    situation = situation_with(context, figures, held)
    _, answer = solved(context, figures, situation, costs_in_use(context))
    weights = with_cash(situation, answer, outside_weights(held, figures))
    targets = {symbol: target for symbol, (_, target) in weights.items()}
    moved = decision_on(context, held, weights, missed_day(context))()
    trade_to = {line.symbol: line.trade_to for line in moved.lines}
    inputs = plan_inputs(context, figures, trade_to, moved.rule, decided_at=context.cycle.created_at)
    unquoted = held.get("unquoted", ())
    return targets, build_plan(
        replace(
            inputs,
            nav_usd=Decimal(held["nav_usd"]),
            decision_prices={s: Decimal(p) for s, p in held["prices"].items() if s not in unquoted},
            current_weights={symbol: current for symbol, (current, _) in weights.items()},
            target_weights=targets,
        )
    )
