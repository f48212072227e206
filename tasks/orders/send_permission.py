"""Halt and lease of one book, looked at before each send: what the guard in front of the broker asks the journal."""

from collections.abc import Callable
from dataclasses import dataclass

from tasks.journal import Journal
from tasks.model.account import HaltState


def _nothing() -> None:
    """Nothing halts it but what is on record."""


@dataclass(frozen=True, slots=True)
class RecordedPermission:
    """Implements `tasks.brokers.guard.SendPermission`."""

    journal: Journal
    book: str
    look: Callable[[], None] = _nothing
    """What may halt the book by itself at this moment, asked before what is on record."""

    def require_lease(self) -> None:
        self.journal.fence.require()

    def halt_state(self) -> HaltState:
        self.look()
        return self.journal.permits.halt_state(self.book)
