"""Ends the desk of a home: never a process but the one that holds its lock, and what that one started."""

import os
import signal
import time
from pathlib import Path

from flows.desk.children import ENDS_WITHIN_SECONDS
from flows.desk.lock import is_held
from flows.desk.state import DeskState, standing
from flows.lifeline import PATIENCE_SECONDS
from tasks.errors import SteelyardError
from tasks.journal.lease_owners import is_dead, machine_of, this_process

LOOKS_EVERY_S = 0.1
ENDS_IN_ORDER_WITHIN_S = 3 * ENDS_WITHIN_SECONDS
"""One program after the other, and a little more."""
ENDS_WITH_IT_WITHIN_S = PATIENCE_SECONDS + 5
"""What hangs on the lifeline of a supervisor that was killed."""


def must_be_of_this_machine(state: DeskState) -> None:
    """Raises: SteelyardError for a home that another machine's desk uses."""
    if state.machine != machine_of(this_process()):
        raise SteelyardError(f"this home's desk is up on {state.machine}: run `steelyard down` there")


def end_desk(home: Path, state: DeskState) -> None:
    """In order, and where that takes too long without; afterwards nothing of it is left.

    Raises: SteelyardError where something of it does not end.
    """
    must_be_of_this_machine(state)
    for number, seconds in ((signal.SIGTERM, ENDS_IN_ORDER_WITHIN_S), (signal.SIGKILL, ENDS_WITH_IT_WITHIN_S)):
        if standing(home) is not None:
            os.kill(state.pid, number)
        if _is_over(home, state, seconds):
            return
    left = ", ".join(name for name, holder in state.children.items() if not is_dead(holder))
    raise SteelyardError(f"of the desk of {home} there is still: {left or 'its supervisor'} (process {state.pid})")


def _is_over(home: Path, state: DeskState, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not is_held(home) and all(is_dead(holder) for holder in state.children.values()):
            return True
        time.sleep(LOOKS_EVERY_S)
    return False
