"""What a trace is told from: one session as it stands in the journal, and what its files say today."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.journal.write_offs import WriteOff
from tasks.model.cycle import Cycle
from tasks.model.ledger_records import BreakRow, ReportRow
from tasks.model.order_records import OrderEvent, ParentOrder, Slice
from tasks.model.orders import Execution
from tasks.model.plan import Finding

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Prices:
    """The snapshot a decision was made on."""

    sha256: str
    sentence: str
    """What the download said."""
    file: str
    """What the file says today."""


@dataclass(frozen=True, slots=True)
class Decided:
    """One plan, who answered, and what it rests on."""

    plan: Row
    answers: Sequence[Row]
    targets: Mapping[str, tuple[float, float]]
    """By symbol: current and target weight."""
    findings: Sequence[Finding]
    prices: Prices | None


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it was recorded, and whether its file still is that one."""

    row: ReportRow
    file: str
    """What its files say today."""


@dataclass(frozen=True, slots=True)
class Session:
    """What is on record of one session, oldest first in every sequence."""

    cycle: Cycle
    reports: Sequence[Report]
    breaks: Sequence[BreakRow]
    orders: Sequence[ParentOrder]
    slices: Sequence[Slice]
    events: Sequence[OrderEvent]
    fills: Sequence[Execution]
    decided: Sequence[Decided]
    """Newest first."""
    write_offs: Sequence[WriteOff] = ()
    """Every word on a position of the book until the session ended, oldest first."""
