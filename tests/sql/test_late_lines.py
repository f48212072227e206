"""A late line of the statement, and a break that stays open, on each database."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from one_of_each import CYCLE, NINE, TEN

from tasks.journal import Journal
from tasks.model.capabilities import StatementLine
from tasks.model.cycle import Checkpoint, Cycle
from tasks.model.ledger_records import BreakRow, LedgerRow
from tasks.reconciliation.broker_statement import book_statement, known_lines
from tasks.reconciliation.lifecycle import OURSELVES
from tasks.reconciliation.open_breaks import breaks_at_end, from_earlier

D = Decimal
LATER = replace(CYCLE, cycle_id="demo:2022-12-29", session=date(2022, 12, 29), created_at=TEN, changed_at=TEN)
KNOWN = StatementLine("K", NINE, "fee", "", D(0), D("-1"), "fee of before")
LATE = StatementLine("L", NINE, "cash_flow", "", D(0), D(200_000), "deposit")


def at(journal: Journal, cycle: Cycle, *lines: StatementLine) -> Any:
    """A desk whose broker lists these lines."""
    broker = SimpleNamespace(statement=lambda _first, _last: lines)
    book = SimpleNamespace(book="demo")
    return SimpleNamespace(
        book=book,
        account="main",
        journal=journal,
        broker=broker,
        cycle=journal.cycles.open(cycle),
        session=cycle.session,
    )


def test_a_late_line_is_booked_once_and_what_was_there_at_the_opening_never(journal: Journal):
    desk = at(journal, CYCLE, KNOWN)
    journal.books.record_entries(
        [LedgerRow("demo:opening:cash", "demo", "main", "opening", TEN, None, None, D(5), None, "")]
    )
    journal.books.record_entries(known_lines(desk, TEN))
    journal.books.record_valuation("demo", CYCLE.session, D(5), D(5), {})
    later = at(journal, LATER, KNOWN, LATE)
    assert [row.entry_id for row in book_statement(later)] == ["demo:L"]
    assert book_statement(later) == ()
    cash = [e.amount_usd for e in journal.books.entries("demo", "main") if e.amount_usd]
    assert sorted(cash) == [D(5), D(200_000)]
    assert [f.check for f in journal.cycles.findings(later.cycle)] == ["posted_late"]


def test_a_break_stands_in_every_session_until_the_one_that_closed_it(journal: Journal):
    first, second = journal.cycles.open(CYCLE), journal.cycles.open(LATER)
    found = BreakRow("b1", first.cycle_id, "demo", "AAPL", "shares", "10", "12", D(260), "2 more", NINE)
    journal.books.record_breaks([found])
    journal.cycles.record_step(first, Checkpoint("reconcile", {}, 0.1, TEN))
    [standing] = breaks_at_end(journal, second)
    assert from_earlier([standing], second) == [standing]
    journal.books.explain("b1", OURSELVES, "agrees again", datetime(2022, 12, 29, 15, tzinfo=UTC))
    journal.cycles.record_step(second, Checkpoint("reconcile", {}, 0.1, datetime(2022, 12, 29, 21, tzinfo=UTC)))
    assert breaks_at_end(journal, second) == ()
    assert [row.break_id for row in breaks_at_end(journal, first)] == ["b1"]
