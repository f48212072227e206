"""Brings a desk up in the background: a supervisor in a session of its own, which outlives whoever asked for it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from flows.desk import log
from flows.desk.lock import is_held
from flows.desk.state import DeskState, Stage, forget, on_file, standing
from flows.home import VARIABLE
from tasks.errors import ConfigError, SteelyardError

LOOKS_EVERY_S = 0.2


def start_supervisor(home: Path, port: int) -> subprocess.Popen[bytes]:
    """A traceback that it ends with is in the log of the desk."""
    forget(home)  # what an earlier one said
    path = os.pathsep.join(entry for entry in sys.path if entry)
    environment = {**os.environ, VARIABLE: str(home), "PYTHONPATH": path}
    with (home / log.EVENTS).open("ab") as events:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "flows.desk", str(port)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=events,
            start_new_session=True,
        )


def wait_until_over(home: Path) -> None:
    """Of a desk that is ending: afterwards there is none."""
    while (state := standing(home)) is not None and state.stage is Stage.STOPPING:
        time.sleep(LOOKS_EVERY_S)


def wait_until_known(home: Path) -> DeskState | None:
    """The state of a desk that is up or about to be, once it has said something; None where there is none any more."""
    while (state := standing(home)) is None and is_held(home):
        time.sleep(LOOKS_EVERY_S)
    return state


def wait_until_up(home: Path, is_gone: Callable[[], bool]) -> DeskState:
    """The state of the desk once it is up. `is_gone`: whether nobody works at it any more.

    Raises: ConfigError with what it says where it does not come up.
    """
    while True:
        gone = is_gone()  # asked before the file is read: what it wrote last is there
        state = standing(home)
        if state is not None and state.stage is Stage.UP:
            return state
        if gone:
            raise _why_not(home)
        time.sleep(LOOKS_EVERY_S)


def _why_not(home: Path) -> SteelyardError:
    state = on_file(home)
    said = state.message if state is not None and state.stage is Stage.FAILED else "it ended without a word"
    return ConfigError(f"the desk did not come up: {said}\nIts logs are {home / log.EVENTS} and {home / log.OUTPUT}")
