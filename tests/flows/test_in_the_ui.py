"""`steelyard ui` as an operator has it: a run that is cancelled, halt and resume."""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.flows.conftest import ROOT, must_be_without_errors, small_book
from tests.flows.test_on_a_server import Server
from tests.flows.worlds import broker_rows, journal_rows

ANSWERS = 409, 422
OPEN = "SELECT count(*) FROM orders WHERE is_working = 1"


@dataclass
class Desk(Server):
    """The server of one `steelyard ui`, one book, and what its user clicks on."""

    url: str
    home: str
    folder: Path

    def deployment(self, name: str) -> dict[str, Any]:
        return self.call(f"/deployments/name/{name}")

    def quick_run(self, deployment: dict[str, Any], **parameters: Any) -> str:
        body = {"state": {"type": "SCHEDULED"}, "parameters": {**deployment["parameters"], **parameters}}
        return self.call(f"/deployments/{deployment['id']}/create_flow_run", body)["id"]

    def cancel(self, run: str) -> None:
        """What the UI's Cancel button sends."""
        self.call(f"/flow_runs/{run}/set_state", {"state": {"type": "CANCELLING", "name": "Cancelling"}})

    def logs_of(self, run: str) -> str:
        asked = {"logs": {"flow_run_id": {"any_": [run]}}, "sort": "TIMESTAMP_ASC", "limit": 200}
        return "\n".join(line["message"] for line in self.call("/logs/filter", asked))


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
        command = [sys.executable, "-m", "flows.cli", "ui", "--port", str(port)]
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
    works = lambda: _at_broker(desk, OPEN)  # noqa: E731
    desk.wait_for(works, bool, "orders at work")
    desk.cancel(run)
    began = datetime.now(UTC)
    desk.wait_for(works, lambda open_orders: open_orders == 0, "no open order at the broker")
    print(f"no open order {(datetime.now(UTC) - began).total_seconds():.1f} s after Cancel")
    desk.wait_for_state(run, "Cancelled")
    assert "5 working orders cancelled at the broker" in desk.logs_of(run)
    ((status, message),) = journal_rows(desk.home, "SELECT status, message FROM cycles WHERE book = 'other'")
    assert (status, "by a person in the UI: 5 working orders cancelled" in message) == ("cancelled", True)
    sent = _at_broker(desk, "SELECT count(*) FROM orders")
    again = desk.quick_run(deployment)
    assert "was cancelled by a person in the UI" in desk.wait_for_state(again, "Failed", "Completed")
    assert _at_broker(desk, "SELECT count(*) FROM orders") == sent
    resume = desk.deployment("resume/resume")
    words = {"book": str(book), "who": "Ada Byron", "because": "it was the wrong run", "session": "2022-12-28"}
    desk.wait_for_state(desk.quick_run(resume, **words), "Completed")
    desk.wait_for_state(desk.quick_run(daily, book=str(book)), "Completed")
    assert journal_rows(desk.home, "SELECT status FROM cycles WHERE book = 'other'") == [("done",)]


@pytest.mark.timeout(600)
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


def _at_broker(desk: Desk, query: str) -> int:
    if not (Path(desk.home) / "broker" / "o.sqlite").exists():
        return 0
    return int(broker_rows(desk.home, query, "o")[0][0])
