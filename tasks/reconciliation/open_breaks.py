"""What stands between our ledger and the broker's at the end of a session, whichever session found it."""

from collections.abc import Sequence
from datetime import date, datetime

from tasks.journal import Journal
from tasks.model.cycle import Cycle
from tasks.model.ledger_records import BreakRow
from tasks.reconciliation.lifecycle import OURSELVES


def breaks_at_end(journal: Journal, cycle: Cycle) -> tuple[BreakRow, ...]:
    """Breaks that were not over by themselves when the cycle's reconciliation ended, oldest first.

    A session that is not reconciled yet is told what is open now. A person's word within the session leaves a break in
    the list: the two sides still differed then, or the ledger was moved.
    """
    ended = journal.cycles.checkpoint(cycle, "reconcile")
    sessions = {one.cycle_id: one.session for one in journal.cycles.all(cycle.book)}
    rows = [row for row in journal.books.breaks(cycle.book) if _was_found_by(row, sessions, cycle)]
    return tuple(row for row in rows if _stood(row, cycle, ended.finished_at if ended else None))


def found_on(journal: Journal, book: str) -> dict[str, date]:
    """The session that found each break, by break id."""
    sessions = {one.cycle_id: one.session for one in journal.cycles.all(book)}
    return {row.break_id: sessions[row.cycle_id] for row in journal.books.breaks(book) if row.cycle_id in sessions}


def from_earlier(rows: Sequence[BreakRow], cycle: Cycle) -> list[BreakRow]:
    """Those that another session found."""
    return [row for row in rows if row.cycle_id != cycle.cycle_id]


def _was_found_by(row: BreakRow, sessions: dict[str, date], cycle: Cycle) -> bool:
    return row.cycle_id == cycle.cycle_id or sessions.get(row.cycle_id, date.max) <= cycle.session


def _stood(row: BreakRow, cycle: Cycle, ended: datetime | None) -> bool:
    if row.explained_at is None or (ended is not None and row.explained_at > ended):
        return True
    return row.cycle_id == cycle.cycle_id and row.explained_by != OURSELVES
