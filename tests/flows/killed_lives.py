"""Runs the rebalance flow in one forked life after another, each killed at the step it is told to die at.

Used as a program: `python killed_lives.py BOOK before|after STEP [STEP ...]`; prints one line a life. Forked, because
importing everything takes longer than a life.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import cvxpy  # noqa: F401  (imported here once, instead of in every life)
import great_expectations  # noqa: F401

from flows.rebalance import rebalance
from tasks.journal.cycles import Cycles
from tasks.model.cycle import Checkpoint, Cycle


def live(book: Path, moment: str, fatal: str) -> None:
    record = Cycles.record_step

    def recorded(self: Cycles, cycle: Cycle, done: Checkpoint) -> Any:
        if done.step == fatal and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        record(self, cycle, done)
        if done.step == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    Cycles.record_step = recorded  # type: ignore[method-assign]
    rebalance(book=book)


def main() -> None:
    book, moment, *steps = sys.argv[1:]
    for step in steps:
        child = os.fork()
        if child == 0:
            try:
                live(Path(book), moment, step)
            finally:
                os._exit(1)
        _, status = os.waitpid(child, 0)
        print(f"{step}: {'killed' if os.WIFSIGNALED(status) else 'survived'}", flush=True)


if __name__ == "__main__":
    main()
