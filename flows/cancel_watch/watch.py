"""What a watch does with what it sees: it waits for Cancel, has the orders taken off, and says what became of them."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from flows.cancel_watch.server import RunState

LOOKS_EVERY_S = 2.0
SILENT_LOOKS = 30
"""A minute without an answer, when the run is gone: then the server is gone too."""
ENDS_WITHIN_LOOKS = 25
"""After Cancel, Prefect gives a process 30 seconds to end before it kills it, and then says Cancelled by itself."""
FINAL = frozenset({"COMPLETED", "FAILED", "CRASHED"})
ASKED_FOR = frozenset({"CANCELLING", "CANCELLED"})
SUSPENDED = (
    "suspended while orders are at work: Prefect ends the run between two waves, what is at the broker works on, and "
    "nobody minds it until somebody presses Resume. Cancel takes it off the broker"
)


class Parent(StrEnum):
    """The run's own process, as its end of the pipe tells."""

    LIVES = "lives"
    DONE = "done"
    """It ended and left nothing at the broker."""
    GONE = "gone"
    """It ended in some other way."""


class Server(Protocol):
    def state(self) -> RunState: ...

    def cancelled(self, sentence: str) -> None: ...

    def log(self, sentence: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Watch:
    server: Server
    parent: Callable[[float], Parent]
    """Looks at the run's process for so many seconds at most."""
    take_off: Callable[[str], str]
    """Ends the session of the run with this name, and says what became of its orders; empty where it had none."""

    def keep(self) -> None:
        """Until the run is over or cancelled; of one that is gone with orders at work, until Prefect calls it over."""
        silent, told = 0, False
        parent = Parent.LIVES
        while parent is not Parent.DONE:
            state = self.server.state()
            silent = 0 if state.type else silent + 1
            if state.type in ASKED_FOR:
                self._cancel(state)
                return
            if parent is Parent.GONE and (state.type in FINAL or silent >= SILENT_LOOKS):
                return
            if state.type == "PAUSED" and not told:
                self.server.log(SUSPENDED)
                told = True
            parent = self.parent(LOOKS_EVERY_S)

    def _cancel(self, state: RunState) -> None:
        """The worker's hook may do the same at the same time: one of them finds that it is done."""
        sentence = self.take_off(state.name)
        if not sentence:
            return
        by_hook = state.type == "CANCELLING" and self._ends()
        if not by_hook:
            self.server.log(sentence)
        if self.server.state().type in ASKED_FOR:
            self.server.cancelled(sentence)

    def _ends(self) -> bool:
        """Whether the worker has ended the run by itself; its own words would stand over ours."""
        for _ in range(ENDS_WITHIN_LOOKS):
            if self.server.state().type not in ("CANCELLING", ""):
                return True
            self.parent(LOOKS_EVERY_S)
        return False
