"""What every step is handed: the book's sections, the cycle it works on, and the doors to the world."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from tasks.approval.settings import ApprovalSettings
from tasks.audit.settings import AuditSettings
from tasks.brokers.protocol import Broker
from tasks.brokers.routing import DIRECT, Router
from tasks.brokers.settings import BrokerSettings
from tasks.drift.settings import DriftSettings
from tasks.execution.settings import ExecutionSettings
from tasks.journal import Journal
from tasks.journal.cycles import Cycle
from tasks.market_data.protocol import Source
from tasks.market_data.settings import DataSettings, UniverseSettings
from tasks.orders.settings import GateSettings, OrderSettings
from tasks.quality.settings import QualitySettings
from tasks.targets.settings import CostModelSettings, LimitSettings, ObjectiveSettings


class BookSections(Protocol):
    """The book file as the rooms see it; each room reads its own section."""

    @property
    def book(self) -> str: ...
    @property
    def mode(self) -> str: ...
    @property
    def exchange(self) -> str: ...
    @property
    def broker(self) -> BrokerSettings: ...
    @property
    def universe(self) -> UniverseSettings: ...
    @property
    def data(self) -> DataSettings: ...
    @property
    def quality(self) -> QualitySettings: ...
    @property
    def objective(self) -> ObjectiveSettings: ...
    @property
    def costs(self) -> CostModelSettings: ...
    @property
    def limits(self) -> LimitSettings: ...
    @property
    def drift(self) -> DriftSettings: ...
    @property
    def orders(self) -> OrderSettings: ...
    @property
    def execution(self) -> ExecutionSettings: ...
    @property
    def risk(self) -> GateSettings: ...
    @property
    def approval(self) -> ApprovalSettings: ...
    @property
    def audit(self) -> AuditSettings: ...


@dataclass(frozen=True, slots=True)
class StepEvent:
    """One line of the story, for whoever watches: a step began, was loaded, or ended with a sentence."""

    step: str
    state: str
    """`started`, `done`, `loaded` or `stopped`."""
    sentence: str = ""
    seconds: float = 0.0


Listener = Callable[[StepEvent], None]


def _nobody(_event: StepEvent) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class Desk:
    """Everything a step may touch; built once a run by the composition root in `flows`."""

    book: BookSections
    base: Path
    """Folder of the book file: its relative paths start here."""
    home: Path
    cycle: Cycle
    journal: Journal
    source: Source
    broker: Broker
    clock: Callable[[], datetime]
    """Wall clock, UTC: stamps records; decisions use the broker's clock and the session."""
    listener: Listener = field(default=_nobody)
    router: Router = DIRECT
    """Where a book trades at several brokers: which of them each child order goes to."""

    @property
    def session(self) -> date:
        return self.cycle.session

    @property
    def revision(self) -> int:
        """Number of the plan: one an attempt."""
        return self.cycle.attempt

    @property
    def cycle_id(self) -> str:
        return self.cycle.cycle_id

    @property
    def account(self) -> str:
        return self.cycle.account

    @property
    def snapshots(self) -> Path:
        return self.home / "snapshots"

    @property
    def report_folder(self) -> Path:
        kind = "" if self.cycle.kind == "rebalance" else f"-{self.cycle.kind}"
        return self.home / "reports" / self.cycle.book / f"{self.session.isoformat()}{kind}"

    @property
    def data_docs(self) -> Path:
        return self.report_folder / "data_docs"
