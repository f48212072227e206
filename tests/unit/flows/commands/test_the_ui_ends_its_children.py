"""`steelyard ui` that is told to end leaves no server and no worker behind, also one that does not listen."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.unit.flows.desk.test_before_a_desk_comes_up import free_port
from tests.unit.flows.test_lifeline import lives

ROOT = Path(__file__).parents[4]
STAND_INS = """
import signal, sys
from flows.cli.main import main
from flows.desk import children
from flows.desk.supervisor import Supervisor
from flows.lifeline import started

signal.signal(signal.SIGINT, signal.default_int_handler)
hears, place, port = sys.argv[1:]

def called(program, first="", *_):
    return first if program == "prefect" else program.rpartition(".")[2]

children.started = lambda *words, **_: started("tests.unit.flows.waits", hears, f"{place}/{called(*words)}")
Supervisor._wait_for = lambda *_: None
children.ENDS_WITHIN_SECONDS = 0.5 if hears == "deaf" else 60
sys.argv = ["steelyard", "ui", "--port", port]
main()
"""
"""The real command and its real end: in the place of Prefect's server and worker are processes that wait.

It hears Ctrl-C also where these tests are a background job of a shell, whose children ignore it.
"""


def waiting(place: Path) -> dict[str, int]:
    """Name and process number of those that wait."""
    return {file.stem: int(file.suffix[1:]) for name in ("server", "worker") for file in place.glob(f"{name}.*")}


@pytest.mark.parametrize("hears", ["well", "deaf"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_ui_that_is_told_to_end_ends_its_server_and_its_worker_first(
    tmp_path: Path, hears: str, number: signal.Signals
) -> None:
    ui = subprocess.Popen(
        [sys.executable, "-c", STAND_INS, hears, str(tmp_path), str(free_port())],
        cwd=ROOT,
        env={**os.environ, "STEELYARD_HOME": str(tmp_path)},
        text=True,
        stdout=subprocess.PIPE,
    )
    while len(children := waiting(tmp_path)) < 2:
        assert ui.poll() is None, ui.communicate()
        time.sleep(0.05)  # ended by the test's own timeout
    try:
        assert [lives(pid) for pid in children.values()] == [True, True]
        ui.send_signal(number)
        ended = ui.wait()
        assert {name for name, pid in children.items() if lives(pid)} == set(), "by now, not once their lifeline ends"
        assert (ended, "told to end" in ui.communicate()[0]) == (0, True)
        assert not (tmp_path / "prefect.url").exists(), "the next run would look for a server there"
    finally:
        for pid in filter(lives, children.values()):
            os.kill(pid, signal.SIGKILL)
