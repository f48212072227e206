"""What a run that its schedule fired does on a holiday, a weekend and a half day."""

from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from flows.closed_day import closed_today, not_a_session
from tests.flows.conftest import small_book

THANKSGIVING, HALF_DAY, SATURDAY = date(2026, 11, 26), date(2026, 11, 27), date(2026, 11, 28)


def in_a_run(monkeypatch: pytest.MonkeyPatch, at: datetime, *, scheduled: bool) -> None:
    """As Prefect tells it of the run this process is in."""
    from prefect.context import FlowRunContext

    run = SimpleNamespace(id="r", auto_scheduled=scheduled, expected_start_time=at)
    context: Any = SimpleNamespace(flow_run=run)
    monkeypatch.setattr(FlowRunContext, "get", classmethod(lambda _: context))
    monkeypatch.setattr("flows.closed_day.run_log", lambda: SimpleNamespace(info=print))


def test_a_holiday_and_a_weekend_are_named_with_the_session_that_follows() -> None:
    assert not_a_session(THANKSGIVING, "XNYS") == (
        "Thursday 2026-11-26 is not a session of XNYS: the exchange is closed. Nothing was done; the next session is "
        "Friday 2026-11-27, a half day"
    )
    assert "the next session is Monday 2026-11-30" in not_a_session(SATURDAY, "XNYS")
    assert not_a_session(HALF_DAY, "XNYS") == ""


@pytest.mark.parametrize(
    ("at", "closed"),
    [
        (datetime(2026, 11, 26, 13, 30, tzinfo=UTC), True),
        (datetime(2026, 11, 27, 13, 30, tzinfo=UTC), False),
        (datetime(2026, 11, 27, 2, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 28, 2, 0, tzinfo=UTC), False),
    ],
    ids=["Thanksgiving morning", "the half day", "Thanksgiving evening in New York", "Friday evening in New York"],
)
def test_the_day_of_a_scheduled_run_is_the_exchanges_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, at: datetime, closed: bool
) -> None:
    in_a_run(monkeypatch, at, scheduled=True)
    end = closed_today(small_book(tmp_path), None)
    assert (end is not None) is closed
    if closed:
        assert end.is_completed()
        assert "Thursday 2026-11-26 is not a session of XNYS" in end.message


def test_a_run_that_a_person_started_means_the_newest_session_whatever_day_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    in_a_run(monkeypatch, datetime(2026, 11, 26, 13, 30, tzinfo=UTC), scheduled=False)
    assert closed_today(small_book(tmp_path), None) is None


def test_a_schedule_that_names_its_session_means_that_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    in_a_run(monkeypatch, datetime(2026, 11, 26, 13, 30, tzinfo=UTC), scheduled=True)
    assert closed_today(small_book(tmp_path), HALF_DAY) is None


@pytest.mark.parametrize(("broker", "closed"), [("simulated", False), ("alpaca", True)])
def test_a_replay_has_no_weekends_and_a_real_market_has(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, broker: str, closed: bool
) -> None:
    """The schedules of prefect.yaml leave weekends out: who lets a replay fire on a Saturday means it to."""
    in_a_run(monkeypatch, datetime(2026, 11, 28, 18, 0, tzinfo=UTC), scheduled=True)
    book = small_book(tmp_path)
    book.write_text(book.read_text().replace("broker:", f"broker:\n  name: {broker}"))
    assert (closed_today(book, None) is not None) is closed
