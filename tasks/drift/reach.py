"""Which weights cannot move today, and why: asked of the plan's own sizing and of its gate, before drift decides."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from decimal import Decimal

from tasks.context import StepContext
from tasks.market_data.market_figures import market_figures
from tasks.model.locks import Lock
from tasks.model.plan import Plan, Severity
from tasks.plan.build import build_plan
from tasks.plan.check_context import GateContext
from tasks.plan.gather import gate_context, plan_inputs
from tasks.plan.pre_trade_checks import pass_gate

REMEDIES: Mapping[str, str] = {
    Lock.BREAK.value: "explain the break",
    Lock.SPLIT.value: "mend data.actions_path, or explain what the broker shows",
    Lock.COMPANY_EVENT.value: "book what came of it, or decide in limits.no_buy or limits.must_exit",
    Lock.WRITTEN_OFF.value: "take the write-off back once it trades again",
    "bad_data": "mend the data, or take the symbol out of the universe",
    "restricted": "take it off risk.restricted, or sell it by hand",
    "no_price": "bring a price for it, or sell it by hand",
    "no_buy": "take it off limits.no_buy, or lower its target",
    "no_sell": "take it off limits.no_sell, or raise its target",
    "below_share_step": "give it a target that whole shares can meet, or sell the rest by hand",
    "limit_in_the_way": "loosen that limit, or give the symbol another target",
    "below_minimum_trade": "lower orders.min_trade_usd, or sell it by hand",
    "refused_by_gate": "loosen what the gate names, or give the symbol another target",
}
"""Reasons for a non-trade that tomorrow's market does not mend by itself, each with what a person can do."""
ANY_CASH = Decimal(10) ** 15
"""The gate is asked what it makes of each order by itself: cash is the plan's question."""


def what_cannot_move(context: StepContext, targets: Mapping[str, float], outside: Collection[str]) -> dict[str, str]:
    """By symbol, why a trade to its target is none, with the remedy. The gate is asked for those `outside` alone."""
    inputs = plan_inputs(context, market_figures(context), targets, "")
    plan = build_plan(inputs)
    asked = replace(plan, lines=tuple(line for line in plan.trades if line.symbol in outside), findings=())
    return cannot_move(plan, asked, gate_context(context, market_figures(context), asked) if asked.lines else None)


def cannot_move(plan: Plan, asked: Plan, context: GateContext | None) -> dict[str, str]:
    """The same from what was gathered; pure. A run that is refused as a whole says nothing of a single line."""
    lines = [line for line in plan.lines if line.side is None]
    if context is not None:
        passed = pass_gate(asked, replace(context, cash_usd=ANY_CASH))
        if not any(finding.severity is Severity.HALT for finding in passed.findings):
            lines += [line for line in passed.lines if line.side is None]
    return {
        line.symbol: f"{line.sentence.removeprefix(f'{line.symbol}: ')} ({REMEDIES[line.reason]})"
        for line in lines
        if line.reason in REMEDIES
    }
