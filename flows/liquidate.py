"""Bringing a book to zero, and what a halt does about orders that no process minds any more."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from prefect import flow

from flows.alerts.halt_events import is_practice
from flows.approval_form import ask_in_ui
from flows.bootstrap import open_context
from flows.cancel_run import cancel_orders
from flows.named_end import named_end
from flows.outcome import ended, summary
from flows.run_name import run_name
from flows.session_page.observer import session_page
from tasks.approval.step import approve, plan_of
from tasks.approval.verdict import answer
from tasks.context import StepContext
from tasks.errors import BrokerError, ConfigError, LeaseError
from tasks.execution.cancel_session import obey_cancel
from tasks.execution.confirm import confirm
from tasks.execution.step import execute_waves, recover, schedule_orders
from tasks.liquidation.step import (
    cancel_other_cycles,
    decided_anew_if_moved,
    must_not_be_halted,
    plan_liquidation,
    read_positions,
    set_reducing,
)
from tasks.liquidation.window import Window, in_a_wide_band, worked_in
from tasks.model.cycle import Cycle
from tasks.model.desk_event import liquidation_begun
from tasks.model.order_states import WORKING
from tasks.orders.collect import cancel_working, collect
from tasks.reconciliation.step import reconcile
from tasks.tca.step import report
from tasks.wording import spoken


@flow(name="liquidate", flow_run_name=run_name, persist_result=False, on_cancellation=[cancel_orders])
@named_end
def liquidate(
    book: Path,
    who: str,
    because: str,
    session: date | None = None,
    symbols: tuple[str, ...] = (),
    approval: Literal["by_name", "manual"] = "by_name",
    until: Literal["plan", "report"] = "report",
) -> dict[str, Any]:
    """Bring positions to zero from now to the close: longs are sold, shorts bought back.

    Args:
        book: the book file, e.g. books/demo.yaml
        who: the person who liquidates; their word approves exactly this plan
        because: why; it stands in the plan
        session: trading date; empty means the newest session of the book's data
        symbols: only these; empty means everything
        approval: `by_name` takes the word of `who`; `manual` asks another person, in the UI or by `steelyard approve`
        until: `plan` shows the plan; `report` works it to the end

    Afterwards the book is `reducing` until somebody resumes it, so that no rebalance buys back what was sold.
    """
    who, because = _named(who, "who"), _named(because, "because")
    with (
        open_context(book, session, "manual", kind="liquidation") as opened,
        session_page(opened, planning=until == "plan") as context,
        ended(context),
    ):
        if context.cycle.status == "done":
            return {**summary(context, already=True), **_outcome(context)}
        obey_cancel(context)
        must_not_be_halted(context)
        if until == "report":
            recover(as_planned(context))
            cancel_other_cycles(context)
        context = decided_anew_if_moved(context, symbols)
        read_positions(context)
        context = as_planned(context)
        plan_liquidation(context, symbols, who, because)
        if until == "plan":
            return {**summary(context), **_outcome(context)}
        if approval == "by_name":
            _say_yes(context, who, because)
        ask_in_ui(context)
        approve(context)
        set_reducing(context, who, because)
        if not is_practice():
            context.announce([liquidation_begun(context.cycle, who, because)])
        schedule_orders(context)
        execute_waves(context)
        confirm(context)
        reconcile(context)
        report(context)
        return {**summary(context), **_outcome(context)}


def cancel_left_working(cycle: Cycle) -> str:
    """Cancel what a cycle still has at the broker when no process works its book; returns what happened.

    Never raises for a fault of the outside world: the halt itself is on record, and this is told beside it.
    """
    try:
        with open_context(Path(cycle.book_file), cycle.session, None, kind=_kind(cycle), existing=True) as context:
            cancel_working(context)
            collect(context)
            left = [piece for piece in context.journal.orders.slices(cycle.cycle_id) if piece.state in WORKING]
    except LeaseError:
        return f"{cycle.cycle_id}: the process that works it cancels its orders as soon as it looks"
    except (BrokerError, ConfigError) as fault:
        return f"{cycle.cycle_id}: its working orders could not be cancelled: {fault}"
    return f"{cycle.cycle_id}: working orders cancelled" + (f", {len(left)} still work" if left else "")


def _kind(cycle: Cycle) -> Literal["rebalance", "liquidation"]:
    return "liquidation" if cycle.kind == "liquidation" else "rebalance"


def _named(words: str, name: str) -> str:
    words = spoken(words)
    if not words:
        raise ConfigError(f"{name} is empty; a liquidation carries the name and the reason of whoever decides it")
    return words


def as_planned(context: StepContext) -> StepContext:
    """The desk with the window that the liquidation took stock in; the book's usual one before that."""
    stock = context.journal.cycles.checkpoint(context.cycle, "holdings")
    if stock is None:
        return context
    book = context.book
    window = Window(**stock.output["facts"]["window"])
    changed = {
        "execution": worked_in(window, book.execution),
        "approval": in_a_wide_band(book.approval),
        "limits": book.limits.model_copy(update={"cash_reserve_pct": 0.0, "cash_reserve_usd": Decimal(0)}),
    }
    return replace(context, book=book.model_copy(update=changed))


def _say_yes(context: StepContext, who: str, because: str) -> None:
    """The word of the person who liquidates, for exactly this plan; an answer that is there already stands."""
    plan_hash, plan = plan_of(context)
    if not plan.trades or context.journal.decisions.newest_answer(plan_hash) is not None:
        return
    yes = answer(
        plan_hash, approved=True, who=who, note=because, now=context.broker.now(), settings=context.book.approval
    )
    context.journal.decisions.record_approval(context.cycle_id, yes)


def _outcome(context: StepContext) -> dict[str, Any]:
    """What is still held, by the broker's word, and the lines of the plan."""
    planned = context.journal.cycles.checkpoint(context.cycle, "orders")
    return {
        "positions_left": {s: str(n) for s, n in sorted(context.broker.account_state().positions.items()) if n},
        "plan": planned.output["facts"]["lines"] if planned else [],
    }
