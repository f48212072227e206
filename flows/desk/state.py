"""What a home's desk says of itself: a small file that its supervisor replaces, and that everybody else only reads."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from flows.desk.lock import is_held
from tasks.journal.lease_owners import is_dead, machine_of, this_process

FILE = "desk.json"
MOST_EVENTS = 5
"""Shown by `status`; all of them are in desk.log."""


class Stage(StrEnum):
    STARTING = "starting"
    UP = "up"
    STOPPING = "stopping"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DeskState:
    pid: int
    """The supervisor's, on the machine where the lock is held."""
    holder: str
    """The same process by a name that no later one can have."""
    port: int
    url: str
    """Where a person's browser goes."""
    since: str
    """When the supervisor began, ISO, UTC."""
    stage: Stage = Stage.STARTING
    reports_url: str = ""
    """What the link of a report begins with."""
    runs_at_once: int = 0
    """That the others wait for; 0 until it is known."""
    message: str = ""
    """Why it failed."""
    events: tuple[str, ...] = ()
    """What happened to server and worker since, the newest last."""
    children: Mapping[str, str] = field(default_factory=dict)
    """By name: the process, named as the holder is."""

    @property
    def began(self) -> str:
        """For a sentence."""
        return f"{datetime.fromisoformat(self.since):%Y-%m-%d %H:%M:%S} UTC"

    @property
    def machine(self) -> str:
        return machine_of(self.holder)

    def is_of_a_living_process(self) -> bool:
        """Whether the process that wrote this may be alive; False is proof that it is not."""
        return not is_dead(self.holder)

    def with_event(self, sentence: str) -> "DeskState":
        return replace(self, events=(*self.events, sentence)[-MOST_EVENTS:])


def begun(port: int, url: str, reports_url: str = "") -> DeskState:
    """The state of a desk that this process supervises from now on."""
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return DeskState(os.getpid(), this_process(), port, url, since, reports_url=reports_url)


def write(home: Path, state: DeskState) -> None:
    """Replaced whole: a reader sees the one or the other."""
    made = home / f".{FILE}.new"
    made.write_text(json.dumps(asdict(state), indent=1) + "\n", encoding="utf-8")
    made.replace(home / FILE)


def forget(home: Path) -> None:
    """A desk that ended in order has nothing to say any more."""
    (home / FILE).unlink(missing_ok=True)


def on_file(home: Path) -> DeskState | None:
    """As it was last written, by whomever; None for a file that is not there or cannot be read."""
    try:
        told = json.loads((home / FILE).read_text(encoding="utf-8"))
        return DeskState(**{**told, "stage": Stage(told["stage"]), "events": tuple(told["events"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def standing(home: Path) -> DeskState | None:
    """Of the desk that is up in this home now: its lock is held, and by the process that wrote the state.

    None where no desk is up, and for the moment in which one has the lock and has not written yet.
    """
    if not is_held(home):
        return None
    state = on_file(home)
    return state if state is not None and state.is_of_a_living_process() else None
