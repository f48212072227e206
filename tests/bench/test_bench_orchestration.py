"""What it costs that Prefect tells the story: the flow beside its steps' work, against a bare flow of empty tasks."""

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
    ratios = {kind: told(kind, rows) for kind, rows in json.loads(done.stdout.splitlines()[-1]).items()}
    assert ratios["as installed"] <= 1.5


def told(kind: str, rows: list[dict[str, float]]) -> float:
    """Print the rounds; the median time beside the steps over the median bare flow."""
    for row in rows:
        print(
            f"{kind}: {row['tasks']} tasks in {row['whole']:.2f} s, {row['inside']:.2f} s inside the steps (artifacts "
            f"{row['artifacts']:.2f} s), {row['whole'] - row['inside']:.2f} s beside; bare flow {row['bare']:.2f} s"
        )
    bare = median(row["bare"] for row in rows)
    beside = median(row["whole"] - row["inside"] for row in rows)
    artifacts = median(row["whole"] - row["inside"] + row["artifacts"] for row in rows)
    print(f"{kind}: beside / bare {beside / bare:.2f}; with the artifacts' calls {artifacts / bare:.2f}")
    return beside / bare
