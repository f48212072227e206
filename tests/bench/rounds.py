"""Times the rebalance flow against a bare flow of as many empty tasks, in turn, on the server of PREFECT_API_URL.

Used as a program: `python rounds.py BOOK FOLDER ROUNDS`; prints one JSON object, a row a round.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

from flows.home import VARIABLE
from flows.rebalance import rebalance
from tasks import checkpoints as steps
from tasks.artifacts import publish
from tasks.journal import open_journal


@task(name="empty", cache_policy=NO_CACHE, persist_result=False)
def empty(number: int) -> dict[str, object]:
    return {"number": number}


@flow(name="bare", persist_result=False)
def bare(count: int) -> None:
    for number in range(count):
        empty(number)


def one_round(book: Path, home: Path) -> dict[str, float]:
    """Seconds: the whole flow, the work inside its steps, their artifacts (part of the work), the bare flow."""
    os.environ[VARIABLE] = str(home)
    artifacts = [0.0]

    def timed(*given: Any) -> None:
        began = time.perf_counter()
        publish(*given)
        artifacts[0] += time.perf_counter() - began

    steps.publish = timed
    open_journal(home).close()  # making the tables is done once in a home's life, not once a run
    began = time.perf_counter()
    told = rebalance(book=book)
    whole = time.perf_counter() - began
    assert told["status"] == "done"
    assert told["breaks"] == 0
    recorded = checkpoints(home, told["book"])
    began = time.perf_counter()
    bare(len(recorded))
    return {
        "tasks": len(recorded),
        "whole": whole,
        "inside": sum(recorded),
        "artifacts": artifacts[0],
        "bare": time.perf_counter() - began,
    }


def checkpoints(home: Path, book: str) -> list[float]:
    journal = open_journal(home)
    try:
        return [done.seconds for done in journal.cycles.checkpoints(journal.cycles.all(book)[0])]
    finally:
        journal.close()


def measured(book: Path, folder: Path, rounds: int) -> dict[str, list[dict[str, float]]]:
    """Rounds with Prefect as it is installed, and rounds without its heartbeat.

    A flow run ends only when its heartbeat thread wakes from a sleep of one second. That is up to a second of chance
    in the rebalance and nearly a whole one in the bare flow, and hides what either really costs.
    """
    one_round(book, folder / "warming")
    bare(1)
    installed = [one_round(book, folder / f"installed{number}") for number in range(rounds)]
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        without = [one_round(book, folder / f"without{number}") for number in range(rounds)]
    return {"as installed": installed, "without heartbeat": without}


def main() -> None:
    print(json.dumps(measured(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))))


if __name__ == "__main__":
    main()
