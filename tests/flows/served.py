"""A deployment that falls over once in each step of FALL_OVER, served like an operator's own.

Used as a program: `python served.py BOOK` serves the deployment `failing/failing` until it is stopped.
"""

import os
import sys
from pathlib import Path
from typing import Any

from prefect import flow

from flows.rebalance import rebalance
from tasks.journal.cycles import Cycles
from tasks.model.cycle import Checkpoint, Cycle

record = Cycles.record_step


def fall_over_once(self: Cycles, cycle: Cycle, done: Checkpoint) -> Any:
    """The work of the step is done and its checkpoint is not: the worst moment to stop."""
    marker = Path(os.environ["STEELYARD_HOME"]) / f"fell-over-{done.step.replace(' ', '-')}"
    if done.step in os.environ.get("FALL_OVER", "").split(",") and not marker.exists():
        marker.touch()
        raise RuntimeError(f"fell over in {done.step}")
    record(self, cycle, done)


Cycles.record_step = fall_over_once  # type: ignore[method-assign]


@flow(name="failing", persist_result=False)
def failing(book: Path) -> dict[str, Any]:
    return rebalance.fn(book)


if __name__ == "__main__":
    failing.serve(name="failing", parameters={"book": sys.argv[1]}, pause_on_shutdown=False)
