"""Which sessions count as worked, by the journal, when a book looks back for a day of its rhythm."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import exchange_calendars
import pytest

from tasks.book.drift import DriftSettings
from tasks.drift.calendar_rule import Missed
from tasks.drift.missed_days import missed_since_last_worked
from tasks.journal import Journal, open_journal
from tasks.model.cycle import Cycle

NOW = datetime(2022, 3, 7, 13, tzinfo=UTC)
THURSDAY, FRIDAY, MONDAY = date(2022, 3, 3), date(2022, 3, 4), date(2022, 3, 7)
SESSIONS = [d.date() for d in exchange_calendars.get_calendar("XNYS").sessions_in_range("2022-01-03", "2022-04-29")]


class Book:
    """A weekly book and what its journal knows."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    def was(self, status: str, on: date, *, message: str = "", mode: str = "full_auto") -> None:
        text = ("small.yaml", "0" * 64, "")
        cycle = Cycle(f"small:{on}", "small", on, "small", mode, 1, status, message, *text, NOW, NOW)
        self.journal.fence.take("small", "this test", lambda: NOW + timedelta(seconds=1))
        self.journal.cycles.open(cycle)
        self.journal.fence.release()

    def missed_on_monday(self) -> Missed | None:
        settings = SimpleNamespace(book="small", drift=DriftSettings(calendar="weekly", weekday="friday"))
        desk: Any = SimpleNamespace(journal=self.journal, book=settings, session=MONDAY)
        return missed_since_last_worked(desk, SESSIONS)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    journal = open_journal(tmp_path)
    yield Book(journal)
    journal.close()


def test_a_friday_without_a_run_is_missed(book: Book) -> None:
    book.was("done", THURSDAY)
    assert book.missed_on_monday() == Missed(FRIDAY, FRIDAY, "that session is not on record")


@pytest.mark.parametrize("status", ["stopped", "running", "waiting", "failed", "planned", "cancelled"])
def test_a_friday_that_did_not_come_to_its_end_is_missed_with_what_became_of_it(book: Book, status: str) -> None:
    book.was("done", THURSDAY)
    book.was(status, FRIDAY, message="AAPL has no price")
    assert book.missed_on_monday() == Missed(FRIDAY, FRIDAY, f"that session is {status} (AAPL has no price)")


def test_a_friday_that_was_done_is_not_missed(book: Book) -> None:
    book.was("done", THURSDAY)
    book.was("done", FRIDAY)
    assert book.missed_on_monday() is None


def test_a_book_that_only_researches_has_worked_once_it_has_planned(book: Book) -> None:
    book.was("done", THURSDAY)
    book.was("planned", FRIDAY, mode="research")
    assert book.missed_on_monday() is None


def test_a_book_that_begins_on_monday_has_missed_nothing(book: Book) -> None:
    assert book.missed_on_monday() is None
    book.was("stopped", FRIDAY)
    assert book.missed_on_monday() is None
