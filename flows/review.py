"""End of day: compare with the broker once more, and write the report from what is on record now."""

from datetime import date
from pathlib import Path
from typing import Any, Literal

from prefect import flow

from flows.bootstrap import open_context
from flows.closed_day import closed_today
from flows.liquidate import as_planned
from flows.named_end import named_end
from flows.nothing_to_compare import When, nothing_to_compare, works_by_itself
from flows.open_breaks_card import show_open_breaks
from flows.order_summary import show_orders_of_the_day
from flows.outcome import cycle_summary
from flows.run_name import run_name
from flows.session_page.observer import session_page
from tasks.audit.anchor import anchor_head
from tasks.context import StepContext
from tasks.errors import ConfigError, LeaseHeldError
from tasks.execution.cancel_session import take_off_left
from tasks.execution.confirm import collect_again
from tasks.reconciliation.step import reconcile_again
from tasks.tca.step import report_again


@flow(name="review", flow_run_name=run_name, persist_result=False)
@named_end
def review(
    book: Path, session: date | None = None, kind: Literal["rebalance", "liquidation"] = "rebalance"
) -> dict[str, Any]:
    """Collect late fills, reconcile, and write the TCA report of a worked session anew.

    Args:
        book: the book file, e.g. books/demo.yaml
        session: trading date; empty means the newest session on record
        kind: `liquidation` for the one of that session
    """
    if closed := closed_today(book, session):
        return closed
    with (
        open_context(book, session, None, kind=kind, existing=True) as opened,
        session_page(opened, "review") as context,
    ):
        _must_be_worked(context)
        context = as_planned(context) if kind == "liquidation" else context
        take_off_left(context)
        collect_again(context)
        reconcile_again(context)
        report_again(context)
        show_orders_of_the_day(context)
        anchor_head(context)
        return cycle_summary(context.journal, context.cycle)


@flow(name="reconciliation", flow_run_name=run_name, persist_result=False)
@named_end
def reconciliation(book: Path, session: date | None = None, when: When = "now") -> dict[str, Any]:
    """Compare the ledger with the broker and lock what differs; nothing is traded.

    Args:
        book: the book file, e.g. books/demo.yaml
        session: trading date; empty means the newest session on record
        when: `now`, or only `while_open`: outside the exchange's hours, and while a run works the book, it ends green
    """
    if over := closed_today(book, session) or nothing_to_compare(book, when):
        return over
    try:
        return _compared(book, session)
    except LeaseHeldError as held:
        return works_by_itself(book, when, held)


def _compared(book: Path, session: date | None) -> dict[str, Any]:
    with open_context(book, session, None, existing=True) as opened, session_page(opened, "reconciliation") as context:
        take_off_left(context)
        collect_again(context)
        reconcile_again(context)
        show_open_breaks(context)
        return cycle_summary(context.journal, context.cycle)


def _must_be_worked(context: StepContext) -> None:
    if context.journal.cycles.checkpoint(context.cycle, "reconcile") is None:
        raise ConfigError(
            f"session {context.session} of {context.book.book} has not been worked to its end; run the rebalance first"
        )
