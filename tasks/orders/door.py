"""The step that writes the plan: every trade and non-trade, through the gate, under one hash."""

import json
from decimal import Decimal

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.artifacts import Artifact
from tasks.desk import Desk
from tasks.errors import NoPlanError
from tasks.journal.decisions import PlanRecord
from tasks.orders.gate import pass_gate
from tasks.orders.gathering import gate_context, plan_inputs
from tasks.orders.plan import build_plan
from tasks.orders.plan_json import plan_hash, plan_to_json
from tasks.quality.check import check_plan, halt_on, plan_frame, write_data_docs
from tasks.steps import Done, facts_of, once
from tasks.targets.figures import market_figures
from tasks.terms import Plan, Severity


@task(name="orders", cache_policy=NO_CACHE, persist_result=False)
def orders(desk: Desk) -> dict[str, object]:
    """Raises: NoPlanError when the gate refuses the run as a whole."""
    return once(desk, "orders", _orders)


def _orders(desk: Desk) -> Done:
    figures, moved = market_figures(desk), facts_of(desk, "drift")
    wished = build_plan(plan_inputs(desk, figures, moved["trade_to"], moved["rule"]))
    plan = pass_gate(wished, gate_context(desk, figures, wished))
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
