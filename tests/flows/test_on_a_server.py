"""On a real Prefect server: Retry as its UI does it, and the approval form; the same answers as the command gives."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tasks.journal import open_journal
from tests.flows.conftest import ROOT, small_book
from tests.flows.test_killed_and_rerun import STEPS
from tests.flows.worlds import assert_every_order_was_sent_once, commands_in, journal_rows, steelyard

FALLS = STEPS if os.environ.get("STEELYARD_PROOF") == "whole" else ("download", "wave 02", "report")
"""Each is one more start of the program: the build takes the two ends and the middle, `make prove` every step."""
PATIENCE_SECONDS = 240
BUSY = 503


@dataclass
class Server:
    """The few calls of Prefect's REST interface that its UI makes too."""

    url: str

    def call(self, path: str, body: Any = None, method: str | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}{path}", data=data, headers=headers, method=method)
        for _ in range(20):
            try:
                with urllib.request.urlopen(request, timeout=60) as reply:
                    text = reply.read()
                return json.loads(text) if text else None
            except urllib.error.HTTPError as busy:
                if busy.code != BUSY:
                    raise
                time.sleep(0.5)  # its SQLite is busy; Prefect's own client comes again too
        pytest.fail(f"the Prefect server stayed busy for {path}")

    def start_run(self, deployment: str = "failing/failing", **parameters: Any) -> str:
        found = self.wait_for(lambda: self._deployment(deployment), bool, "the deployment")
        body = {"state": {"type": "SCHEDULED"}, "parameters": {**found["parameters"], **parameters}}
        return self.call(f"/deployments/{found['id']}/create_flow_run", body)["id"]

    def _deployment(self, name: str) -> Any:
        try:
            return self.call(f"/deployments/name/{name}")
        except urllib.error.HTTPError:
            return None

    def state(self, run: str) -> tuple[str, str]:
        told = self.call(f"/flow_runs/{run}")["state"]
        return told["name"], told.get("message") or ""

    def wait_for(self, look: Callable[[], Any], good: Callable[[Any], bool], what: str) -> Any:
        until = time.monotonic() + PATIENCE_SECONDS
        seen = None
        while time.monotonic() < until:
            seen = look()
            if good(seen):
                return seen
            time.sleep(0.3)  # another process works; it can only be asked
        pytest.fail(f"waited {PATIENCE_SECONDS} s for {what}, last seen {seen}")

    def wait_for_state(self, run: str, *names: str) -> str:
        return self.wait_for(lambda: self.state(run), lambda it: it[0] in names, " or ".join(names))[1]

    def cards(self, run: str) -> list[dict[str, Any]]:
        """What the Artifacts tab of a run shows, those of the run itself first."""
        wanted = {"flow_run_id": {"any_": [run]}, "type": {"not_any_": ["result"]}}
        found = self.call("/artifacts/filter", {"artifacts": wanted})
        return sorted(found, key=lambda card: card["task_run_id"] is not None)

    def log(self, run: str) -> str:
        """What the Logs tab of a run shows once its end is there."""
        wanted = {"logs": {"flow_run_id": {"any_": [run]}}, "sort": "TIMESTAMP_ASC", "limit": 200}
        return "\n".join(line["message"] for line in self.call("/logs/filter", wanted))

    def retry(self, run: str) -> None:
        """What the UI's Retry button sends."""
        state = {"type": "SCHEDULED", "name": "AwaitingRetry", "message": "Retry from the Prefect UI"}
        self.call(f"/flow_runs/{run}/set_state", {"state": state})


@pytest.fixture(scope="module")
def serving(prefect_server: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One program serves the runs of all of these tests, each run in a process of its own."""
    with (tmp_path_factory.mktemp("served") / "log").open("wb") as log:
        command = [sys.executable, Path(__file__).with_name("served.py")]
        program = subprocess.Popen(command, env=prefect_server, cwd=ROOT, stdout=log, stderr=log)
        try:
            yield
        finally:
            program.terminate()
            program.wait(timeout=60)


@dataclass
class ServedBook(Server):
    """A book in a home of its own, and the runs of its deployment."""

    environment: dict[str, str]
    folder: Path

    @property
    def home(self) -> str:
        return self.environment["STEELYARD_HOME"]

    def started(self, mode: str = "full_auto", falls: tuple[str, ...] = ()) -> str:
        """A run of the book; what it is called by Prefect."""
        book = str(small_book(self.folder, mode=mode))
        return self.start_run(book=book, home=self.home, falls=falls)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return journal_rows(self.home, query)


@pytest.fixture
def server(serving: None, desk_home: dict[str, str], tmp_path: Path) -> ServedBook:  # noqa: ARG001
    return ServedBook(desk_home["PREFECT_API_URL"], desk_home, tmp_path)


@pytest.mark.timeout(900)
def test_retry_goes_on_at_the_step_that_fell_over(server: ServedBook) -> None:
    """The run keeps its id; every retry gets one step further, and no step that was done is done again."""
    run = server.started(falls=FALLS)
    for step in FALLS:
        message = server.wait_for_state(run, "Failed", "Completed", "Crashed")
        assert f"fell over in {step}" in message
        crash = f"RuntimeError: fell over in {step}"
        server.wait_for(lambda: server.log(run), lambda log, crash=crash: crash in log, "the crash in its log")
        server.retry(run)
        server.wait_for(lambda: server.state(run)[0], lambda name: name != "Failed", "the retry to begin")
    server.wait_for_state(run, "Completed")
    assert_every_order_was_sent_once(server.home)
    assert [n for (n,) in server.rows("SELECT count(*) FROM steps")] == [len(STEPS)]
    page, *cards = server.cards(run)
    assert (page["key"], page["task_run_id"]) == ("session-small", None)
    assert "**Now:** done." in page["data"]
    assert "**Left:** nothing." in page["data"]
    keys = [card["key"] for card in cards]
    assert len(set(keys)) == len(keys), "each step has one card, however often it fell over"
    assert {"small-2022-12-28-download", "small-2022-12-28-waves", "small-2022-12-28-report"} < set(keys)
    assert all(f"/artifacts/artifact/{card['id']}" in page["data"] for card in cards if card["key"].endswith("-report"))
    server.wait_for_state(server.started(), "Completed")
    assert_every_order_was_sent_once(server.home)
    assert steelyard(server.environment, "run", str(server.folder / "small.yaml"))["status"] == "already_done"


def test_a_manual_book_waits_for_the_form_asks_again_after_a_not_yet_and_trades_what_was_not_struck(
    server: ServedBook,
) -> None:
    run = server.started("manual")
    server.wait_for_state(run, "Suspended")
    told = steelyard(server.environment, "status", "small")
    assert told["books"][0]["status"] == "waiting"
    assert "**Needs from you:** plan" in server.cards(run)[0]["data"]
    (plan,) = [name for (name,) in server.rows("SELECT plan_hash FROM plans")]
    held = {"decision": "hold", "plan_hash": plan[:12], "who": "the desk", "note": "after the call", "single": "none"}
    server.call(f"/flow_runs/{run}/resume", {"run_input": held})
    server.wait_for_state(run, "Suspended")
    assert server.rows("SELECT count(*) FROM slices") == [(0,)]
    form = {"decision": "approve", "plan_hash": plan[:12], "who": "the desk", "note": "as discussed"}
    form |= {"single": "all", "strike": "PG"}
    server.call(f"/flow_runs/{run}/resume", {"run_input": form})
    server.wait_for_state(run, "Completed")
    said = server.rows("SELECT decision, who, note FROM approvals")
    assert said == [("held", "the desk", "after the call"), ("approved", "the desk", "as discussed")]
    page = server.cards(run)[0]["data"]
    assert "**Needs from you:** nothing." in page
    assert "is refused by the desk on" in page
    assert ("PG",) not in server.rows("SELECT symbol FROM orders")
    assert server.rows("SELECT count(*) FROM orders") == [(4,)]
    left = steelyard(server.environment, "status", "small")["books"][0]["stands_over"]
    assert any("PG: BUY" in sentence and "as discussed" in sentence for sentence in left)
    assert_every_order_was_sent_once(server.home)


def test_a_form_that_nobody_signed_is_put_again_and_nothing_is_recorded(server: ServedBook) -> None:
    """The server takes no form without a name or about another plan; the run stays suspended until one is signed."""
    run = server.started("manual")
    server.wait_for_state(run, "Suspended")
    (plan,) = [name for (name,) in server.rows("SELECT plan_hash FROM plans")]
    for form in (
        {"decision": "maybe", "who": 7},
        {"decision": "approve", "plan_hash": plan, "who": " ", "single": "all"},
        {"decision": "approve", "plan_hash": plan, "who": "the desk"},
        {"decision": "approve", "plan_hash": plan, "who": "the desk", "single": "ZZZ"},
        {"decision": "approve", "plan_hash": plan, "single": "all"},
        {"decision": "approve", "plan_hash": "0" * 64, "who": "the desk", "single": "all"},
        {"decision": "refuse", "plan_hash": "", "who": "the desk", "single": "none"},
    ):
        assert server.call(f"/flow_runs/{run}/resume", {"run_input": form})["status"] == "REJECT"
    assert server.state(run)[0] == "Suspended"
    assert server.rows("SELECT count(*) FROM approvals") == [(0,)]
    no = {"decision": "refuse", "plan_hash": plan, "who": "the desk", "single": "none"}
    server.call(f"/flow_runs/{run}/resume", {"run_input": no})
    assert "the desk refused plan" in server.wait_for_state(run, "Refused")
    log = server.wait_for(lambda: server.log(run), lambda log: "in state Refused" in log, "the end of the log")
    assert "Traceback" not in log, "a refusal is no crash"
    assert server.rows("SELECT decision FROM approvals") == [("refused",)]
    assert server.rows("SELECT count(*) FROM slices") == [(0,)]


def test_the_command_answers_like_the_form(server: ServedBook) -> None:
    """`steelyard approve` wakes the suspended run, which then trades."""
    run = server.started("manual")
    server.wait_for_state(run, "Suspended")
    told = steelyard(
        server.environment, "approve", "small", "--single", "all", "--who", "the desk", "--note", "by command"
    )
    assert (told["run_resumed"], told["run_lost"]) == (True, "")
    server.wait_for_state(run, "Completed")
    said = server.rows("SELECT decision, who, note FROM approvals")
    assert said == [("approved", "the desk", "by command")]
    assert_every_order_was_sent_once(server.home)


def test_without_a_server_the_command_approves_and_the_next_run_trades(
    desk_home: dict[str, str], tmp_path: Path
) -> None:
    """Exit status 1 while nobody has answered; a refusal stops the session; a new run makes a new plan.

    Where a run of the UI had asked that the server does not know any more, the answer says so, and what goes on.
    """
    book = str(small_book(tmp_path, mode="manual"))
    waiting = steelyard(desk_home, "run", book, status=1)
    assert waiting["error"] == "WaitsForPersonError"
    approve, refuse = commands_in(waiting["message"])
    steelyard(desk_home, *refuse, "--note", "earnings tonight")
    refused = steelyard(desk_home, "run", book, status=1)
    assert "earnings tonight" in refused["message"]
    assert steelyard(desk_home, "run", book, status=1)["error"] == "WaitsForPersonError"
    journal, gone = open_journal(Path(desk_home["STEELYARD_HOME"])), str(uuid4())
    plan = journal.decisions.newest_plan(journal.cycles.all("small")[0].cycle_id)
    assert plan is not None
    journal.decisions.record_request(plan.plan_hash, gone, datetime.now(UTC))
    journal.close()
    told = steelyard(desk_home, *approve)
    assert told["run_lost"] == (
        f"the server does not know the run that asked, {gone}: its database was restored, or is another one"
    )
    (go_on,) = commands_in(f"`{told['next'].partition('go on with: ')[2].partition(', or in the UI: ')[0]}`")
    assert steelyard(desk_home, *go_on)["status"] == "done"
    assert_every_order_was_sent_once(desk_home["STEELYARD_HOME"])
