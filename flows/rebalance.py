"""The story of a session: from yesterday's prices to today's reconciled trades and their cost."""

from pathlib import Path
from typing import Any, Literal

from prefect import flow

from flows.approval_form import ask_in_ui
from flows.bootstrap import open_context
from flows.cancel_run import cancel_orders
from flows.closed_day import closed_today
from flows.named_end import named_end
from flows.no_next import no_next_session
from flows.outcome import ended, summary
from flows.run_name import run_name
from flows.session_page.observer import session_page
from flows.sessions import AskedInForm
from tasks.approval.step import approve
from tasks.book.model import Mode
from tasks.drift.step import drift
from tasks.execution.cancel_session import obey_cancel
from tasks.execution.confirm import confirm
from tasks.execution.step import execute_waves, recover, schedule_orders
from tasks.holdings.step import holdings
from tasks.market_data.step import download
from tasks.plan.step import orders
from tasks.quality.step import check
from tasks.reconciliation.step import reconcile
from tasks.targets.step import optimize
from tasks.tca.step import report


@flow(name="rebalance", flow_run_name=run_name, persist_result=False, on_cancellation=[cancel_orders])
@named_end
def rebalance(
    book: Path,
    session: AskedInForm = None,
    mode: Mode | None = None,
    until: Literal["plan", "report"] = "report",
) -> dict[str, Any]:
    """Bring one book to its target weights, and prove what was done.

    Args:
        book: the book file, e.g. books/demo.yaml
        session: trading date, e.g. 2022-12-28; `next` is the session after the last finished one; empty means the
            newest session of the book's data, or where the book replays the one it has come to
        mode: research (plan only), manual (ask a person), semi_auto, full_auto; empty means what the book says
        until: `plan` stops before anything is approved or sent; `report` does the whole chain

    A finished session is not repeated: its summary is returned again; where no next one is left, that is said. One that
    a person cancelled after its orders were made goes on only when a person resumes it.
    """
    if over := closed_today(book, session) or no_next_session(book, session, mode, until):
        return over
    plans = until == "plan"
    with (
        open_context(book, session, mode, planning=plans) as opened,
        session_page(opened, planning=plans) as context,
        ended(context),
    ):
        if context.cycle.status == "done":
            return summary(context, already=True)
        recover(context)
        obey_cancel(context)
        download(context)
        check(context)
        holdings(context)
        optimize(context)
        drift(context)
        orders(context)
        if context.cycle.mode == "research" or until == "plan":
            return summary(context)
        ask_in_ui(context)
        approve(context)
        schedule_orders(context)
        execute_waves(context)
        confirm(context)
        reconcile(context)
        report(context)
        return summary(context)
