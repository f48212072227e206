"""What a person wrote off, and what the broker does about it afterwards, on each database."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tasks.holdings.step import _believe_no_empty_account
from tasks.journal import Journal
from tasks.journal.book_ledger import ledger_of
from tasks.journal.write_offs import WriteOff
from tasks.model.plan import Severity
from tasks.reconciliation.close import SharesMoney
from tasks.reconciliation.explain import explain_and_book
from tasks.reconciliation.written_off import note_written_off, prices_named, written_off
from tests.unit.reconciliation.reconciliation_world import World, now, without_positions, world

D = Decimal
FRIDAY = datetime(2022, 11, 18, 21, tzinfo=UTC)


@pytest.fixture
def gone(journal: Journal, tmp_path: Path) -> World:
    """One hundred AAA, which nobody prices, written off at 0.25."""
    desk = world(tmp_path, journal=journal)
    journal.write_offs.record(WriteOff("demo", "main", "AAA", "written_off", D("0.25"), "Ada", "delisted", FRIDAY))
    desk.broker.quotes = lambda _symbols: {}
    return desk


def test_it_is_found_while_it_is_held_and_told_with_who_when_and_why(gone: World):
    words = written_off(gone.desk, {"AAA", "BBB"})
    assert prices_named(words) == {"AAA": D("0.25")}
    told = note_written_off(gone.desk, words, {"AAA": D(100)})["AAA"]
    for part in ("by Ada on 2022-11-18: delisted", "$25.00 of net asset value", "write-off demo AAA --take-back"):
        assert part in told
    assert written_off(gone.desk, {"BBB"}) == {}


def test_one_that_the_broker_quotes_again_is_a_warning(gone: World):
    del gone.broker.quotes
    note_written_off(gone.desk, written_off(gone.desk, {"AAA"}), {"AAA": D(100)})
    [finding] = gone.journal.cycles.findings(gone.desk.cycle)
    assert finding.severity is Severity.WARN
    assert "The broker has a price of 100" in finding.message


@pytest.mark.parametrize("brought", ["0", "40"])
def test_when_the_broker_removes_it_the_break_is_closed_as_any_other(gone: World, brought: str):
    gone.broker.account = lambda answer: replace(without_positions(answer), cash=answer.cash + D(brought))
    _believe_no_empty_account(gone.desk, gone.broker.account_state(), {"AAA"})
    gone.compare()
    row = gone.open_breaks()["shares"]
    gone._answered(lambda j: explain_and_book(j, row, "simulated", "Ada", "paid out", now, SharesMoney(D(brought))))
    assert gone.agrees()
    assert ledger_of(gone.journal, "demo", "main").shares() == {}
