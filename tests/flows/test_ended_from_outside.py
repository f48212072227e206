"""A run that is killed leaves no server behind; one that is told to end says what works on and how to go on."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from tests.flows.conftest import ROOT, small_book
from tests.flows.worlds import assert_every_order_was_sent_once, commands_in, journal_rows, steelyard

STANDS_STILL = "import tests.flows.stands_still; from flows.cli.main import main; main()"


def wait_for(what: str, met: Callable[[], bool], process: subprocess.Popen[str] | None = None) -> None:
    """Another process has to do something: there is nothing to be notified by. The test's own timeout ends it."""
    while not met():
        assert process is None or process.poll() is None, f"{what}: {process.communicate()[1][-3000:]}"
        time.sleep(0.1)


def lives(pid: int) -> bool:
    """A process that nobody has buried yet does not live."""
    told = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return told.stdout.strip()[:1] not in ("", "Z")


def servers_of(parent: int) -> list[tuple[int, str]]:
    """(process, port) of each web server that a process has started."""
    told = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True)
    lines = [line.split(None, 2) for line in told.stdout.splitlines()]
    return [
        (int(pid), found[1])
        for pid, of, words in lines
        if int(of) == parent and (found := re.search(r"uvicorn .*--port (\d+)", words))
    ]


def answers(port: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health", timeout=2):
            return True
    except (urllib.error.URLError, OSError):
        return False


def test_the_server_of_a_run_that_is_killed_ends_with_it(tmp_path: Path) -> None:
    """Without a server to use, a run starts its own; a kill leaves it no time to stop it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment |= {"STEELYARD_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
    run = subprocess.Popen(
        [sys.executable, "-m", "flows.cli.main", "run", str(small_book(tmp_path))],
        env=environment,
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    wait_for("its server", lambda: bool(servers_of(run.pid)), run)
    [(server, port)] = servers_of(run.pid)
    wait_for("its server's answer", lambda: answers(port), run)
    run.kill()
    run.wait()
    wait_for("the end of the server", lambda: not lives(server))


def test_a_run_that_is_told_to_end_says_what_works_on_and_how_to_go_on(
    desk_home: dict[str, str], tmp_path: Path
) -> None:
    """Its clock stands still while orders work. Afterwards the sentence's own command ends the session."""
    home = desk_home["STEELYARD_HOME"]
    run = subprocess.Popen(
        [sys.executable, "-c", STANDS_STILL, "run", str(small_book(tmp_path))],
        env=desk_home,
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    at_work = "SELECT count(*) FROM order_events WHERE state = 'accepted'"
    wait_for("an order at work", lambda: Path(home, "journal.sqlite").is_file() and _count(home, at_work) > 0, run)
    run.send_signal(signal.SIGTERM)
    _, said = run.communicate(timeout=120)
    assert run.returncode == 1, said
    assert "Traceback" not in said
    sentence = said.strip().splitlines()[-1]
    assert re.match(r"ended by SIGTERM: \d+ orders of small still at work at the broker", sentence), said
    assert steelyard(desk_home, *commands_in(sentence)[0])["status"] == "done"
    assert_every_order_was_sent_once(home)


def _count(home: str, query: str) -> int:
    try:
        [(found,)] = journal_rows(home, query)
    except Exception:  # noqa: BLE001 - the journal is being made at this moment
        return 0
    return found
