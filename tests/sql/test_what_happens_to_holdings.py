"""Late splits and dividends, company events and a missed day, each from the record on SQLite and on PostgreSQL."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tasks.book.drift import DriftSettings
from tasks.book.targets import ObjectiveSettings
from tasks.drift.step import _drift
from tasks.holdings.actions_check import book_missed_splits, split_like, stopped_by_company_events
from tasks.holdings.step import book_actions
from tasks.journal import Journal
from tasks.journal.book_ledger import ledger_of
from tasks.model.cycle import Checkpoint, Cycle
from tasks.ports.prices import CompanyEvent, EventKind
from tasks.reconciliation.broker_statement import known_lines
from tests.unit.brokers.simulated.simulated_world import HALF_DAY, TUESDAY, WEDNESDAY, MemorySource, flat_week
from tests.unit.reconciliation.reconciliation_world import World, more_shares, world

D = Decimal


@dataclass
class Announcing(MemorySource):
    events: list[CompanyEvent] = field(default_factory=list)

    def company_events(self, symbols: list[str], first: date, last: date) -> list[CompanyEvent]:
        return [one for one in self.events if one.symbol in symbols and first <= one.ex_date <= last]


@pytest.fixture
def wednesday(journal: Journal, tmp_path: Path) -> World:
    """One hundred AAA since Tuesday, in a book whose file of actions may still learn of something."""
    source = Announcing(**vars(flat_week("AAA", "BBB")))
    desk = world(tmp_path, source, journal=journal)
    opened = max(entry.at for entry in journal.books.entries("demo", "main"))
    journal.books.record_entries(known_lines(desk.desk, opened))
    desk = desk.next_session(WEDNESDAY)
    sections = {
        "limits": SimpleNamespace(no_buy=(), must_exit=()),
        "objective": ObjectiveSettings(kind="risk_parity"),
        "data": SimpleNamespace(actions_path=Path("actions.csv")),
    }
    book = SimpleNamespace(**vars(desk.desk.book), **sections)
    return World(replace(desk.desk, book=book, source=source), desk.broker)  # type: ignore[arg-type]


def learns(desk: World, kind: str, value: float) -> None:
    """The file has the line of Wednesday only now, and the session is run again."""
    assert isinstance(desk.desk.source, MemorySource)
    desk.desk.source.actions = [(WEDNESDAY, "AAA", kind, value)]
    desk.broker.inner.open_session(desk.desk.session)


@pytest.mark.parametrize(("ratio", "shares"), [(2.0, 200), (0.75, 75)])
def test_a_split_that_the_file_gets_late_reconciles(wednesday: World, ratio: float, shares: int):
    later = wednesday.next_session(HALF_DAY)
    learns(later, "split", ratio)
    book_actions(later.desk)
    account = later.broker.account_state()
    missed = book_missed_splits(later.desk, account)
    assert (missed.locked, missed.rows) == ({}, [])
    assert split_like(later.desk, account, {}, missed) == {}
    assert ledger_of(later.journal, "demo", "main").shares() == {"AAA": D(shares)}
    assert later.agrees()


def test_a_dividend_that_the_file_gets_late_is_booked_once(wednesday: World):
    learns(wednesday, "dividend", 0.5)
    assert [(row.kind, row.amount_usd) for row in book_actions(wednesday.desk)] == [("dividend", D(50))]
    assert book_actions(wednesday.desk) == ()
    assert wednesday.agrees()


def test_a_split_that_the_broker_shows_later_is_booked_when_it_does(wednesday: World):
    held = wednesday.broker.inner.account_state()
    assert isinstance(wednesday.desk.source, MemorySource)
    wednesday.desk.source.actions = [(WEDNESDAY, "AAA", "split", 2.0)]
    assert set(book_missed_splits(wednesday.desk, held).locked) == {"AAA"}
    split = replace(held, positions={"AAA": D(200)})
    for _ in range(2):
        book_missed_splits(wednesday.desk, split)
    assert ledger_of(wednesday.journal, "demo", "main").shares() == {"AAA": D(200)}


@pytest.mark.parametrize(("kind", "symbol", "shares"), [("spin_off", "NEW", 25), ("merger", "AAA", -100)])
def test_a_company_event_holds_its_symbol_until_a_person_booked_it(
    wednesday: World, kind: str, symbol: str, shares: int
):
    assert isinstance(wednesday.desk.source, Announcing)
    wednesday.desk.source.events = [CompanyEvent(WEDNESDAY, "AAA", EventKind(kind), "actions.csv", 1)]
    assert set(stopped_by_company_events(wednesday.desk, ["BBB"])) == {"AAA"}
    wednesday.broker.account = more_shares(symbol, shares)
    wednesday.compare()
    wednesday.book("shares")
    assert not stopped_by_company_events(wednesday.desk, ["BBB"])


def test_a_missed_day_is_caught_up_and_said(journal: Journal):
    """A weekly book whose Tuesday never came to its end."""
    at = datetime(2022, 11, 23, 14, tzinfo=UTC)
    earlier = date(2022, 11, 15)
    text = ("b.yaml", "0" * 64, "")
    for session, status in ((earlier, "done"), (TUESDAY, "stopped"), (WEDNESDAY, "running")):
        cycle = Cycle(f"demo:{session}", "demo", session, "main", "full_auto", 1, status, "", *text, at, at)
        cycle = journal.cycles.open(cycle)
    facts = {"cash_flow_usd": "0", "nav_usd": "1000"}
    journal.cycles.record_step(cycle, Checkpoint("holdings", {"sentence": "", "facts": facts}, 0.1, at))
    journal.cycles.record_targets(cycle, {"AAA": (0.5, 0.6), "CASH": (0.5, 0.4)})
    rule = DriftSettings(calendar="weekly", weekday="tuesday", catch_up=True)
    book = SimpleNamespace(book="demo", drift=rule, exchange="XNYS", limits=SimpleNamespace(must_exit=()))
    desk: Any = SimpleNamespace(
        book=book, journal=journal, cycle=cycle, cycle_id=cycle.cycle_id, session=WEDNESDAY, clock=lambda: at
    )
    decided = _drift(desk)
    assert (decided.facts["trade"], decided.facts["rule"]) == (True, "catch_up")
    [told] = journal.cycles.findings(cycle)
    assert (told.check, told.session) == ("missed_rebalance", TUESDAY)
