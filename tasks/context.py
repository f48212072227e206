"""What every step is given: the book's sections, the cycle it works on, and the doors to the world."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from tasks.book.model import Book
from tasks.journal import Journal
from tasks.model.client_order_ids import maker_of
from tasks.model.cycle import Cycle
from tasks.model.desk_event import DeskEvent
from tasks.ports.broker import Broker
from tasks.ports.prices import Source
from tasks.ports.router import DIRECT, Router

SESSION = "session"
"""The name under which the end of a run is told, as a step is."""


@dataclass(frozen=True, slots=True)
class StepEvent:
    """One line of the story, for whoever watches: a step began, was loaded, or ended with a sentence."""

    step: str
    state: str
    """`started`, `done`, `loaded`, `stopped`, or `waiting` for a person; the end of a session has its own status."""
    sentence: str = ""
    seconds: float = 0.0
    idle: bool = False
    """A wave in which nothing was sent, as nothing was left to send: a log need not repeat it."""


Observer = Callable[[StepEvent], None]


Announce = Callable[[Sequence[DeskEvent]], None]
"""Tells those outside what happened, a batch at a time. It never raises, and waits for nobody."""


def _nobody(_event: StepEvent) -> None:
    """Nobody watches."""


def _to_nobody(_events: Sequence[DeskEvent]) -> None:
    """Nobody listens."""


def _nowhere(_file: Path) -> str:
    """No desk is up."""
    return ""


@dataclass(frozen=True)
class StepContext:
    """Everything a step may touch; built once a run by the composition root in `flows`."""

    book: Book
    base: Path
    """Folder of the book file: its relative paths start here."""
    home: Path
    cycle: Cycle
    journal: Journal
    source: Source
    broker: Broker
    clock: Callable[[], datetime]
    """Wall clock, UTC: stamps records; decisions use the broker's clock and the session."""
    observer: Observer = field(default=_nobody)
    router: Router = DIRECT
    """Where a book trades at several brokers: which of them each child order goes to."""
    announce: Announce = field(default=_to_nobody)
    address_of: Callable[[Path], str] = field(default=_nowhere)
    """Where a browser finds a file of a report now; empty while nobody serves it."""

    @property
    def session(self) -> date:
        """The trading day, of the exchange's calendar."""
        return self.cycle.session

    @property
    def revision(self) -> int:
        """Number of the plan: one an attempt."""
        return self.cycle.attempt

    @property
    def cycle_id(self) -> str:
        """Names book, session and kind; the same in every attempt."""
        return self.cycle.cycle_id

    @property
    def account(self) -> str:
        """As the broker names it."""
        return self.cycle.account

    @property
    def snapshots(self) -> Path:
        """The folder; it may not exist yet."""
        return self.home / "snapshots"

    @property
    def report_folder(self) -> Path:
        """Of this session; a liquidation has its own beside the rebalance's. It may not exist yet."""
        kind = "" if self.cycle.kind == "rebalance" else f"-{self.cycle.kind}"
        return self.home / "reports" / self.cycle.book / f"{self.session.isoformat()}{kind}"

    @property
    def data_docs(self) -> Path:
        """Of this session, inside of its report folder."""
        return self.report_folder / "data_docs"


def keys_of(context: StepContext) -> str:
    """Name under which keys are made: a liquidation of the same session needs keys of its own."""
    return maker_of(context.book.book, context.cycle.kind)
