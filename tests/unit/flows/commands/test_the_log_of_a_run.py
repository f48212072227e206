"""A run whose output is a file or a pipe: whatever was said is there when the process is killed."""

import os
import signal
import subprocess
import sys
from io import StringIO
from pathlib import Path

from rich.console import Console

from flows.commands.progress import Log
from tasks.context import StepEvent
from tests.flows.conftest import ROOT

SAYS_AND_IS_KILLED = """
import os, signal
from rich.console import Console
from flows.commands.progress import live_story
from tasks.context import StepEvent

with live_story(Console()) as story:
    story.hear(StepEvent("download", "started"))
    story.hear(StepEvent("download", "done", "20 symbols, 120 sessions", 0.5))
    story.hear(StepEvent("wave 01", "started"))
    story.hear(StepEvent("wave 01", "done", "5 slices sent [AAPL]", 1.25))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_every_sentence_is_in_the_file_when_the_run_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "run.log"
    with log.open("wb") as out:
        done = subprocess.run([sys.executable, "-c", SAYS_AND_IS_KILLED], cwd=ROOT, stdout=out, check=False)
    assert done.returncode == -signal.SIGKILL
    said = [line.split(" ", 1)[1] for line in log.read_text().splitlines()]
    assert said == [
        "download started",
        "download done (0.5 s): 20 symbols, 120 sessions",
        "wave 01 started",
        "wave 01 done (1.2 s): 5 slices sent [AAPL]",
    ]


def waves(log: Log, *idle: bool) -> None:
    for number, nothing in enumerate(idle, start=1):
        log.hear(StepEvent(f"wave {number:02d}", "started"))
        said = "nothing was left to send" if nothing else f"{number} slices sent"
        log.hear(StepEvent(f"wave {number:02d}", "done", said, 0.1, idle=nothing))


def test_waves_after_an_order_that_is_done_at_once_are_one_line() -> None:
    out = StringIO()
    log = Log(Console(file=out, width=200))
    waves(log, False, True, True, True, False, True, True)
    log.hear(StepEvent("confirm", "started"))
    assert [line.split(" ", 1)[1] for line in out.getvalue().splitlines()] == [
        "wave 01 started",
        "wave 01 done (0.1 s): 1 slices sent",
        "wave 02 started",
        "wave 02 done (0.1 s): nothing was left to send",
        "wave 03 to 04 done (0.2 s): nothing was left to send",
        "wave 05 done (0.1 s): 5 slices sent",
        "wave 06 started",
        "wave 06 done (0.1 s): nothing was left to send",
        "wave 07 done (0.1 s): nothing was left to send",
        "confirm started",
    ]


def test_a_stop_in_a_wave_that_was_not_announced_is_told() -> None:
    out = StringIO()
    log = Log(Console(file=out, width=200))
    waves(log, True)
    log.hear(StepEvent("wave 02", "started"))
    log.hear(StepEvent("wave 02", "stopped", "halted by Ada Byron", 0.1))
    assert out.getvalue().splitlines()[-1].endswith("wave 02 stopped (0.1 s): halted by Ada Byron")


def test_what_the_command_prints_to_a_pipe_is_not_kept_back(tmp_path: Path) -> None:
    """Any sentence of any command, not only those of a run's steps."""
    code = (
        "import os, signal, sys; from flows.cli import main as cli; sys.argv = ['steelyard', '--nothing', '--json']\n"
        "try: cli.main()\n"
        "except SystemExit: os.kill(os.getpid(), signal.SIGKILL)"
    )
    log = tmp_path / "run.log"
    with log.open("wb") as out:
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=dict(os.environ), stdout=out, check=False)
    assert "UsageError" in log.read_text()
