"""A deployment that falls over once in each step that a run names, served like an operator's own.

Used as a program: `python served.py` serves the deployment `failing/failing` until it is stopped.
"""

import os
from pathlib import Path
from typing import Any

from prefect import flow

from flows.rebalance import rebalance
from tasks.journal.cycles import Cycles
from tasks.model.cycle import Checkpoint, Cycle

record = Cycles.record_step


@flow(name="failing", persist_result=False)
def failing(book: Path, home: Path, falls: tuple[str, ...] = ()) -> dict[str, Any]:
    """Each run is a process of its own: what is set here is set for nobody else."""
    os.environ["STEELYARD_HOME"] = str(home)

    def fall_over_once(self: Cycles, cycle: Cycle, done: Checkpoint) -> Any:
        """The work of the step is done and its checkpoint is not: the worst moment to stop."""
        marker = home / f"fell-over-{done.step.replace(' ', '-')}"
        if done.step in falls and not marker.exists():
            marker.touch()
            raise RuntimeError(f"fell over in {done.step}")
        record(self, cycle, done)

    Cycles.record_step = fall_over_once  # type: ignore[method-assign]
    return rebalance.fn(book)


if __name__ == "__main__":
    failing.serve(name="failing", pause_on_shutdown=False)
