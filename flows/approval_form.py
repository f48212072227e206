"""The question a plan asks in the Prefect UI: a form on the suspended run, answered like `steelyard approve`."""

from prefect.flow_runs import suspend_flow_run
from prefect.input import RunInput
from prefect.runtime import deployment, flow_run
from pydantic import Field, create_model

from tasks.approval.step import plan_of
from tasks.approval.verdict import ApprovalState, answer, rule_says, turnover_pct, verdict
from tasks.context import StepContext, StepEvent
from tasks.model.desk_event import APPROVAL_WANTED, DeskEvent
from tasks.model.plan import Severity
from tasks.wording import counted

SHORTEST = 12
"""Characters of a plan's hash that name it beyond doubt."""


class PlanApproval(RunInput):
    """No field says yes by itself. The server holds a form against this and takes none that nobody signed."""

    approve: bool = Field(default=False, description="Tick to let exactly this plan trade; leave empty to refuse it.")
    plan_hash: str = Field(default="", description="First 12 characters (or more) of the plan's hash.")
    who: str = Field(pattern=r"\S", description="Your name, as it will stand in the record; without it nothing counts.")
    note: str = Field(default="", description="Why, if there is something to say.")


def form_for(plan_hash: str, question: str) -> type[PlanApproval]:
    """The form of one plan: filled in for it, and refused by the server for any other."""
    named = Field(
        default=plan_hash[:SHORTEST],
        pattern=f"^{plan_hash[:SHORTEST]}",
        description=f"The plan that is answered, {plan_hash[:SHORTEST]}; its lines are in the run's artifacts.",
    )
    form = create_model(PlanApproval.__name__, plan_hash=(str, named), __base__=PlanApproval)
    return form.with_initial_data(description=question)


def ask_in_ui(context: StepContext) -> None:
    """In a deployment's run whose plan needs a person: suspend the run until the form or the command answers.

    Outside a deployment there is no form, and the approve step says which command to use. A run that nobody resumes
    within `ask_timeout_min` ends as Unanswered (`flows/desk/automations.py`): silence means no.
    """
    plan_hash, plan = plan_of(context)
    answered = verdict(context.journal.decisions.newest_answer(plan_hash), plan_hash, context.broker.now())
    if (
        not plan.trades
        or rule_says(context.cycle.mode, plan, context.book.approval)
        or answered.standing is not ApprovalState.OPEN
        or not deployment.id  # asked last: outside a deployment Prefect looks it up over the network
    ):
        return
    is_new = context.journal.decisions.request(plan_hash) is None  # a run that is resumed comes here again
    context.journal.decisions.record_request(plan_hash, str(flow_run.id), context.clock())
    context.journal.cycles.set_status(context.cycle_id, "waiting", answered.sentence, context.clock())
    question = (
        f"**{context.book.book}, {context.session}**: {counted(len(plan.trades), 'trade')}, "
        f"{turnover_pct(plan):.1f} % turnover. "
        f"Plan `{plan_hash[:SHORTEST]}`; its lines are in the run's artifacts. Silence means no."
    )
    if is_new:
        asks = how_to_answer(context.book.book, plan_hash, context.book.approval.ask_timeout_min)
        context.observer(StepEvent("approve", "waiting", asks))
        context.announce([DeskEvent(APPROVAL_WANTED, asks, Severity.WARN, figures={"plan_hash": plan_hash})])
    form = suspend_flow_run(
        wait_for_input=form_for(plan_hash, question),
        timeout=context.book.approval.ask_timeout_min * 60,
        key=f"approve-{plan_hash[:SHORTEST]}",
    )
    _record(context, plan_hash, form)
    context.journal.cycles.set_status(context.cycle_id, "running", "", context.clock())


def how_to_answer(book: str, plan_hash: str, minutes: float) -> str:
    """For the log of a run that waits: its page calls the button Resume, for a no as well as for a yes."""
    return (
        f"plan {plan_hash[:SHORTEST]} waits for a person: press Resume on this page, fill in the form and submit it, "
        f'with Approve on for a yes or off for a no; or steelyard approve {book} --who "your name", or refuse. '
        f"After {minutes:g} minutes silence means no"
    )


def is_an_answer(form: PlanApproval, plan_hash: str) -> bool:
    """Whether somebody signed it, for this plan. The server takes no other; a run that got one goes on waiting."""
    return bool(form.who.strip()) and len(form.plan_hash) >= SHORTEST and plan_hash.startswith(form.plan_hash)


def _record(context: StepContext, plan_hash: str, form: PlanApproval) -> None:
    """Write the form's answer down as it was given, unless the command has answered in the meantime.

    One that answers nothing is not recorded: the question stays open, and the approve step says so.
    """
    if not is_an_answer(form, plan_hash) or context.journal.decisions.newest_answer(plan_hash) is not None:
        return
    said = answer(
        plan_hash,
        approved=form.approve,
        who=form.who,
        note=form.note,
        now=context.broker.now(),
        settings=context.book.approval,
    )
    context.journal.decisions.record_approval(context.cycle_id, said)
