"""What a watch does with what it sees: it waits for Cancel, has the orders taken off, and says what became of them."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from flows.cancel_watch.server import RunState

LOOKS_EVERY_S = 2.0
SILENT_LOOKS = 30
"""A minute without an answer, when the run is gone: then the server is gone too."""
ASKS_THE_RECORD_EVERY = 30
"""Looks, a minute: how often the record is asked whether anything of a run that is gone is still at the broker."""
MOST_LOOKS_AFTER = 43_200
"""A day after the run's process: what it had at the broker was good for that day."""
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
    is_at_work: Callable[[], bool] = lambda: True
    """Whether anything of the run may be at the broker, by the record; asked only when its process is gone."""

    def keep(self) -> None:
        """Until the run is over or cancelled.

        Of one that is gone with orders at work, until Prefect calls it over, or the record: another run may have
        finished its session, while nobody tells Prefect what became of a process that was killed.
        """
        silent, told, since = 0, False, 0
        parent = Parent.LIVES
        while parent is not Parent.DONE:
            state = self.server.state()
            silent = 0 if state.type else silent + 1
            if state.type in ASKED_FOR:
                self._cancel(state)
                return
            if parent is Parent.GONE:
                if state.type in FINAL or silent >= SILENT_LOOKS or self._is_over(since):
                    return
                since += 1
            if state.type == "PAUSED" and not told:
                self.server.log(SUSPENDED)
                told = True
            parent = self.parent(LOOKS_EVERY_S)

    def _is_over(self, looks: int) -> bool:
        return looks >= MOST_LOOKS_AFTER or (looks % ASKS_THE_RECORD_EVERY == 0 and not self.is_at_work())

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
