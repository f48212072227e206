"""The question a plan asks in the Prefect UI: a form on the suspended run, answered like `steelyard approve`.

What was answered is in the journal alone. A run whose pause was lost, with its server or by a cancel, loses no answer:
the next run of the session finds it, or asks again.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal

from prefect.context import FlowRunContext
from prefect.flow_runs import suspend_flow_run
from prefect.input import RunInput
from prefect.runtime import deployment, flow_run
from pydantic import Field, create_model

from flows.approval_question import question_of
from tasks.approval.single_orders import ALL, NONE, REST, OrderWords, single_orders, understood, wants_each
from tasks.approval.step import plan_of
from tasks.approval.verdict import ApprovalState, Verdict, answer, rule_says, said_yes, standing_of
from tasks.context import StepContext, StepEvent
from tasks.model.desk_event import APPROVAL_WANTED, DeskEvent
from tasks.model.plan import Plan, Severity
from tasks.model.plan_records import HELD, Approval
from tasks.plan.recorded_list import recorded_list
from tasks.wording import SHORT_HASH, person, short_hash, spoken


class PlanApproval(RunInput):
    """No field says yes by itself. The server holds a form against this and takes none that nobody signed."""

    decision: Literal["approve", "refuse", "hold"] = Field(
        description="approve: exactly this plan trades. refuse: it never does. hold: not yet, it asks again."
    )
    who: str = Field(pattern=r"\S", description="Your name, as it will stand in the record; without it nothing counts.")
    note: str = Field(default="", description="Why; needed where an order is struck out.")
    single: str = Field(default=NONE, description="No order of this plan has to be named; leave it as it is.")
    strike: str = Field(
        default=NONE, description="Orders that do not go: symbols with commas, `rest` for all that are not named above."
    )
    plan_hash: str = Field(default="", description="First 12 characters (or more) of the plan's hash.")


def form_for(
    plan_hash: str, question: str, symbols: Sequence[str] = (), singles: Collection[str] = ()
) -> type[PlanApproval]:
    """The form of one plan: filled in for it, and refused by the server for any other and for orders it does not have.

    `symbols` are its orders; where there are `singles`, a person has to say which of them go.
    """
    named = Field(
        default=short_hash(plan_hash),
        pattern=f"^{short_hash(plan_hash)}",
        description="The plan that is answered; leave it as it is.",
    )
    strike = Field(
        default=NONE,
        pattern=_one_of((NONE, ALL, REST), symbols),
        description=PlanApproval.model_fields["strike"].description,
    )
    single = Field(
        default=... if singles else NONE,
        pattern=_one_of((NONE, ALL), symbols),
        description=_WHICH if singles else PlanApproval.model_fields["single"].description,
    )
    form = create_model(
        PlanApproval.__name__,
        plan_hash=(str, named),
        single=(str, single),
        strike=(str, strike),
        __base__=PlanApproval,
    )
    return form.with_initial_data(description=question)


_WHICH = (
    "Which of the orders that must be named go: `all`, or symbols with commas; `none` beside refuse or hold. "
    "What nobody names is not sent."
)


def _one_of(words: Sequence[str], symbols: Sequence[str]) -> str:
    """A pattern for one of these words, or for symbols with commas or spaces between."""
    symbol = "|".join(re.escape(each) for each in symbols)
    choices = [*words, *([f"({symbol})([\\s,;]+({symbol}))*"] if symbols else [])]
    return rf"^\s*({'|'.join(choices)})\s*$"


def ask_in_ui(context: StepContext) -> None:
    """In a deployment's run whose plan needs a person: suspend the run until the form or the command answers.

    A form that holds the plan, that nobody signed, or the first of two is followed by another. Outside a deployment
    there is no form, and the approve step says which command to use. A run that nobody resumes within
    `ask_timeout_min` ends as Unanswered (`flows/desk/automations.py`): silence means no.
    """
    plan_hash, plan = plan_of(context)
    if (
        not plan.trades
        or rule_says(context.cycle.mode, plan, context.book.approval)
        or stands(context, plan_hash).standing is not ApprovalState.OPEN
        or not deployment.id  # asked last: outside a deployment Prefect looks it up over the network
    ):
        return
    is_new = context.journal.decisions.request(plan_hash) is None  # a run that is resumed comes here again
    context.journal.decisions.record_request(plan_hash, str(flow_run.id), context.clock())
    if is_new:
        asks = how_to_answer(context.book.book, plan_hash, context.book.approval.ask_timeout_min)
        context.observer(StepEvent("approve", "waiting", asks))
        context.announce([DeskEvent(APPROVAL_WANTED, asks, Severity.WARN, figures={"plan_hash": plan_hash})])
    singles, problem = single_orders(context.cycle, plan, context.book.approval), ""
    for name in _question_names(plan_hash):
        open_still = stands(context, plan_hash)
        if open_still.standing is not ApprovalState.OPEN:
            break
        context.journal.cycles.set_status(context.cycle_id, "waiting", open_still.sentence, context.clock())
        form = suspend_flow_run(
            wait_for_input=form_for(
                plan_hash,
                _question(context, plan_hash, open_still, problem, singles),
                [line.symbol for line in plan.trades],
                singles,
            ),
            timeout=context.book.approval.ask_timeout_min * 60,
            key=name,
        )
        problem = record_form(context, plan_hash, form, plan, singles)
    context.journal.cycles.set_status(context.cycle_id, "running", "", context.clock())


def stands(context: StepContext, plan_hash: str) -> Verdict:
    """By what is on record now."""
    said = context.journal.decisions.answers(plan_hash)
    return standing_of(said, plan_hash, context.broker.now(), context.book.approval)


def question_names(plan_hash: str, asked: frozenset[str]) -> Iterator[str]:
    """Names of one question after the other, of which the server has `asked` some of this run: a run that was resumed
    reads the answer to the last of them first.
    """
    first = f"approve-{short_hash(plan_hash)}"
    number = max(sum(name.startswith(first) for name in asked) - 1, 0)
    while True:
        yield f"{first}-{number}" if number else first
        number += 1


def _question_names(plan_hash: str) -> Iterator[str]:
    running = FlowRunContext.get()
    policy = running.flow_run.empirical_policy if running is not None and running.flow_run is not None else None
    return question_names(plan_hash, frozenset((policy and policy.pause_keys) or ()))


def _question(
    context: StepContext, plan_hash: str, open_still: Verdict, problem: str, singles: Mapping[str, str]
) -> str:
    listed = recorded_list(context.journal, context.cycle)
    assert listed is not None, "the plan is on record"
    said = open_still.sentence if context.journal.decisions.answers(plan_hash) else ""
    now = context.broker.now()
    return question_of(listed, context.book.approval, now, said, singles=singles, problem=problem)


def how_to_answer(book: str, plan_hash: str, minutes: float) -> str:
    """For the log of a run that waits: its page calls the button Resume, for a no as well as for a yes."""
    return (
        f"plan {short_hash(plan_hash)} waits for a person: press Resume on this page, choose approve, refuse or hold, "
        f'sign and submit; or steelyard approve {book} --who "your name", with --refuse or --hold for those. '
        f"After {minutes:g} minutes silence means no"
    )


def is_an_answer(form: PlanApproval, plan_hash: str) -> bool:
    """Whether somebody signed it, for this plan. The server takes no other; a run that got one asks again."""
    return bool(spoken(form.who)) and len(form.plan_hash) >= SHORT_HASH and plan_hash.startswith(form.plan_hash)


def record_form(
    context: StepContext, plan_hash: str, form: PlanApproval, plan: Plan, singles: Mapping[str, str]
) -> str:
    """Write the form's answer down as it was given, unless it is on record already.

    One that answers nothing is not recorded: the question stays open. Returns why, where the form is to be filled in
    otherwise.
    """
    known = context.journal.decisions.answers(plan_hash)
    now = context.broker.now()
    is_open = stands(context, plan_hash).standing is ApprovalState.OPEN
    if not is_an_answer(form, plan_hash) or not is_open or _was_said(known, form):
        return ""
    if form.decision == "approve" and person(form.who) in said_yes(known, now):
        return ""  # the second of two people is still wanted
    said_of_orders = (
        words_of(form, plan, singles, is_manual=wants_each(context.cycle))
        if form.decision == "approve"
        else OrderWords()
    )
    if said_of_orders.problem:
        return said_of_orders.problem
    said = answer(
        plan_hash,
        approved=form.decision == "approve",
        held=form.decision == "hold",
        who=form.who,
        note=form.note,
        now=now,
        settings=context.book.approval,
        orders=said_of_orders.orders,
    )
    context.journal.decisions.record_approval(context.cycle_id, said)
    return ""


def words_of(form: PlanApproval, plan: Plan, singles: Mapping[str, str], *, is_manual: bool) -> OrderWords:
    """What a yes on the form says of single orders."""
    symbols = [line.symbol for line in plan.trades]
    return understood(form.single, form.strike, form.note, symbols=symbols, singles=singles, is_manual=is_manual)


def _was_said(known: tuple[Approval, ...], form: PlanApproval) -> bool:
    """A run that fell over after it had read its form reads it again."""
    last = known[-1:]
    return form.decision == "hold" and [(one.decision, one.who, one.note) for one in last] == [
        (HELD, spoken(form.who), spoken(form.note))
    ]
