"""Runs the rebalance flow and kills its own process right after a step's checkpoint (or right before it).

Used as a program: `python killed_run.py BOOK before|after STEP`.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from flows.rebalance import rebalance
from tasks.journal.cycles import Checkpoint, Cycle, Cycles


def main() -> None:
    book, moment, fatal = sys.argv[1:4]
    record = Cycles.record_step

    def recorded(self: Cycles, cycle: Cycle, done: Checkpoint) -> Any:
        if done.step == fatal and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        record(self, cycle, done)
        if done.step == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    Cycles.record_step = recorded  # type: ignore[method-assign]
    rebalance(book=Path(book))


if __name__ == "__main__":
    main()
