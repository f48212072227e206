"""The step that writes the plan: every trade and non-trade, through the gate, under one hash."""

import json
from dataclasses import replace
from functools import partial
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.approval.cost_model import cost_findings, costs_in_use
from tasks.brokers.remarks import feed_remarks, findings_of
from tasks.checkpoints import StepResult, facts_of, run_once
from tasks.context import StepContext
from tasks.errors import NoPlanError
from tasks.market_data.market_figures import MarketFigures, market_figures
from tasks.market_data.spelling import respelled
from tasks.model.plan import Plan, PlanLine, Severity, of_shares
from tasks.model.plan_json import plan_hash, plan_to_json
from tasks.model.plan_records import PlanRecord
from tasks.model.typed_commands import lists_plan
from tasks.plan.build import LEAST_TRADE, build_plan, estimated, fitted_after_gate, held_back
from tasks.plan.check_context import CheckContext
from tasks.plan.check_figures import check_figures
from tasks.plan.experiment import with_draw
from tasks.plan.gather import gate_context, plan_inputs
from tasks.plan.inputs import PlanInputs
from tasks.plan.least_position import BELOW_LEAST_POSITION
from tasks.plan.limit_summary import judged_after_gate
from tasks.plan.line_words import few
from tasks.plan.plan_list import plan_list
from tasks.plan.plan_risk import risk_figures
from tasks.plan.plan_words import plan_artifact, summary_of_reason
from tasks.plan.pre_trade_checks import pass_gate
from tasks.quality.checks import check_plan, halt_on, plan_frame
from tasks.quality.data_docs import write_data_docs
from tasks.targets.formulate import estimate_risk
from tasks.targets.given_weights import given_weights
from tasks.wording import counted, dollars, short_hash


@task(name="orders", cache_policy=NO_CACHE, persist_result=False)
def orders(context: StepContext) -> dict[str, object]:
    """Raises: NoPlanError when the gate refuses the run as a whole."""
    return run_once(context, "orders", _orders)


def _orders(context: StepContext) -> StepResult:
    figures, moved = market_figures(context), facts_of(context, "drift")
    inputs = plan_inputs(context, figures, moved["trade_to"], moved["rule"])
    wished, passed, gate = _through_gate(context, figures, inputs)
    plan = judged_after_gate(fitted_after_gate(passed, inputs), wished, inputs)
    plan = with_draw(plan, inputs.execution.experiment)
    findings = [*plan.findings, *check_plan(plan_frame(_judged(plan, figures))).findings]
    findings += cost_findings(context, costs_in_use(context))
    findings += findings_of(feed_remarks(context.broker), context.broker.name)
    context.journal.cycles.record_findings(context.cycle, "orders", findings)
    write_data_docs(context.data_docs)
    _refuse_run(plan)
    halt_on(findings)
    named = plan_hash(plan)
    body = json.loads(plan_to_json(plan))
    context.journal.decisions.record_plan(PlanRecord(named, context.cycle_id, plan.revision, body, context.clock()))
    done = _summary_of(context, plan, named, risk_of(context, figures, plan))
    kept = {"checks": check_figures(plan, gate), "checked_at": gate.now.isoformat()}
    return replace(done, facts={**done.facts, **kept})


def _through_gate(context: StepContext, figures: MarketFigures, inputs: PlanInputs) -> tuple[Plan, Plan, CheckContext]:
    """The plan as it is wanted, and as the gate lets it through; made once more where that leaves cash to others.

    With what the gate knew of the world.
    """
    wished = build_plan(inputs)
    passed, gate = _asked(context, figures, inputs, wished)
    if not (most := held_back(wished, passed)):
        return wished, passed, gate
    wished = build_plan(inputs, most)
    return wished, *_asked(context, figures, inputs, wished)


def _asked(context: StepContext, figures: MarketFigures, inputs: PlanInputs, wished: Plan) -> tuple[Plan, CheckContext]:
    gate = gate_context(context, figures, inputs, wished)
    return pass_gate(wished, gate, partial(estimated, inputs)), gate


def _judged(plan: Plan, figures: MarketFigures) -> list[PlanLine]:
    """Every line but what is held beside the universe and has no price: it is not traded, and named as such."""
    return [line for line in plan.lines if line.side or line.decision_price or line.symbol in figures.symbols]


def _refuse_run(plan: Plan) -> None:
    """Raises: NoPlanError when the gate refuses the run as a whole."""
    refusals = [finding.message for finding in plan.findings if finding.severity is Severity.HALT]
    if refusals:
        raise NoPlanError("the gate refuses the whole run; holdings stand: " + "; ".join(refusals))


def risk_of(context: StepContext, figures: MarketFigures, plan: Plan) -> list[dict[str, Any]]:
    """Volatility and tracking error before and after the plan; nothing where no symbol was decided on."""
    if not figures.symbols:
        return []
    followed = respelled(given_weights(context.book.objective, context.base), figures.symbols)
    factors = estimate_risk(figures.returns, context.book.objective.risk_model)
    return risk_figures(plan, figures.symbols, factors, followed)


def _summary_of(context: StepContext, plan: Plan, named: str, risk: list[dict[str, Any]]) -> StepResult:
    limits, drift = facts_of(context, "optimize").get("limits", ()), facts_of(context, "drift")
    why = summary_of_reason(drift["sentence"], plan) if drift["trade"] else drift["sentence"]
    listed = plan_list(plan, risk, limits, why)
    totals = listed.totals
    held_back = [line for line in plan.lines if line.stands_over]
    still = len([line for line in plan.lines if line.side is None and line not in held_back])
    sentence = (
        f"{counted(totals.trades, 'trade')} (sell {dollars(totals.sell_usd, 0)}, buy "
        f"{dollars(totals.buy_usd, 0)}, forecast cost "
        f"{dollars(totals.cost_usd)}), "
        f"{counted(still, 'symbol stays as it is', 'symbols stay as they are')}{standing_over(plan)}"
        f"{''.join(f'; {remark.words}' for remark in feed_remarks(context.broker))}; plan {short_hash(named)}"
    )
    facts = {
        "plan_hash": named,
        "why": why,
        "trades": totals.trades,
        "risk": risk,
        "standing_over": {line.symbol: line.sentence for line in held_back},
    }
    return StepResult(sentence, facts, plan_artifact(listed, lists_plan(context.cycle)))


def standing_over(plan: Plan) -> str:
    """What gate or cash held back, for the sentence of the step; empty when they held back nothing."""
    left = [(x.reason, f"{x.symbol} {of_shares(x.standing_over)}") for x in plan.lines if x.standing_over]
    cut = [words for reason, words in left if reason != BELOW_LEAST_POSITION]
    unpaid = [words for reason, words in left if reason == BELOW_LEAST_POSITION]
    refused = [x.symbol for x in plan.lines if x.reason == "refused_by_gate" and not x.standing_over]
    words = "".join(f"; {found.message}" for found in plan.findings if found.check == LEAST_TRADE)
    words += f"; the gate lets stand over for the next session: {few(cut)}" if cut else ""
    words += f"; it refuses {few(refused)}" if refused else ""
    return words + (f"; for want of cash stand over for the next session: {few(unpaid)}" if unpaid else "")
