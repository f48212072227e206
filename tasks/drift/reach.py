"""Which weights cannot move today, and why: asked of the plan's own sizing and of its gate, before drift decides."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from decimal import Decimal

from tasks.context import StepContext
from tasks.market_data.market_figures import market_figures
from tasks.model.locks import Lock
from tasks.model.plan import Plan, PlanLine, Severity
from tasks.plan.build import build_plan
from tasks.plan.check_context import CheckContext
from tasks.plan.gather import gate_context, plan_inputs
from tasks.plan.pre_trade_checks import pass_gate

ANOTHER_TARGET = "give the symbol another target"
REMEDIES: Mapping[str, str] = {
    Lock.BREAK.value: "explain the break",
    Lock.SPLIT.value: "mend data.actions_path, or explain what the broker shows",
    Lock.COMPANY_EVENT.value: "book what came of it, or decide in limits.no_buy or limits.must_exit",
    Lock.WRITTEN_OFF.value: "take the write-off back once it trades again",
    "bad_data": "mend the data, or take the symbol out of the universe",
    "restricted": "take it off risk.restricted, or give the symbol another target",
    "no_price": "bring a price for it, or take the symbol out of the universe",
    "no_buy": "take it off limits.no_buy, or lower its target",
    "no_sell": "take it off limits.no_sell, or raise its target",
    "below_share_step": "give it a target that whole shares can meet",
    "limit_in_the_way": f"loosen that limit, or {ANOTHER_TARGET}",
    "below_minimum_trade": f"lower orders.min_trade_usd, or {ANOTHER_TARGET}",
}
"""Reasons for a non-trade that tomorrow's market does not mend by itself, each with what a person can do."""
HELD: Mapping[str, str] = {
    "restricted": "take it off risk.restricted, or sell it by hand",
    "no_price": "bring a price for it, or sell it by hand",
    "below_share_step": "give it a target that whole shares can meet, or sell the rest by hand",
    "below_minimum_trade": "lower orders.min_trade_usd, or sell it by hand",
}
"""The same for what is held and not wanted."""
REFUSED = "refused_by_gate"
AT_THE_GATE: Mapping[str, str] = {
    "order_size": f"loosen risk.max_order_nav_pct or risk.max_order_usd, or {ANOTHER_TARGET}",
    "participation": f"loosen risk.max_participation_pct, or {ANOTHER_TARGET}",
    "concentration": f"loosen risk.max_position_pct, or {ANOTHER_TARGET}",
    "run_turnover": f"loosen risk.max_run_turnover_pct, or {ANOTHER_TARGET}",
    "run_orders": f"loosen risk.max_run_orders, or {ANOTHER_TARGET}",
    "price_collar": "loosen risk.price_collar_pct, or plan again once prices are nearer to those decided on",
    "quote": "wait for a live quote",
    "duplicate": "cancel the order that works in it, or wait for its end",
    "market_open": "start before its market ends",
    "not_taken": "send what the broker takes: choose execution.algorithm and execution.child_order by it",
}
"""The same for what the gate refuses, by its check."""
LOOK = "look at what the gate names"
ANY_CASH = Decimal(10) ** 15
"""The gate is asked what it makes of each order by itself: cash is the plan's question."""


def what_cannot_move(context: StepContext, targets: Mapping[str, float], outside: Collection[str]) -> dict[str, str]:
    """By symbol, why a trade to its target is none, with the remedy. The gate is asked for those `outside` alone."""
    figures = market_figures(context)
    inputs = plan_inputs(context, figures, targets, "")
    plan = build_plan(inputs)
    asked = replace(plan, lines=tuple(line for line in plan.trades if line.symbol in outside), findings=())
    return cannot_move(plan, asked, gate_context(context, figures, inputs, asked) if asked.lines else None)


def cannot_move(plan: Plan, asked: Plan, context: CheckContext | None) -> dict[str, str]:
    """The same from what was gathered; pure. A run that is refused as a whole says nothing of a single line."""
    stuck = {line.symbol: _summary_of(line, REMEDIES[line.reason]) for line in plan.lines if line.reason in REMEDIES}
    if context is None:
        return stuck
    passed = pass_gate(asked, replace(context, cash_usd=ANY_CASH))
    if any(finding.severity is Severity.HALT for finding in passed.findings):
        return stuck
    refused_for = {finding.symbol: finding.check for finding in passed.findings}
    refused = [line for line in passed.lines if line.reason == REFUSED]
    return stuck | {x.symbol: _summary_of(x, AT_THE_GATE.get(refused_for[x.symbol], LOOK)) for x in refused}


def _summary_of(line: PlanLine, remedy: str) -> str:
    """Why it is not traded, and what can be done."""
    too_much = line.holding_shares > 0 and line.target_weight <= line.current_weight
    remedy = HELD.get(line.reason, remedy) if too_much else remedy
    return f"{line.sentence.removeprefix(f'{line.symbol}: ')} ({remedy})"
