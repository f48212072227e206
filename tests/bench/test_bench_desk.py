"""What a person at a desk waits for: until the UI answers, from a schedule's time and from a yes to the first order."""

import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.bench.table import line, title
from tests.flows.conftest import small_book
from tests.flows.test_up_and_down import Home
from tests.flows.worlds import SESSION, broker_rows, journal_rows, steelyard
from tests.ui.desk import opened_desk

UP_S, SCHEDULED_S, APPROVED_S = 40, 20, 5


@pytest.mark.bench
@pytest.mark.timeout(900)
def test_the_desk_is_up_and_orders_leave_soon_after_a_schedule_and_after_a_yes(tmp_path: Path) -> None:
    """On the bundled sample, every step from the download on included."""
    began = time.monotonic()
    with opened_desk(tmp_path) as desk:
        up_s = time.monotonic() - began
        scheduled_s = from_schedule_to_first_order(desk)
        approved_s = from_yes_to_first_order(desk)
    title("a desk on this machine")
    line("`steelyard up` until it returns: the UI answers, worker and deployments are there", f"{up_s:.1f} s", "< 40 s")
    line("from the time of a schedule to the first order at the broker", f"{scheduled_s:.1f} s", "< 20 s")
    line("from a person's yes to the first order at the broker", f"{approved_s:.1f} s", "< 5 s")
    assert (up_s < UP_S, scheduled_s < SCHEDULED_S, approved_s < APPROVED_S) == (True, True, True)


def from_schedule_to_first_order(desk: Home) -> float:
    """Seconds after the instant that a schedule names, until the simulated broker has an order."""
    daily = desk.deployment("rebalance/daily")
    due = (datetime.now(UTC) + timedelta(seconds=30)).replace(microsecond=0)
    once = {"schedule": {"interval": 86_400 * 400, "anchor_date": due.isoformat()}, "active": True}
    desk.call(f"/deployments/{daily['id']}/schedules", [once])
    desk.edit(daily, parameters=daily["parameters"])  # the scheduler looks within seconds at what was edited
    _wait_until(lambda: orders(desk, "demo") > 0)
    waited_s = (datetime.now(UTC) - due).total_seconds()
    _wait_until(lambda: status(desk, "demo") == "done")
    return waited_s


def from_yes_to_first_order(desk: Home) -> float:
    """Seconds from `steelyard approve` on, of a run that is suspended in the UI, as after a yes in its form."""
    desk.quick_run(desk.deployment("rebalance/daily"), book=str(small_book(desk.folder, "manual")), session=SESSION)
    _wait_until(lambda: status(desk, "small") == "waiting")
    began = time.monotonic()
    steelyard(
        {**desk.environment, "PREFECT_API_URL": desk.url}, "approve", "small", "--single", "all", "--who", "the desk"
    )
    _wait_until(lambda: orders(desk, "small") > 0)
    return time.monotonic() - began


def orders(desk: Home, account: str) -> int:
    """At the broker; none before it has a book and its tables."""
    try:
        return int(broker_rows(desk.home, "SELECT count(*) FROM orders", account)[0][0])
    except sqlite3.OperationalError:
        return 0


def status(desk: Home, book: str) -> str:
    """Of its newest session; empty before there is one."""
    try:
        rows = journal_rows(desk.home, f"SELECT status FROM cycles WHERE book = '{book}' ORDER BY session DESC LIMIT 1")
    except sqlite3.OperationalError:
        return ""
    return rows[0][0] if rows else ""


def _wait_until(met: Callable[[], bool]) -> None:
    """Another process works; it can only be asked, and often enough to time it."""
    while not met():
        time.sleep(0.05)
