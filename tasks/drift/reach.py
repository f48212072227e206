"""Which weights cannot move today, and why: asked of the plan's own sizing and of its gate, before drift decides."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from decimal import Decimal

from tasks.context import StepContext
from tasks.market_data.market_figures import market_figures
from tasks.model.plan import Plan, PlanLine, Severity
from tasks.plan.build import build_plan
from tasks.plan.check_context import CheckContext
from tasks.plan.gather import gate_context, plan_inputs
from tasks.plan.pre_trade_checks import pass_gate
from tasks.plan.remedies import REFUSED, REMEDIES

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
    stuck = {line.symbol: _without_symbol(line) for line in plan.lines if line.reason in REMEDIES}
    if context is None:
        return stuck
    passed = pass_gate(asked, replace(context, cash_usd=ANY_CASH))
    if any(finding.severity is Severity.HALT for finding in passed.findings):
        return stuck
    return stuck | {line.symbol: _without_symbol(line) for line in passed.lines if line.reason == REFUSED}


def _without_symbol(line: PlanLine) -> str:
    return line.sentence.removeprefix(f"{line.symbol}: ")
