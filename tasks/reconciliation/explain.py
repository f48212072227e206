"""Books what closes a break, in the name of the person who explained it."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from tasks.errors import ConfigError
from tasks.journal import Journal
from tasks.journal.book_ledger import ledger_of
from tasks.journal.lease_owners import is_dead, this_process
from tasks.model.cycle import Cycle
from tasks.model.ledger_records import BreakRow
from tasks.reconciliation.close import Closing, closing_of
from tasks.reconciliation.gather import owner_of, recent_cycles


def explain(journal: Journal, row: BreakRow, who: str, because: str, at: datetime) -> tuple[str, ...]:
    """Record a person's word and let the difference stand; it holds until the end of the next session."""
    journal.books.explain(row.break_id, who, because, at)
    return (row.break_id,)


def explain_and_book(
    journal: Journal,
    row: BreakRow,
    broker: str,
    who: str,
    because: str,
    clock: Callable[[], datetime],
    proceeds_usd: Decimal | None = None,
) -> tuple[str, ...]:
    """Book what closes the break, then record the word; returns the ids of the breaks that are closed by it.

    Booked first: killed between the two, the next comparison finds that both sides agree.
    Raises: ConfigError when this break cannot be booked; LeaseHeldError when it takes a fill while a run is at work.
    """
    cycle = _cycle_of(journal, row)
    still_open = journal.books.breaks(row.book, open_only=True)
    held = ledger_of(journal, row.book, cycle.account)
    closing = closing_of(row, still_open, held, cycle.account, because, proceeds_usd)
    _book_executions(journal, closing, cycle, broker, clock)
    journal.books.record_entries(closing.entries)
    for break_id in closing.explains:
        journal.books.explain(break_id, who, because, clock())
    return closing.explains


def _book_executions(
    journal: Journal, closing: Closing, cycle: Cycle, broker: str, clock: Callable[[], datetime]
) -> None:
    """Fills have one writer: the lease is taken for as long as it lasts."""
    if not closing.executions:
        return
    newest = journal.cycles.all(cycle.book)[0]
    cycles = recent_cycles(journal, newest)
    journal.fence.take(cycle.book, this_process(), clock, is_dead=is_dead, why="a person books a fill")
    try:
        for execution in closing.executions:
            owner = owner_of(journal, cycles, execution) or cycle
            journal.orders.record_fills(broker, owner.cycle_id, [execution])
    finally:
        journal.fence.release()


def _cycle_of(journal: Journal, row: BreakRow) -> Cycle:
    for cycle in journal.cycles.all(row.book):
        if cycle.cycle_id == row.cycle_id:
            return cycle
    raise ConfigError(f"{row.break_id}: its session {row.cycle_id} is not on record; is this the right journal?")
