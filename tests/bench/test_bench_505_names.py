"""A rebalance of 505 real names from download to report: where its time goes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.names import SESSION, write_names_book

PROGRAM = Path(__file__).with_name("names_run.py")


@pytest.fixture
def real_data() -> Path:
    folder = os.environ.get("STEELYARD_TEST_DATA")
    if not folder:
        pytest.skip("STEELYARD_TEST_DATA is not set: no real prices at hand")
    return Path(folder)


@pytest.mark.bench
@pytest.mark.timeout(600)
def test_505_real_names_are_rebalanced_end_to_end_without_a_break(
    real_data: Path, prefect_server: dict[str, str], tmp_path: Path
) -> None:
    """Factor model, limits and thirteen waves; half of the names are held before, so that both sides trade."""
    book, names = write_names_book(real_data, tmp_path)
    environment = {**prefect_server, "STEELYARD_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [sys.executable, PROGRAM, book, SESSION.isoformat()],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answer = json.loads(done.stdout.splitlines()[-1])
    for step, (seconds, sentence) in answer["steps"].items():
        print(f"{step:10} {seconds:7.2f} s  {sentence}")
    told, inside = answer["told"], sum(seconds for seconds, _ in answer["steps"].values())
    print(
        f"{names} names in {answer['whole']:.1f} s ({answer['whole'] - inside:.1f} s beside the steps): "
        f"{told['orders']} orders, {told['slices']} slices, {told['fills']} fills, {told['breaks']} breaks"
    )
    assert names == 505
    assert told["status"] == "done"
    assert told["orders"] >= 100
    assert told["fills"] >= told["orders"]
    assert told["breaks"] == 0
