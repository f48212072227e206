"""Gathers what a plan is made of, and what its gate knows of the world, for whoever asks: the plan, or the drift."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from tasks.approval.cost_model import costs_in_use
from tasks.checkpoints import facts_of
from tasks.context import StepContext
from tasks.market_data import calendar
from tasks.market_data.market_figures import MarketFigures
from tasks.market_data.universe import by_symbol, load_universe
from tasks.model.plan import Plan
from tasks.orders.order_kinds import auctions_not_taken, closing_step, planned_step
from tasks.plan.book_limits import Facts
from tasks.plan.check_context import CheckContext, with_totals
from tasks.plan.costs import cost_forecast, most_children
from tasks.plan.inputs import PlanInputs
from tasks.plan.session_totals import totals_of_session


def plan_inputs(
    context: StepContext,
    figures: MarketFigures,
    trade_to: Mapping[str, float],
    rule: str,
    decided_at: datetime | None = None,
) -> PlanInputs:
    """What a plan toward these weights is made of; `rule` is the code of the drift rule that made the book trade.

    It is decided now, by the broker's clock, unless `decided_at` says when it was.
    """
    held = facts_of(context, "holdings")
    weights = context.journal.cycles.targets(context.cycle)
    book, costs = context.book, costs_in_use(context)
    return PlanInputs(
        book=book.book,
        account=context.account,
        session=context.session,
        revision=context.revision,
        decided_at=decided_at or context.broker.now(),
        nav_usd=Decimal(held["nav_usd"]),
        cash_usd=Decimal(held["cash_usd"]),
        settled_cash_usd=Decimal(held["cash_usd"]),
        universe=figures.symbols,
        holdings={s: Decimal(n) for s, n in held["positions"].items()},
        decision_prices={s: Decimal(p) for s, p in held["prices"].items() if s not in held.get("unquoted", ())},
        desired_weights={s: w for s, w in trade_to.items() if s in figures.symbols},
        current_weights={s: current for s, (current, _) in weights.items()},
        target_weights={s: target for s, (_, target) in weights.items()},
        adv_shares=figures.adv_shares,
        half_spread_bps=dict.fromkeys(figures.symbols, costs.settings.half_spread_bps),
        sigma_daily=figures.daily_volatility,
        estimate=cost_forecast(book.orders, costs.settings, costs.name),
        share_step=planned_step(context.broker.capabilities, fractional=book.orders.fractional),
        closing_step=closing_step(context.broker.capabilities),
        cash_reserve_pct=book.limits.cash_reserve_pct,
        cash_reserve_usd=book.limits.cash_reserve_usd,
        limits=book.limits,
        facts=universe_facts(context),
        orders=book.orders,
        gate=book.risk,
        execution=book.execution,
        drift_rule=rule,
        locked=held["locked"],
        locked_by=held.get("locked_by", {}),
        frozen=facts_of(context, "check")["frozen"],
        must_exit=book.limits.must_exit,
        no_buy=book.limits.no_buy,
        no_sell=book.limits.no_sell,
        long_only=book.limits.long_only,
        cost_model=costs.used,
        not_taken=auctions_not_taken(context.broker.capabilities),
    )


def universe_facts(context: StepContext) -> Facts:
    """Sectors and scores, as far as the universe names them."""
    universe = load_universe(context.book.universe, context.base)
    return Facts(*(by_symbol(universe, column) for column in ("sector", "esg_score", "carbon_intensity")))


def last_close(context: StepContext) -> datetime | None:
    """Close of the session before, UTC, while this one has not opened; nobody asks for it afterwards."""
    opens, _ = context.broker.session_hours(context.session)
    if context.broker.now() >= opens:
        return None
    exchange = context.book.exchange
    return calendar.session_hours(calendar.previous_session(context.session, exchange), exchange)[1]


def gate_context(context: StepContext, figures: MarketFigures, inputs: PlanInputs, plan: Plan) -> CheckContext:
    """What the gate knows of the world now: asked of the broker for the plan's trades alone.

    What the book has traded in this session already, by whichever plan, is used up.
    """
    opens, closes = context.broker.session_hours(context.session)
    held = facts_of(context, "holdings")
    known = CheckContext(
        gate=context.book.risk,
        orders=context.book.orders,
        nav_usd=plan.nav_usd,
        cash_usd=plan.cash_usd,
        reserve_usd=inputs.reserve_usd,
        positions={s: Decimal(n) for s, n in held["positions"].items()},
        quotes=context.broker.quotes([line.symbol for line in plan.trades]),
        now=context.broker.now(),
        opens=opens,
        closes=closes,
        last_close=last_close(context),
        data_age_sessions=figures.age_sessions - 1,
        max_data_age_sessions=context.book.data.max_age_sessions,
        working={order.symbol for order in context.broker.open_orders()},
        long_only=context.book.limits.long_only,
        least_position_pct=context.book.limits.min_position_pct,
        execution=context.book.execution,
        capabilities=context.broker.capabilities,
        most_children={line.symbol: most_children(inputs, line) for line in plan.trades},
    )
    return with_totals(known, totals_of_session(context))
