"""The step that lets a plan through: by rule, by a person's yes, or not at all."""

import json

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.approval.verdict import Standing, answer, rule_says, turnover_pct, verdict
from tasks.checkpoints import Done, once
from tasks.context import Desk
from tasks.errors import NotApprovedError, WaitsForPersonError
from tasks.model.artifact import Artifact
from tasks.model.plan import Plan
from tasks.model.plan_json import plan_from_json
from tasks.wording import counted


@task(name="approve", cache_policy=NO_CACHE, persist_result=False)
def approve(desk: Desk) -> dict[str, object]:
    """Raises: NotApprovedError on a no or an expired yes; WaitsForPersonError while the question is open."""
    return once(desk, "approve", _approve)


def plan_of(desk: Desk) -> tuple[str, Plan]:
    """Hash and plan of the newest attempt. Raises: LookupError when there is none yet."""
    record = desk.journal.decisions.newest_plan(desk.cycle_id)
    if record is None:
        raise LookupError(f"{desk.cycle_id} has no plan yet; run it up to the plan first")
    return record.plan_hash, plan_from_json(json.dumps(record.body))


def _approve(desk: Desk) -> Done:
    plan_hash, plan = plan_of(desk)
    if not plan.trades:
        return Done("nothing to approve: no trades", {"plan_hash": plan_hash, "who": ""})
    now = desk.broker.now()
    rule = rule_says(desk.cycle.mode, plan, desk.book.approval)
    if rule and desk.journal.decisions.newest_answer(plan_hash) is None:
        yes = answer(plan_hash, approved=True, who="rule", note=rule, now=now, settings=desk.book.approval)
        desk.journal.decisions.record_approval(desk.cycle_id, yes)
    stands = verdict(desk.journal.decisions.newest_answer(plan_hash), plan_hash, now)
    if stands.standing is Standing.OPEN:
        raise WaitsForPersonError(
            f"{stands.sentence}: {counted(len(plan.trades), 'trade')}, {turnover_pct(plan):.1f} % turnover. "
            f"Say {_answered(desk, 'approve')} or {_answered(desk, 'refuse')}; silence means no"
        )
    if stands.standing is not Standing.YES:
        raise NotApprovedError(f"{stands.sentence}; holdings stand. Run the session again for a new plan")
    facts = {"plan_hash": plan_hash, "who": stands.sentence}
    return Done(stands.sentence, facts, Artifact("Approval", f"Plan `{plan_hash}`: {stands.sentence}"))


def _answered(desk: Desk, verb: str) -> str:
    """The command of a yes or a no to this plan."""
    kind = "" if desk.cycle.kind == "rebalance" else f" --{desk.cycle.kind}"
    return f'`steelyard {verb} {desk.book.book} --session {desk.session}{kind} --who "your name"`'
