"""A program on a lifeline ends with whoever started it, also where that one is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flows.lifeline import started

ROOT = Path(__file__).parents[3]
STARTS_A_SERVER = """
import sys
from flows.lifeline import started
print(started("http.server", "0", "--bind", "127.0.0.1").pid, flush=True)
sys.stdin.read()
"""


def lives(pid: int) -> bool:
    """A process that nobody has buried yet does not live."""
    told = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return told.stdout.strip()[:1] not in ("", "Z")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_program_on_a_lifeline_ends_with_whoever_started_it(number: signal.Signals) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", STARTS_A_SERVER],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    try:
        assert lives(child)
        parent.send_signal(number)
        parent.wait()
        while lives(child):  # ended by the test's own timeout
            time.sleep(0.05)
    finally:
        if lives(child):
            os.kill(child, signal.SIGKILL)


def test_a_program_on_a_lifeline_hears_an_interrupt_that_whoever_started_it_ignores(tmp_path: Path) -> None:
    """As what a shell starts in the background does; a terminal's Ctrl-C is not for it, but for whoever started it."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        program = started("tests.unit.flows.waits", "well", str(tmp_path / "it"))
    finally:
        signal.signal(signal.SIGINT, before)
    try:
        while not list(tmp_path.glob("it.*")):  # ended by the test's own timeout
            assert program.poll() is None
            time.sleep(0.05)
        assert os.getsid(program.pid) != os.getsid(0)
        program.send_signal(signal.SIGINT)
        assert program.wait() == 0
    finally:
        program.kill()
