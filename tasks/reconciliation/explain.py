"""Books what closes a break, in the name of the person who explained it."""

from collections.abc import Callable
from datetime import datetime

from tasks.errors import ConfigError
from tasks.journal import Journal
from tasks.journal.book_ledger import ledger_of
from tasks.journal.lease_owners import is_dead, this_process
from tasks.model.cycle import Cycle
from tasks.model.ledger_ids import balance_id
from tasks.model.ledger_records import BreakRow
from tasks.reconciliation.close import NO_MONEY, Closing, SharesMoney, closing_of, is_cash_of
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
    money: SharesMoney = NO_MONEY,
) -> tuple[str, ...]:
    """Book what closes the break, then record the word; returns the ids of the breaks that are closed by it.

    Booked first: killed between the two, the next comparison finds that both sides agree.
    Raises: ConfigError when this break, or its proceeds, cannot be booked; LeaseHeldError when it takes a fill while a
    run is at work.
    """
    cycle = _cycle_of(journal, row)
    still_open = journal.books.breaks(row.book, open_only=True)
    held = ledger_of(journal, row.book, cycle.account)
    closing = closing_of(row, still_open, held, cycle.account, because, money)
    _must_not_be_booked_twice(journal, row, cycle.account, money)
    _book_executions(journal, closing, cycle, broker, clock)
    journal.books.record_entries(closing.entries)
    for break_id in closing.explains:
        journal.books.explain(break_id, who, because, clock())
    return closing.explains


def _must_not_be_booked_twice(journal: Journal, row: BreakRow, account: str, money: SharesMoney) -> None:
    """Raises: ConfigError where the cash that the shares brought was booked as a break of its own."""
    booked = {entry.entry_id for entry in journal.books.entries(row.book, account)}
    for other in journal.books.breaks(row.book):
        if other.cycle_id != row.cycle_id or not is_cash_of(money.proceeds_usd, other):
            continue
        if balance_id(other.break_id) in booked:
            raise ConfigError(
                f"{row.break_id}: --proceeds-usd {money.proceeds_usd} is in the ledger already, booked for "
                f"{other.break_id}. Leave it out: the shares then go at what they cost"
            )


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
