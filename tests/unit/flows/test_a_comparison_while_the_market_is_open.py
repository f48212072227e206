"""A comparison every few minutes: outside the exchange's hours, or with nothing on record, it ends green at once."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import flows.review
from flows.nothing_to_compare import closed_now, nothing_to_compare, works_by_itself
from tasks.errors import LeaseHeldError
from tests.flows.conftest import small_book

OPEN, BEFORE = datetime(2026, 11, 30, 15, 0, tzinfo=UTC), datetime(2026, 11, 30, 14, 29, tzinfo=UTC)


@pytest.fixture(autouse=True)
def home_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STEELYARD_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("flows.closed_day.run_log", lambda: SimpleNamespace(info=print))


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (BEFORE, "XNYS is closed at 09:29; on 2026-11-30 it is open from 09:30 to 16:00: nothing was compared"),
        (datetime(2026, 11, 27, 18, 0, tzinfo=UTC), "is open from 09:30 to 13:00"),
        (datetime(2026, 11, 26, 15, 0, tzinfo=UTC), "XNYS is closed on Thursday 2026-11-26: nothing was compared"),
    ],
    ids=["a minute before the open", "the close of a half day", "Thanksgiving"],
)
def test_outside_the_hours_of_the_exchange_it_says_so(at: datetime, said: str) -> None:
    assert said in closed_now(at, "XNYS")


def test_from_the_open_to_the_close_it_compares() -> None:
    assert closed_now(datetime(2026, 11, 30, 14, 30, tzinfo=UTC), "XNYS") == ""
    assert closed_now(datetime(2026, 11, 30, 20, 59, tzinfo=UTC), "XNYS") == ""
    assert closed_now(datetime(2026, 11, 27, 17, 59, tzinfo=UTC), "XNYS") == "", "a half day"


def test_it_ends_green_and_asks_neither_prices_nor_broker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("flows.review.closed_today", lambda *_: None)
    monkeypatch.setattr("flows.nothing_to_compare.closed_now", lambda *_: "XNYS is closed")
    monkeypatch.setattr("flows.review.open_context", None)
    end: Any = flows.review.reconciliation.fn(small_book(tmp_path), when="while_open")
    assert (end.is_completed(), end.message) == (True, "XNYS is closed")


def test_a_book_without_a_session_has_nothing_to_compare(tmp_path: Path) -> None:
    end = nothing_to_compare(small_book(tmp_path), "while_open", lambda: OPEN)
    assert (end.is_completed(), end.message) == (
        True,
        "small has no session on record yet; there is nothing to compare",
    )


def test_whoever_asks_now_is_answered_at_any_hour(tmp_path: Path) -> None:
    assert nothing_to_compare(small_book(tmp_path), "now", lambda: BEFORE) is None


def test_a_book_that_is_worked_is_left_to_its_run_and_a_person_is_told_who_has_it(tmp_path: Path) -> None:
    held = LeaseHeldError("book small is being worked by desk:7 since 14:30:00 UTC")
    end = works_by_itself(small_book(tmp_path), "while_open", held)
    assert (end.is_completed(), "by desk:7" in end.message) == (True, True)
    with pytest.raises(LeaseHeldError):
        works_by_itself(small_book(tmp_path), "now", held)
