"""Reads what the record says of a session beside its figures: its runs, its exceptions, and each order's trail."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from tasks.checkpoints import facts_of
from tasks.context import StepContext
from tasks.model.broker_tags import tag_of
from tasks.model.plan import Plan
from tasks.model.recorded_row import RecordedRow
from tasks.tca.exceptions import closing_entry, exceptions
from tasks.tca.order_trail import order_trails, with_checks
from tasks.tca.session_record import NO_TRAIL, OrderTrail, Preparer, Provenance, RunRecord, SessionException


def provenance_of(context: StepContext, rows: Sequence[RecordedRow], preparer: Preparer) -> Provenance:
    """Whose word the session rests on; runs that only looked at it later are none of its own."""
    last = closing_entry(rows, context.cycle.attempt)
    runs = [row for row in rows if row.table == "session_runs" and row.seq <= last]
    named = [row.values["who"] for row in rows if row.table == "reruns"]
    return Provenance(
        preparer=preparer,
        attempt=context.cycle.attempt,
        mode=context.cycle.mode,
        runs=tuple(_run(row) for row in runs),
        requested_by=named[-1] if named else "",
        book_sha256=context.cycle.book_sha256,
        book_file=context.cycle.book_file,
    )


def _run(row: RecordedRow) -> RunRecord:
    words = row.values
    return RunRecord(words["flow_run_id"], datetime.fromisoformat(words["began_at"]), words["token"])


def exceptions_of(context: StepContext, rows: Sequence[RecordedRow], plan: Plan) -> tuple[SessionException, ...]:
    """In the words of the record."""
    return exceptions(rows, context.cycle.attempt, plan)


def trails_of(context: StepContext, rows: Sequence[RecordedRow]) -> Mapping[str, OrderTrail]:
    """By order id."""
    trails = order_trails(rows)
    facts = facts_of(context, "orders") if context.cycle.kind == "rebalance" else {}
    checks, at = facts.get("checks", {}), facts.get("checked_at", "")
    return {
        order.order_id: replace(
            with_checks(trails.get(order.order_id, NO_TRAIL), checks.get(order.symbol, ()), at),
            **_broker(context, order.order_id, order.symbol),
        )
        for order in context.journal.orders.orders(context.cycle_id)
    }


def _broker(context: StepContext, order_id: str, symbol: str) -> dict[str, str]:
    """Where its child orders went, and why there."""
    settings = context.book.broker
    if not settings.parts:
        return {"broker": settings.name, "why_broker": "the only broker of the book"}
    slices = context.journal.orders.slices(context.cycle_id)
    tags = sorted({tag_of(piece.request.key) for piece in slices if piece.order_id == order_id})
    brokers = ", ".join(f"{settings.parts[tag].name} ({tag})" for tag in tags if tag in settings.parts)
    notes = context.journal.orders.wave_notes(context.cycle_id)
    said = [note for wave in notes.values() for note in wave if symbol in note]
    routes = "the first route of the book that fits the order" if settings.routes else "the book's preferred broker"
    return {"broker": brokers, "why_broker": "; ".join([routes, *dict.fromkeys(said)])}
