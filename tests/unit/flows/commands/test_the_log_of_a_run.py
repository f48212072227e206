"""A run whose output is a file or a pipe: whatever was said is there when the process is killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.flows.conftest import ROOT

SAYS_AND_IS_KILLED = """
import os, signal
from rich.console import Console
from flows.commands.progress import told_live
from tasks.context import StepEvent

with told_live(Console()) as story:
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
