"""The question a plan asks in the Prefect UI: a form on the suspended run, answered like `steelyard approve`."""

from prefect.flow_runs import suspend_flow_run
from prefect.input import RunInput
from prefect.runtime import deployment, flow_run
from pydantic import Field

from tasks.approval.deciding import Standing, answer, rule_says, turnover_pct, verdict
from tasks.approval.door import plan_of
from tasks.desk import Desk


class PlanApproval(RunInput):
    """Every field's default says no: a form that cannot be read must never approve."""

    approve: bool = Field(default=False, description="Tick to let exactly this plan trade; leave empty to refuse it.")
    plan_hash: str = Field(
        default="", description="First 12 characters (or more) of the plan's hash, from the plan's artifact."
    )
    who: str = Field(default="", description="Your name, as it will stand in the record.")
    note: str = Field(default="", description="Why, if there is something to say.")


def ask_in_ui(desk: Desk) -> None:
    """In a deployment's run whose plan needs a person: suspend the run until the form or the command answers.

    Outside a deployment there is no form, and the approve step says which command to use. A run that nobody resumes
    within `ask_timeout_min` is failed by the Prefect server: silence means no.
    """
    plan_hash, plan = plan_of(desk)
    answered = verdict(desk.journal.decisions.newest_answer(plan_hash), plan_hash, desk.broker.now())
    if (
        not plan.trades
        or rule_says(desk.cycle.mode, plan, desk.book.approval)
        or answered.standing is not Standing.OPEN
        or not deployment.id  # asked last: outside a deployment Prefect looks it up over the network
    ):
        return
    desk.journal.decisions.record_request(plan_hash, str(flow_run.id), desk.clock())
    desk.journal.cycles.set_status(desk.cycle_id, "waiting", answered.sentence, desk.clock())
    question = (
        f"**{desk.book.book}, {desk.session}**: {len(plan.trades)} trades, {turnover_pct(plan):.1f} % turnover. "
        f"Plan `{plan_hash}`; its lines are in the run's artifacts. Silence means no."
    )
    form = suspend_flow_run(
        wait_for_input=PlanApproval.with_initial_data(description=question, plan_hash=plan_hash[:12]),
        timeout=desk.book.approval.ask_timeout_min * 60,
        key=f"approve-{plan_hash[:12]}",
    )
    _record(desk, plan_hash, form)


def _record(desk: Desk, plan_hash: str, form: PlanApproval) -> None:
    """Write the form's answer down, unless the command has answered in the meantime."""
    if desk.journal.decisions.newest_answer(plan_hash) is not None:
        return
    same = len(form.plan_hash) >= 12 and plan_hash.startswith(form.plan_hash)
    note = form.note if same or not form.approve else f"the form named plan {form.plan_hash or '(none)'}"
    said = answer(
        plan_hash,
        approved=form.approve and same and bool(form.who.strip()),
        who=form.who.strip() or "someone at the form without a name",
        note=note,
        now=desk.broker.now(),
        settings=desk.book.approval,
    )
    desk.journal.decisions.record_approval(desk.cycle_id, said)
