"""The journal answers the same on SQLite and PostgreSQL, repeats harmlessly, and keeps its history."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from one_of_each import CYCLE, FILL, INTENT, NINE, ORDER, PLAN, TEN, with_order, write_one_of_each
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from sql.tables import APPEND_ONLY, metadata
from tasks.errors import NotApprovedError
from tasks.journal import Journal
from tasks.model.cycle import Checkpoint
from tasks.model.ledger_records import FILES, BreakRow, LedgerRow, ReportRow
from tasks.model.order_records import OrderEvent
from tasks.model.orders import OrderState
from tasks.model.plan import Finding, Severity
from tasks.model.plan_records import Approval


def test_a_cycle_is_opened_once_and_read_back_as_it_was(journal: Journal) -> None:
    """The second opening returns the first row, whatever it brings."""
    assert journal.cycles.open(CYCLE) == CYCLE
    assert journal.cycles.open(replace(CYCLE, mode="research", status="done")) == CYCLE
    assert journal.cycles.all("demo") == (CYCLE,)


def test_a_new_attempt_begins_with_no_checkpoints(journal: Journal) -> None:
    """A stopped session is decided anew: what the first attempt did is kept, and not loaded."""
    first = journal.cycles.open(CYCLE)
    journal.cycles.record_step(first, Checkpoint("download", {"sentence": "s", "facts": {}}, 0.1, NINE))
    second = journal.cycles.begin_attempt(first, TEN)
    assert second.attempt == 2
    assert journal.cycles.checkpoint(second, "download") is None
    assert journal.cycles.checkpoint(first, "download") is not None


def test_two_processes_cannot_both_begin_the_same_attempt(journal: Journal) -> None:
    """The number is only raised from the number that was read."""
    first = journal.cycles.open(CYCLE)
    journal.cycles.begin_attempt(first, TEN)
    journal.cycles.begin_attempt(first, TEN)
    found = journal.cycles.find("demo", CYCLE.session)
    assert found is not None
    assert found.attempt == 2


def test_orders_slices_and_fills_come_back_exactly(journal: Journal) -> None:
    """Decimals keep their value, instants their zone, and the newest event is a slice's state."""
    with_order(journal)
    journal.orders.record_wave(CYCLE.cycle_id, 1, TEN, [INTENT], {"notes": []})
    journal.orders.add_events([OrderEvent("k1", OrderState.ACCEPTED, TEN, "b1")])
    journal.orders.record_fills("simulated", CYCLE.cycle_id, [FILL])
    assert journal.orders.orders(CYCLE.cycle_id) == (ORDER,)
    assert journal.orders.slices(CYCLE.cycle_id) == (replace(INTENT, state=OrderState.ACCEPTED, broker_order_id="b1"),)
    assert journal.orders.fills(CYCLE.cycle_id) == (FILL,)


def test_a_wave_and_a_fill_are_recorded_once(journal: Journal) -> None:
    """Deciding a wave twice keeps the first decision; an execution id counts once."""
    with_order(journal)
    journal.orders.record_wave(CYCLE.cycle_id, 1, TEN, [INTENT], {"notes": []})
    other = replace(INTENT, request=replace(INTENT.request, key="k2"))
    journal.orders.record_wave(CYCLE.cycle_id, 1, TEN, [other], {"notes": []})
    assert [s.request.key for s in journal.orders.slices(CYCLE.cycle_id)] == ["k1"]
    assert journal.orders.record_fills("simulated", CYCLE.cycle_id, [FILL]) == (FILL,)
    assert journal.orders.record_fills("simulated", CYCLE.cycle_id, [FILL]) == ()


YES = Approval(PLAN.plan_hash, "approved", "rule", "", NINE, TEN, 5.0)
NO = replace(YES, decision="refused", who="desk")


@pytest.mark.parametrize("answers", [(YES, NO), (NO, YES)])
def test_a_no_to_a_plan_stands_whatever_was_said_before_or_after_it(
    journal: Journal, answers: tuple[Approval, ...]
) -> None:
    """All answers stay on record; the plan that somebody refused becomes no orders."""
    journal.cycles.open(CYCLE)
    journal.decisions.record_plan(PLAN)
    for answer in answers:
        journal.decisions.record_approval(CYCLE.cycle_id, answer)
    assert journal.decisions.newest_answer(PLAN.plan_hash) == NO
    with pytest.raises(NotApprovedError, match="desk refused plan"):
        journal.orders.record_orders([ORDER])
    assert journal.orders.orders(CYCLE.cycle_id) == ()


def test_a_no_that_comes_after_the_orders_is_not_recorded_and_names_what_stops_them(journal: Journal) -> None:
    with_order(journal)
    with pytest.raises(NotApprovedError, match=r"comes too late.*steelyard halt demo"):
        journal.decisions.record_approval(CYCLE.cycle_id, NO)
    assert journal.decisions.newest_answer(PLAN.plan_hash) is None


def test_findings_are_recorded_once_however_often_a_step_runs(journal: Journal) -> None:
    """A check that is killed after writing and runs again adds nothing."""
    cycle = journal.cycles.open(CYCLE)
    found = Finding(Severity.WARN, "jump", "NWL", "moved 40 %", "NWL", date(2017, 9, 15))
    journal.cycles.record_findings(cycle, "check", [found])
    journal.cycles.record_findings(cycle, "check", [found])
    assert journal.cycles.findings(cycle) == (found,)


def test_an_explanation_closes_a_break(journal: Journal) -> None:
    journal.cycles.open(CYCLE)
    row = BreakRow("b1", CYCLE.cycle_id, "demo", "AAPL", "shares", "10", "12", Decimal("260"), "2 more", TEN)
    journal.books.record_breaks([row])
    assert journal.books.breaks("demo", open_only=True) == (row,)
    journal.books.explain("b1", "desk", "manual trade", TEN)
    assert journal.books.breaks("demo", open_only=True) == ()
    assert journal.books.breaks("demo")[0].because == "manual trade"


def test_ledger_entries_are_booked_once(journal: Journal) -> None:
    entry = LedgerRow(
        "opening:AAPL", "demo", "main", "opening", NINE, "AAPL", Decimal(5), None, Decimal("130"), "opening"
    )
    assert journal.books.record_entries([entry]) == 1
    assert journal.books.record_entries([entry]) == 0
    assert journal.books.entries("demo", "main") == (entry,)


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_history_cannot_be_edited(journal: Journal, table: str) -> None:
    """Every append-only table refuses an update and a delete, by a trigger of the database."""
    write_one_of_each(journal)
    with journal.engine.connect() as connection:
        assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar(), f"{table} has no row to guard"
    column = next(c.name for c in metadata.tables[table].columns)
    for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
        with pytest.raises(DatabaseError, match="append-only"), journal.engine.begin() as connection:
            connection.execute(text(statement))


def test_a_report_is_recorded_again_only_when_one_of_its_files_is_another(journal: Journal) -> None:
    """The page alone was hashed in the first one; then its JSON changes and the page does not."""
    journal.cycles.open(CYCLE)
    page = "e" * 64
    only_the_page = ReportRow(CYCLE.cycle_id, "r/report.html", page, {}, NINE)
    all_of_it = replace(only_the_page, summary={FILES: {"report.html": page, "report.json": "a" * 64}})
    another = replace(only_the_page, summary={FILES: {"report.html": page, "report.json": "b" * 64}})
    for row in (only_the_page, only_the_page, all_of_it, all_of_it, another, another):
        journal.books.record_report(row)
    assert journal.books.reports(CYCLE.cycle_id) == (another, all_of_it, only_the_page)
    assert only_the_page.hashes == {"report.html": page}
    assert journal.audit.verify() == ()
