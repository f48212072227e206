"""`steelyard up` and `down` as whoever keeps a desk has them: what falls is there again, in the end nothing is left."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from flows.desk.automations import ALL
from flows.desk.lock import is_held
from flows.desk.state import on_file
from tests.flows.conftest import ROOT
from tests.flows.test_ended_from_outside import lives, wait_for
from tests.flows.test_in_the_ui import Desk

NOTICED_WITHIN_S = 120


@dataclass
class Home(Desk):
    """A desk of a home of its own, and the command."""

    environment: dict[str, str]

    def steelyard(self, *words: str) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "flows.cli.main", *words, "--json"],
            **self.as_a_user(),
            stderr=subprocess.PIPE,
            check=False,
        )
        assert done.returncode == 0, done.stderr + self.log("desk") + self.log("prefect")[-3000:]
        return {**json.loads(done.stdout), "said": done.stderr}

    def as_a_user(self) -> dict[str, Any]:
        return {"env": self.environment, "cwd": ROOT, "text": True, "stdout": subprocess.PIPE}

    def process(self, name: str) -> int:
        state = on_file(Path(self.home))
        assert state is not None
        return state.pid if name == "supervisor" else int(state.children[name].split(":")[1])

    def log(self, name: str) -> str:
        return (Path(self.home) / f"{name}.log").read_text(errors="replace")

    def sleeps(self) -> str:
        """A run that is in its flow and stays there."""
        like = self.deployment("halt/halt")
        kept = {name: like[name] for name in ("flow_id", "pull_steps", "work_pool_name", "path")}
        made = self.call("/deployments/", {**kept, "name": "sleeps", "entrypoint": "tests/flows/sleeps.py:sleeps"})
        run = self.quick_run(made)
        self.wait_for_state(run, "Running")
        return run

    def said_to_run(self) -> str:
        """A run of which nobody is the process: as one that ended with the power of another machine."""
        run = self.call("/flow_runs/", {"flow_id": self.deployment("halt/halt")["flow_id"]})["id"]
        self.call(f"/flow_runs/{run}/set_state", {"state": {"type": "RUNNING"}})
        return run

    def never_answered(self) -> str:
        """A run whose question nobody answered in time, as Prefect's server then leaves it."""
        run = self.call("/flow_runs/", {"flow_id": self.deployment("halt/halt")["flow_id"]})["id"]
        failed = {"type": "FAILED", "message": "The flow was paused and never resumed."}
        self.call(f"/flow_runs/{run}/set_state", {"state": failed})
        return run

    def register_again(self) -> str:
        """As the next `up` does, at the server of this one."""
        words = [sys.executable, "-m", "flows.desk.register", self.url, str(ROOT / "prefect.yaml")]
        environment = {**self.environment, "PREFECT_API_URL": self.url}
        return subprocess.run(words, **{**self.as_a_user(), "env": environment}, check=True).stdout

    def crashed_within_s(self, run: str) -> float:
        began = time.monotonic()
        assert "Press Retry" in self.wait_for_state(run, "Crashed")
        return time.monotonic() - began


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Home]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment |= {"STEELYARD_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
    desk = Home(f"http://127.0.0.1:{port}/api", environment["STEELYARD_HOME"], tmp_path, environment)
    try:
        yield desk
    finally:
        subprocess.run([sys.executable, "-m", "flows.cli.main", "down", "--now"], check=False, **desk.as_a_user())


def processes_of(run: str) -> list[int]:
    """By the variable that Prefect gives a run's process, which its children inherit."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"PREFECT__FLOW_RUN_ID={run}".encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


@pytest.mark.timeout(900)
@pytest.mark.skipif(not Path("/proc/self/environ").is_file(), reason="finds a run's process by its environment")
def test_what_up_starts_is_watched_until_down_ends_it(desk: Home) -> None:
    port = desk.url.split(":")[2].partition("/")[0]
    first = desk.steelyard("up", "--port", port)
    print(first["said"])
    assert (first["status"], first["url"]) == ("up", f"http://127.0.0.1:{port}")
    again = desk.steelyard("up", "--port", port)
    assert (again["status"], again["pid"], again["since"]) == ("already up", first["pid"], first["since"])
    desk.switch_on(desk.deployment("rebalance/daily"))

    run = desk.sleeps()
    waits = subprocess.Popen([sys.executable, "-m", "flows.cli.main", "down"], **desk.as_a_user())
    assert waits.stdout is not None
    assert waits.stdout.readline() == "waiting for 1 run at work; Ctrl-C leaves everything up\n"
    waits.terminate()  # as Ctrl-C, which what a shell starts in the background does not hear
    waits.communicate()
    assert desk.state(run)[0] == "Running"

    fell = [desk.process("worker"), *processes_of(run)]
    assert len(fell) >= 2
    for pid in fell:
        os.kill(pid, signal.SIGKILL)
    wait_for("a new worker", lambda: lives(desk.process("worker")) and desk.process("worker") not in fell)
    assert "worker ended with status -9; it is started again in 1 s" in desk.log("desk")
    assert "worker started again at " in "".join(desk.steelyard("status")["desk"]["events"])

    nobody = desk.said_to_run()
    assert desk.register_again() == "the deployments are as they were\n"
    assert desk.deployment("rebalance/daily")["schedules"][0]["active"], "whoever switched it on is not asked again"
    assert len(desk.call("/automations/filter", {})) == len(ALL)
    assert "silence means no" in desk.wait_for_state(desk.never_answered(), "Unanswered")
    assert max(desk.crashed_within_s(run), desk.crashed_within_s(nobody)) < NOTICED_WITHIN_S

    desk.said_to_run()
    were = [desk.process(name) for name in ("supervisor", "server", "worker", "reports")]
    ended = desk.steelyard("down", "--now")
    assert (ended["ended"], len(ended["runs"])) == (True, 1)
    home = Path(desk.home)
    assert (any(map(lives, were)), is_held(home), on_file(home)) == (False, False, None)
    assert desk.steelyard("down")["ended"] is False
