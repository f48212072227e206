"""What the first try costs: seconds of start-up and of the rebalance, memory at its peak, the command's own start."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
STEELYARD = Path(sys.executable).with_name("steelyard")
MOST_MB = 700
MOST_SECONDS = 90
MOST_SECONDS_OF_REBALANCE = 15
MOST_SECONDS_OF_HELP = 1.0
BETWEEN_LOOKS = 0.05


@dataclass(frozen=True)
class Run:
    seconds: float
    peak_mb: float
    """Of the command's own process; the temporary Prefect server is another one."""
    answer: dict[str, Any]
    says: str


def watched(command: list[str], environment: dict[str, str], log: Path) -> Run:
    """Run a command and look at its memory until it ends; the kernel keeps the peak, the last look is near enough."""
    began, peak_kb = time.perf_counter(), 0
    with log.open("w+") as out, log.with_suffix(".err").open("w+") as err:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=err)
        while process.poll() is None:
            peak_kb = max(peak_kb, _peak_kb(process.pid))
            time.sleep(BETWEEN_LOOKS)
        seconds = time.perf_counter() - began
        said, errors = log.read_text(), log.with_suffix(".err").read_text()
    assert process.returncode == 0, f"{said}\n{errors}"[-3000:]
    return Run(seconds, peak_kb / 1024, json.loads(said), errors)


def _peak_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


def fresh_environment(home: Path) -> dict[str, str]:
    """No server is running for this home and no settings of another one reach it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "STEELYARD_"))}
    return {**kept, "STEELYARD_HOME": str(home)}


@pytest.mark.bench
@pytest.mark.timeout(300)
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_the_demo_is_done_in_a_minute_and_a_half_within_700_mb(tmp_path: Path) -> None:
    home = tmp_path / "home"
    run = watched([str(STEELYARD), "run", "books/demo.yaml", "--json"], fresh_environment(home), tmp_path / "out")
    assert run.answer["status"] == "done"
    assert run.answer["breaks"] == 0
    again = watched([str(STEELYARD), "run", "books/demo.yaml", "--json"], fresh_environment(home), tmp_path / "again")
    start_up = _start_up_seconds(run.says)
    steps = _step_seconds(home)
    print("steps: " + ", ".join(f"{step} {seconds:.2f} s" for step, seconds in steps.items() if seconds >= 0.1))
    print(
        f"demo: {run.seconds:.1f} s, start-up {start_up:.1f} s, rest {run.seconds - start_up:.1f} s (inside the steps "
        f"{sum(steps.values()):.1f} s); peak {run.peak_mb:.0f} MB; a finished session answers in {again.seconds:.1f} s"
    )
    assert again.answer["status"] == "already_done"
    assert run.peak_mb < MOST_MB
    assert run.seconds - start_up < MOST_SECONDS_OF_REBALANCE
    assert run.seconds < MOST_SECONDS


def _step_seconds(home: Path) -> dict[str, float]:
    with closing(sqlite3.connect(home / "journal.sqlite")) as connection:
        return dict(connection.execute("SELECT step, seconds FROM steps ORDER BY finished_at"))


def _start_up_seconds(says: str) -> float:
    """From the summary: `start-up 21.3 s side by side (...)`."""
    words = says.split()
    return float(words[words.index("start-up") + 1])


@pytest.mark.bench
def test_help_is_there_within_a_second(tmp_path: Path) -> None:
    """Best of three: the first reads the files from disk."""
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        subprocess.run([STEELYARD, "--help"], env=fresh_environment(tmp_path), capture_output=True, check=True)
        seconds.append(time.perf_counter() - began)
    print("steelyard --help: " + ", ".join(f"{value:.2f} s" for value in seconds))
    assert min(seconds) < MOST_SECONDS_OF_HELP
