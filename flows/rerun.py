"""Steps of a session done again by a person's word, which is on record first; never a second order."""

from datetime import date
from pathlib import Path
from typing import Any, cast

from prefect import flow
from prefect.runtime import flow_run

from flows.begin_rerun import begin_rerun
from flows.bootstrap import open_context
from flows.cancel_run import cancel_orders
from flows.named_end import named_end
from flows.outcome import cycle_summary
from flows.prefect_run import current_run, run_log
from flows.rebalance import rebalance
from flows.run_name import AGAIN
from flows.session_page.observer import session_page
from tasks.audit.anchor import anchor_head
from tasks.book.model import Mode
from tasks.context import StepContext
from tasks.execution.cancel_session import take_off_left
from tasks.execution.confirm import collect_again
from tasks.model.cycle import Cycle
from tasks.model.rerun_rules import ENDING, FromStep
from tasks.reconciliation.step import reconcile_again
from tasks.tca.step import report_again

SHOWN_AS = {"confirm": "collect"}
"""Late fills of a worked session, as the page of a review calls them."""


def _named() -> str:
    given = flow_run.parameters
    return f"{Path(given['book']).stem} {given['session']}{AGAIN}{given['from_step']} by {given['who']}"


@flow(name="rerun", flow_run_name=_named, persist_result=False, on_cancellation=[cancel_orders])
@named_end
def rerun(book: Path, session: date, from_step: FromStep, who: str, because: str) -> dict[str, Any]:
    """Do the steps of a session again, from one on. What was ordered stands: it is never ordered a second time.

    Args:
        book: the book file, e.g. books/demo.yaml
        session: trading date of the session, e.g. 2022-12-28
        from_step: download to orders decide anew while nothing was ordered, and keep what the steps before it found;
            waves goes on with the orders on record; confirm, reconcile and report look once more at a worked session
        who: your name, as it stands in the record
        because: why it is done again
    """
    cycle = begin_rerun(book, session, from_step, who, because)
    if current_run() is not None:
        run_log().warning("session %s of %s again from %s, says %s: %s", session, cycle.book, from_step, who, because)
    if from_step in ENDING:
        told = _ended_again(book, session, from_step)
        if told["status"] == "done":
            return told
    return _worked(book, cycle)


def _worked(book: Path, cycle: Cycle) -> dict[str, Any]:
    """In this run, not in one below it: its state, its page and its Cancel are those of the session."""
    return rebalance.fn(book, cycle.session, cast("Mode", cycle.mode))


def _ended_again(book: Path, session: date, from_step: FromStep) -> dict[str, Any]:
    """The last steps once more beside the chain, each from what the ones before it have on record now."""
    first = SHOWN_AS.get(from_step, from_step)
    with (
        open_context(book, session, None, existing=True) as opened,
        session_page(opened, "review", first=first) as context,
    ):
        take_off_left(context)
        for step in ENDING[ENDING.index(from_step) :]:
            _again(context, step)
        anchor_head(context)
        return cycle_summary(context.journal, context.cycle)


def _again(context: StepContext, step: FromStep) -> None:
    {"confirm": collect_again, "reconcile": reconcile_again, "report": report_again}[step](context)
