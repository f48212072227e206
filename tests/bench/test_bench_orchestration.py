"""What it costs that Prefect tells the story: the flow beside its steps' own work, against a bare flow of empty tasks."""

import json
import subprocess
import sys
from pathlib import Path
from statistics import median

import pytest

from tests.flows.conftest import small_book

PROGRAM = Path(__file__).with_name("rounds.py")
ROUNDS = 5


@pytest.mark.bench
@pytest.mark.timeout(600)
def test_a_rebalance_spends_at_most_half_again_a_bare_flows_time_beside_its_own_work(
    prefect_server: dict[str, str], tmp_path: Path
) -> None:
    """Rounds of both in turn in one process on one server, so that a slow moment of the machine meets both."""
    command = [sys.executable, PROGRAM, small_book(tmp_path), tmp_path, str(ROUNDS)]
    done = subprocess.run(command, env=prefect_server, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    rows = json.loads(done.stdout.splitlines()[-1])
    for row in rows:
        beside = row["whole"] - row["inside"]
        print(
            f"{row['tasks']} tasks: {row['whole']:.2f} s, of it {row['inside']:.2f} s inside the steps "
            f"(artifacts {row['artifacts']:.2f} s), {beside:.2f} s beside; bare flow {row['bare']:.2f} s"
        )
    beside, bare = (median(values) for values in zip(*((r["whole"] - r["inside"], r["bare"]) for r in rows), strict=True))
    with_artifacts = median(r["whole"] - r["inside"] + r["artifacts"] for r in rows)
    print(f"beside the steps {beside / bare:.2f} of a bare flow; with the artifacts' calls {with_artifacts / bare:.2f}")
    assert beside / bare <= 1.5
