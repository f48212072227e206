"""What the guard in front of the broker asks: the journal's lease and halt state of one book."""

from dataclasses import dataclass

from tasks.journal import Journal
from tasks.model.account import HaltState


@dataclass(frozen=True, slots=True)
class RecordedPermission:
    """Implements `tasks.brokers.guard.Permission`."""

    journal: Journal
    book: str

    def require_lease(self) -> None:
        self.journal.fence.require()

    def halt_state(self) -> HaltState:
        return self.journal.permits.halt_state(self.book)
