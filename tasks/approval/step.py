"""The step that lets a plan through: by rule, by a person's yes, or not at all."""

import json
from collections.abc import Mapping

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.approval.refused import REFUSED_ORDERS
from tasks.approval.single_orders import order_lines, single_orders, unsent_orders
from tasks.approval.verdict import ApprovalState, Verdict, answer, rule_says, standing_of, turnover_pct
from tasks.checkpoints import StepResult, run_once
from tasks.context import StepContext
from tasks.errors import NotApprovedError, WaitsForPersonError
from tasks.model.artifact import Artifact
from tasks.model.plan import Plan
from tasks.model.plan_json import plan_from_json
from tasks.wording import counted


@task(name="approve", cache_policy=NO_CACHE, persist_result=False)
def approve(context: StepContext) -> dict[str, object]:
    """Raises: NotApprovedError on a no or an expired yes; WaitsForPersonError while the question is open."""
    return run_once(context, "approve", _approve)


def plan_of(context: StepContext) -> tuple[str, Plan]:
    """Hash and plan of the newest attempt. Raises: LookupError when there is none yet."""
    record = context.journal.decisions.newest_plan(context.cycle_id)
    if record is None:
        raise LookupError(f"{context.cycle_id} has no plan yet; run it up to the plan first")
    return record.plan_hash, plan_from_json(json.dumps(record.body))


def _approve(context: StepContext) -> StepResult:
    plan_hash, plan = plan_of(context)
    if not plan.trades:
        return StepResult("nothing to approve: no trades", {"plan_hash": plan_hash, "who": ""})
    now = context.broker.now()
    rule = rule_says(context.cycle.mode, plan, context.book.approval)
    if rule and context.journal.decisions.newest_answer(plan_hash) is None:
        yes = answer(plan_hash, approved=True, who="rule", note=rule, now=now, settings=context.book.approval)
        context.journal.decisions.record_approval(context.cycle_id, yes)
    stands = standing_of(context.journal.decisions.answers(plan_hash), plan_hash, now, context.book.approval)
    if stands.standing is ApprovalState.OPEN:
        raise WaitsForPersonError(
            f"{stands.sentence}: {counted(len(plan.trades), 'trade')}, {turnover_pct(plan):.1f} % turnover"
            f"{_singly(context, plan)}. "
            f"Say {_answered(context, 'approve', plan)} or {_answered(context, 'refuse', plan)}; silence means no"
        )
    if stands.standing is not ApprovalState.YES:
        raise NotApprovedError(f"{stands.sentence}; holdings stand. Run the session again for a new plan")
    left = unsent(context, plan_hash, plan)
    sentence = "; ".join([stands.sentence, *left.values()])
    facts = {"plan_hash": plan_hash, "who": stands.sentence, REFUSED_ORDERS: left}
    return StepResult(sentence, facts, _card(plan_hash, plan, stands, left))


def unsent(context: StepContext, plan_hash: str, plan: Plan) -> dict[str, str]:
    """Symbols of an approved plan whose orders do not go, by what is on record now, each with its sentence."""
    settings = context.book.approval
    said = context.journal.decisions.answers(plan_hash)
    return unsent_orders(plan, said, single_orders(context.cycle, plan, settings), settings, context.broker.now())


def _card(plan_hash: str, plan: Plan, stands: Verdict, left: Mapping[str, str]) -> Artifact:
    rows = [
        {
            "symbol": line.symbol,
            "side": str(line.side),
            "shares": line.shares,
            "USD": line.notional_usd,
            "goes": left.get(line.symbol, "yes"),
        }
        for line in plan.trades
    ]
    return Artifact("Approval", f"Plan `{plan_hash}`: {stands.sentence}", rows if left else [])


def _singly(context: StepContext, plan: Plan) -> str:
    """Which orders go only when a person names them."""
    singles = single_orders(context.cycle, plan, context.book.approval)
    return f"; to be named one by one (all, or symbols): {order_lines(plan, singles)}" if singles else ""


def _answered(context: StepContext, verb: str, plan: Plan) -> str:
    """The command of a yes or a no to this plan."""
    kind = "" if context.cycle.kind == "rebalance" else f" --{context.cycle.kind}"
    singly = verb == "approve" and bool(single_orders(context.cycle, plan, context.book.approval))
    named = " --single all" if singly else ""
    return f'`steelyard {verb} {context.book.book} --session {context.session}{kind}{named} --who "your name"`'
