"""The step that writes the plan: every trade and non-trade, through the gate, under one hash."""

import json
from decimal import Decimal

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.artifacts import Artifact
from tasks.desk import Desk
from tasks.errors import NoPlanError
from tasks.execution.kinds import auctions_not_taken, closing_step, planned_step
from tasks.journal.decisions import PlanRecord
from tasks.orders.estimate import cost_forecast
from tasks.orders.gate import GateContext, pass_gate
from tasks.orders.inputs import PlanInputs
from tasks.orders.plan import build_plan
from tasks.orders.plan_json import plan_hash, plan_to_json
from tasks.quality.check import check_plan, halt_on, plan_frame, write_data_docs
from tasks.steps import Done, facts_of, once
from tasks.targets.figures import MarketFigures, market_figures
from tasks.terms import Plan, Severity


@task(name="orders", cache_policy=NO_CACHE, persist_result=False)
def orders(desk: Desk) -> dict[str, object]:
    """Raises: NoPlanError when the gate refuses the run as a whole."""
    return once(desk, "orders", _orders)


def _orders(desk: Desk) -> Done:
    figures = market_figures(desk)
    wished = build_plan(_inputs(desk, figures))
    plan = pass_gate(wished, _gate(desk, figures, wished))
    findings = [*plan.findings, *check_plan(plan_frame(plan.lines)).findings]
    desk.journal.cycles.record_findings(desk.cycle, "orders", findings)
    write_data_docs(desk.data_docs)
    _refuse_run(plan)
    halt_on(findings)
    named = plan_hash(plan)
    body = json.loads(plan_to_json(plan))
    desk.journal.decisions.record_plan(PlanRecord(named, desk.cycle_id, plan.revision, body, desk.clock()))
    return _told(plan, named)


def _refuse_run(plan: Plan) -> None:
    """Raises: NoPlanError when the gate refuses the run as a whole."""
    refusals = [finding.message for finding in plan.findings if finding.severity is Severity.HALT]
    if refusals:
        raise NoPlanError("the gate refuses the whole run; holdings stand: " + "; ".join(refusals))


def _told(plan: Plan, named: str) -> Done:
    buys = sum((line.notional_usd for line in plan.trades if line.side and line.side.sign > 0), Decimal(0))
    sells = sum((line.notional_usd for line in plan.trades if line.side and line.side.sign < 0), Decimal(0))
    still = len(plan.lines) - len(plan.trades)
    forecast = sum(line.estimate.total_usd for line in plan.trades if line.estimate)
    sentence = (
        f"{len(plan.trades)} trades (sell ${sells:,.0f}, buy ${buys:,.0f}, forecast cost ${forecast:,.2f}), "
        f"{still} symbols stay as they are; plan {named[:12]}"
    )
    rows = [
        {
            "symbol": line.symbol,
            "side": line.side or "-",
            "shares": line.shares,
            "price": line.decision_price,
            "algorithm": line.algorithm or "",
            "cost USD": f"{line.estimate.total_usd:.2f}" if line.estimate else "",
            "reason": line.reason,
            "why": line.sentence,
        }
        for line in plan.lines
    ]
    return Done(sentence, {"plan_hash": named, "trades": len(plan.trades)}, Artifact(f"Plan {named}", sentence, rows))


def _inputs(desk: Desk, figures: MarketFigures) -> PlanInputs:
    held, moved = facts_of(desk, "holdings"), facts_of(desk, "drift")
    weights = desk.journal.cycles.targets(desk.cycle)
    book = desk.book
    return PlanInputs(
        book=book.book,
        account=desk.account,
        session=desk.session,
        revision=desk.revision,
        decided_at=desk.broker.now(),
        nav_usd=Decimal(held["nav_usd"]),
        cash_usd=Decimal(held["cash_usd"]),
        settled_cash_usd=Decimal(held["cash_usd"]),
        universe=figures.symbols,
        holdings={s: Decimal(n) for s, n in held["positions"].items()},
        decision_prices={s: Decimal(p) for s, p in held["prices"].items()},
        desired_weights={s: w for s, w in moved["trade_to"].items() if s in figures.symbols},
        current_weights={s: current for s, (current, _) in weights.items()},
        target_weights={s: target for s, (_, target) in weights.items()},
        adv_shares=figures.adv_shares,
        half_spread_bps=dict.fromkeys(figures.symbols, book.costs.half_spread_bps),
        sigma_daily=figures.daily_volatility,
        estimate=cost_forecast(book.orders, book.costs),
        share_step=planned_step(desk.broker.capabilities, fractional=book.orders.fractional),
        closing_step=closing_step(desk.broker.capabilities),
        cash_reserve_pct=book.limits.cash_reserve_pct,
        orders=book.orders,
        gate=book.risk,
        execution=book.execution,
        drift_rule=moved["rule"],
        locked=held["locked"],
        frozen=facts_of(desk, "check")["frozen"],
        must_exit=book.limits.must_exit,
        no_buy=book.limits.no_buy,
        no_sell=book.limits.no_sell,
        long_only=book.limits.long_only,
        not_taken=auctions_not_taken(desk.broker.capabilities),
    )


def _gate(desk: Desk, figures: MarketFigures, plan: Plan) -> GateContext:
    opens, closes = desk.broker.session_hours(desk.session)
    held = facts_of(desk, "holdings")
    return GateContext(
        gate=desk.book.risk,
        orders=desk.book.orders,
        nav_usd=plan.nav_usd,
        cash_usd=plan.cash_usd,
        positions={s: Decimal(n) for s, n in held["positions"].items()},
        quotes=desk.broker.quotes([line.symbol for line in plan.trades]),
        now=desk.broker.now(),
        opens=opens,
        closes=closes,
        data_age_sessions=figures.age_sessions - 1,
        max_data_age_sessions=desk.book.data.max_age_sessions,
        working={order.symbol for order in desk.broker.open_orders()},
        long_only=desk.book.limits.long_only,
        execution=desk.book.execution,
        capabilities=desk.broker.capabilities,
    )
