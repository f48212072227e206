"""`steelyard ui` as an operator has it: schedules that are switched on, a run that is cancelled, halt and resume."""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.flows.conftest import ROOT, must_be_without_errors, small_book
from tests.flows.test_on_a_server import Server
from tests.flows.worlds import assert_every_order_was_sent_once, broker_rows, journal_rows, orders_at_work

NEW_YORK = ZoneInfo("America/New_York")
ANSWERS = 409, 422


@dataclass
class Desk(Server):
    """The server of one `steelyard ui`, one book, and what its user clicks on."""

    home: str
    folder: Path

    def deployment(self, name: str) -> dict[str, Any]:
        return self.call(f"/deployments/name/{name}")

    def edit(self, deployment: dict[str, Any], **change: Any) -> None:
        self.call(f"/deployments/{deployment['id']}", change, "PATCH")

    def switch_on(self, deployment: dict[str, Any]) -> None:
        schedule = deployment["schedules"][0]
        self.call(f"/deployments/{deployment['id']}/schedules/{schedule['id']}", {"active": True}, "PATCH")

    def runs_of(self, deployment: dict[str, Any]) -> list[dict[str, Any]]:
        """By the time they are meant for."""
        asked = {"deployments": {"id": {"any_": [deployment["id"]]}}, "sort": "EXPECTED_START_TIME_ASC"}
        return self.call("/flow_runs/filter", asked)

    def planned(self, deployment: dict[str, Any], first: date, last: date) -> list[datetime]:
        """Runs that the server's own scheduler made for the days from first to last."""
        window = {"start_time": f"{first}T05:00:00Z", "end_time": f"{last}T23:00:00Z", "min_runs": 20, "max_runs": 20}
        self.call(f"/deployments/{deployment['id']}/schedule", window)
        found = [instant(run) for run in self.runs_of(deployment) if run["auto_scheduled"]]
        return [at for at in found if first <= at.date() <= last]

    def quick_run(self, deployment: dict[str, Any], **parameters: Any) -> str:
        body = {"state": {"type": "SCHEDULED"}, "parameters": {**deployment["parameters"], **parameters}}
        return self.call(f"/deployments/{deployment['id']}/create_flow_run", body)["id"]

    def cancel(self, run: str) -> None:
        """What the UI's Cancel button sends."""
        self.call(f"/flow_runs/{run}/set_state", {"state": {"type": "CANCELLING", "name": "Cancelling"}})

    def logs_of(self, run: str) -> str:
        asked = {"logs": {"flow_run_id": {"any_": [run]}}, "sort": "TIMESTAMP_ASC", "limit": 200}
        return "\n".join(line["message"] for line in self.call("/logs/filter", asked))


def instant(run: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(run["expected_start_time"]).astimezone(UTC)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Server, deployments and worker as the command starts them; its log must be without errors in the end."""
    folder = tmp_path_factory.mktemp("ui")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment |= {"STEELYARD_HOME": str(folder / "home"), "PYTHONPATH": str(ROOT)}
    log = folder / "ui.log"
    with log.open("wb") as out:
        command = [sys.executable, "-m", "flows.cli.main", "ui", "--port", str(port)]
        ui = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=out, stderr=out, start_new_session=True)
        try:
            found = Desk(f"http://127.0.0.1:{port}/api", environment["STEELYARD_HOME"], folder)
            found.wait_for(lambda: _is_up(ui, log), bool, "`steelyard ui` to be ready")
            yield found
        finally:
            ui.send_signal(signal.SIGTERM)
            ui.wait(timeout=60)
            _end_group(ui.pid)
    must_be_without_errors(log)


def _is_up(ui: subprocess.Popen[bytes], log: Path) -> bool:
    said = log.read_text(errors="replace")
    assert ui.poll() is None, said[-3000:]
    return "Ctrl-C stops it" in said and "Worker" in said and "started!" in said


def _end_group(leader: int) -> None:
    """Whatever the command should leave behind."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def at_half_past_eight(*days: date) -> list[datetime]:
    return [datetime.combine(day, time(8, 30), NEW_YORK).astimezone(UTC) for day in days]


def next_weekdays(now: datetime, count: int) -> list[date]:
    """Of the mornings at half past eight in New York that are still to come."""
    day = now.astimezone(NEW_YORK).date()
    coming = (day + timedelta(days=n) for n in range(14))
    found = [one for one in coming if one.weekday() < 5 and at_half_past_eight(one)[0] > now]
    return found[:count]


@pytest.mark.timeout(900)
def test_a_schedule_that_is_switched_on_has_its_runs_at_the_right_instants_and_a_holiday_ends_green(desk: Desk) -> None:
    """As the server's own scheduler makes them: weekends, both changes of summer time, and a holiday that was due."""
    daily = desk.deployment("rebalance/daily")
    assert not desk.runs_of(daily), "schedules are off until somebody turns them on"
    desk.edit(daily, parameters={"book": str(small_book(desk.folder))})
    began = datetime.now(UTC)
    desk.switch_on(daily)
    runs = desk.wait_for(lambda: desk.runs_of(daily), lambda made: len(made) >= 3, "three scheduled runs")
    assert [instant(run) for run in runs[:3]] == at_half_past_eight(*next_weekdays(began, 3))
    assert {run["state"]["type"] for run in runs} == {"SCHEDULED"}
    spring = desk.planned(daily, date(2027, 3, 11), date(2027, 3, 16))
    assert [f"{at:%m-%d %H:%M}" for at in spring] == ["03-11 13:30", "03-12 13:30", "03-15 12:30", "03-16 12:30"]
    autumn = desk.planned(daily, date(2027, 11, 4), date(2027, 11, 9))
    assert [f"{at:%m-%d %H:%M}" for at in autumn] == ["11-04 12:30", "11-05 12:30", "11-08 13:30", "11-09 13:30"]
    (thanksgiving,) = desk.planned(daily, date(2025, 11, 27), date(2025, 11, 27))
    holiday = next(run["id"] for run in desk.runs_of(daily) if instant(run) == thanksgiving)
    message = desk.wait_for_state(holiday, "Completed", "Failed", "Crashed")
    assert message.startswith("Thursday 2025-11-27 is not a session of XNYS"), message
    assert not (Path(desk.home) / "journal.sqlite").exists(), "nothing was touched"


@pytest.mark.timeout(900)
def test_a_schedule_fires_by_itself_and_rebalances(desk: Desk) -> None:
    daily = desk.deployment("rebalance/daily")
    soon = (datetime.now(UTC) + timedelta(seconds=30)).replace(microsecond=0)
    due = {"schedule": {"interval": 86_400 * 400, "anchor_date": soon.isoformat()}, "active": True}
    desk.call(f"/deployments/{daily['id']}/schedules", [due])
    # The scheduler looks every minute, and within seconds at a deployment that was edited.
    # Its session is named, so that the test means the same on a holiday.
    desk.edit(daily, parameters={"book": str(small_book(desk.folder)), "session": "2022-12-28"})
    mine = desk.wait_for(
        lambda: [run for run in desk.runs_of(daily) if instant(run) == soon], bool, "the run that is due soon"
    )[0]
    assert mine["auto_scheduled"]
    desk.wait_for_state(mine["id"], "Completed")
    # A run's log arrives in batches, after its end too.
    desk.wait_for(lambda: desk.logs_of(mine["id"]), lambda log: "report done" in log, "the log of the report")
    assert journal_rows(desk.home, "SELECT status FROM cycles WHERE book = 'small'") == [("done",)]
    assert_every_order_was_sent_once(desk.home)


@pytest.mark.timeout(900)
def test_cancel_takes_the_working_orders_off_the_broker_and_only_a_person_lets_the_plan_go_on(desk: Desk) -> None:
    """In mid-wave; then a new run sends nothing, a resume by name lets the rest of the plan be worked."""
    daily = desk.deployment("rebalance/daily")
    book = desk.folder / "other.yaml"
    book.write_text(small_book(desk.folder).read_text().replace("book: small", "book: other").replace(": small", ": o"))
    copied = ("flow_id", "pull_steps", "work_pool_name", "path", "enforce_parameter_schema")
    slow = {name: daily[name] for name in copied} | {"name": "slow", "parameters": {"book": str(book)}}
    slow |= {"entrypoint": "tests/flows/stands_still.py:rebalance", "id": None}
    deployment = desk.call("/deployments/", {name: value for name, value in slow.items() if value is not None})
    run = desk.quick_run(deployment)
    works = lambda: orders_at_work(desk.home, "o")  # noqa: E731
    desk.wait_for(works, bool, "orders at work")
    desk.cancel(run)
    began = datetime.now(UTC)
    desk.wait_for(works, lambda open_orders: open_orders == 0, "no open order at the broker")
    print(f"no open order {(datetime.now(UTC) - began).total_seconds():.1f} s after Cancel")
    desk.wait_for(lambda: desk.state(run), _says_what_became_of_the_orders, "Cancelled, with what became of the orders")
    told = "5 working orders cancelled at the broker"
    desk.wait_for(lambda: desk.logs_of(run), lambda log: told in log, "the same in its log")
    ((status, message),) = journal_rows(desk.home, "SELECT status, message FROM cycles WHERE book = 'other'")
    assert (status, "by a person in the UI: 5 working orders cancelled" in message) == ("cancelled", True)
    sent = broker_rows(desk.home, "SELECT count(*) FROM orders", "o")
    again = desk.quick_run(deployment)
    assert "was cancelled by a person in the UI" in desk.wait_for_state(again, "Cancelled", "Completed")
    assert broker_rows(desk.home, "SELECT count(*) FROM orders", "o") == sent
    resume = desk.deployment("resume/resume")
    words = {"book": str(book), "who": "Ada Byron", "because": "it was the wrong run", "session": "2022-12-28"}
    desk.wait_for_state(desk.quick_run(resume, **words), "Completed")
    desk.wait_for_state(desk.quick_run(daily, book=str(book)), "Completed")
    assert journal_rows(desk.home, "SELECT status FROM cycles WHERE book = 'other'") == [("done",)]


def test_halt_is_in_the_ui_and_wants_a_name_and_a_reason(desk: Desk) -> None:
    halt = desk.deployment("halt/halt")
    with pytest.raises(urllib.error.HTTPError) as refused:
        desk.quick_run(halt, every_book=True, book="")
    assert refused.value.code in ANSWERS
    words = {"who": "Ada Byron", "because": "prices look wrong"}
    desk.wait_for_state(desk.quick_run(halt, **words, every_book=True, book=""), "Completed")
    assert journal_rows(desk.home, "SELECT scope, state, who, why FROM halts") == [
        ("*", "halted", "Ada Byron", "prices look wrong")
    ]


def _says_what_became_of_the_orders(state: tuple[str, str]) -> bool:
    return state[0] == "Cancelled" and "5 working orders cancelled at the broker" in state[1]
