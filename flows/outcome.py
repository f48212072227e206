"""How a run ends: its status in the journal, and the summary a person or a program reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from flows.signals import interrupt_behind
from tasks.approval.refused import refused_orders
from tasks.audit.anchor import anchor_head
from tasks.context import SESSION, StepContext, StepEvent
from tasks.errors import JournalError, LeaseError, SessionCancelledError, SteelyardError, WaitsForPersonError
from tasks.journal import Journal
from tasks.model.cycle import REPORT_STEP, Checkpoint, Cycle
from tasks.model.desk_event import APPROVAL_WANTED, DeskEvent
from tasks.model.executions import totals_of
from tasks.model.orders import OrderState
from tasks.model.plan import Severity
from tasks.reconciliation.open_breaks import breaks_at_end, from_earlier
from tasks.wording import counted

CENT = Decimal("0.01")


@contextmanager
def ended(context: StepContext) -> Iterator[None]:
    """Write down how the run ended: done, planned, waiting for a person, cancelled by one, stopped on purpose, or
    failed.

    A process that is killed writes nothing: its cycle stays `running`, and the next run goes on where it was. What the
    last run ended with is said no longer from here on: who works a session does not wait for an answer. A session whose
    report is on record is done, whatever fails after it; only a person's cancel is obeyed and said beside it.
    """
    if context.cycle.status not in ("running", "done") and not _reported(context):
        context.journal.cycles.set_status(context.cycle_id, "running", "", context.clock())
    try:
        yield
    except (LeaseError, JournalError):
        raise  # the session is another process's, or there is nothing to write into: the next run goes on
    except WaitsForPersonError as waiting:
        _set(context, "waiting", str(waiting))
        raise
    except SessionCancelledError as cancelled:
        _set(context, "cancelled", str(cancelled))
        raise
    except SteelyardError as stop:
        _set(context, "stopped", str(stop))
        raise
    except Exception as fault:
        if interrupt := interrupt_behind(fault):
            raise interrupt from None  # it ends as by Ctrl-C, which writes nothing
        _set(context, "failed", f"{type(fault).__name__}: {fault}")
        raise
    else:
        if context.cycle.status == "done":
            _announce(context, "done", "")
        else:
            _set(context, "planned", "")


def _set(context: StepContext, status: str, message: str) -> None:
    """The status, and with it the end of the audit chain noted outside the database."""
    with context.journal.known.remembering():
        if status != "cancelled" and _reported(context):
            status, message = "done", ""
        context.journal.cycles.set_status(context.cycle_id, status, message, context.clock())
        anchor_head(context)
        _announce(context, status, message)


def _announce(context: StepContext, status: str, message: str) -> None:
    sentence = message or _open_breaks(context)
    context.observer(StepEvent(SESSION, status, sentence))
    context.announce([_end_event(context.cycle, status, sentence)])


def _end_event(cycle: Cycle, status: str, sentence: str) -> DeskEvent:
    """How the run ended, mildly: its state in the UI tells people of a bad end. A plan that waits wants a person."""
    if status == "waiting":
        return DeskEvent(APPROVAL_WANTED, sentence, Severity.WARN)
    what = f"{cycle.book} {cycle.session} is {status}"
    return DeskEvent(f"session.{status}", f"{what}: {sentence}" if sentence else what)


def _open_breaks(context: StepContext) -> str:
    """What a finished session leaves to a person; empty where ledger and broker agree."""
    found = len(breaks_at_end(context.journal, context.cycle))
    return (
        f"{counted(found, 'break stands', 'breaks stand')} open: steelyard breaks {context.cycle.book}" if found else ""
    )


def _reported(context: StepContext) -> bool:
    return context.journal.cycles.checkpoint(context.cycle, REPORT_STEP) is not None


def summary(context: StepContext, *, already: bool = False) -> dict[str, Any]:
    """The `run --json` object of the desk's cycle; `status` is done, planned or already_done."""
    with context.journal.known.remembering():
        told = cycle_summary(context.journal, context.cycle)
    reported = told["report"] is not None
    return {**told, "status": "already_done" if already else "done" if reported else "planned"}


def _why(drift: Checkpoint | None, planned: Checkpoint | None) -> str | None:
    """What the plan says of it; until there is one, the drift rule."""
    told = planned.output["facts"].get("why") if planned else None
    return told or (drift.output["sentence"] if drift else None)


def cycle_summary(journal: Journal, cycle: Cycle) -> dict[str, Any]:
    """What the journal knows of one cycle, as plain values: money as float USD, rounded to the cent."""
    plan = journal.decisions.newest_plan(cycle.cycle_id)
    slices = [s for s in journal.orders.slices(cycle.cycle_id) if s.state is not OrderState.INTENDED]
    filled = totals_of(journal.orders.fills(cycle.cycle_id))
    report = journal.books.newest_report(cycle.cycle_id)
    figures = report.summary if report else {}
    done = {one.step: one for one in journal.cycles.checkpoints(cycle)}
    planned, confirmed, stock = (done.get(step) for step in ("orders", "confirm", "holdings"))
    breaks = breaks_at_end(journal, cycle)
    return {
        "book": cycle.book,
        "session": cycle.session.isoformat(),
        "kind": cycle.kind,
        "status": cycle.status,
        "mode": cycle.mode,
        "message": cycle.message,
        "why": _why(done.get("drift"), planned),
        "plan_hash": plan.plan_hash if plan else None,
        "written_off": stock.output.get("facts", {}).get("written_off", {}) if stock else {},
        "standing_over": planned.output["facts"].get("standing_over", {}) if planned else {},
        "refused_orders": refused_orders(journal, cycle),
        "not_filled": confirmed.output["facts"].get("not_filled", {}) if confirmed else {},
        "orders": len(journal.orders.orders(cycle.cycle_id)),
        "slices": len(slices),
        "fills": filled.fills,
        "breaks": len(breaks),
        "earlier_breaks": len(from_earlier(breaks, cycle)),
        "traded_notional_usd": float(filled.notional_usd.quantize(CENT)),
        "shortfall_usd": figures.get("shortfall_usd"),
        "shortfall_bps": figures.get("shortfall_bps"),
        "report": report.path if report else None,
        "open_points": figures.get("open_points", []),
    }
