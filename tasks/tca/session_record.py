"""What a report says of its own making and of the session's record: who, with which program, what went another way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from tasks.model.audit_flaws import Entry


@dataclass(frozen=True, slots=True)
class Preparer:
    """The program that wrote a report, and where it ran; empty text is not known."""

    version: str
    commit: str = ""
    """Of the checkout or the package that is installed, hex."""
    host: str = ""
    time_zone: str = ""
    """The machine's own, with its distance to UTC; no instant in the report is written in it."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A Prefect run that took up the session."""

    flow_run_id: str
    began_at: datetime
    """By the clock of the machine that ran it."""
    token: int
    """Of the book's lease, under which it wrote."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Whose word a session rests on, and what it was decided by."""

    preparer: Preparer
    attempt: int = 1
    """Counts the tries at a plan."""
    mode: str = ""
    runs: tuple[RunRecord, ...] = ()
    requested_by: str = ""
    """Who asked for the session by name; empty where the record holds no name."""
    book_sha256: str = ""
    book_file: str = ""


@dataclass(frozen=True, slots=True)
class SessionException:
    """One thing that went another way than straight through."""

    kind: str
    subject: str
    at: datetime | None
    sentence: str
    who: str = ""
    """A person's name, or the breaker's; empty where nobody said anything."""
    entry: int | None = None
    """Number of the audit entry that it rests on."""


@dataclass(frozen=True, slots=True)
class CheckFigure:
    """One check of the gate as it was asked of one order: what was measured, and the limit it was held against."""

    check: str
    value: str
    limit: str
    outcome: str
    """`passed`, `cut` or `refused`."""


@dataclass(frozen=True, slots=True)
class StateChange:
    """One change of a child order's state, in the order of the record."""

    key: str
    state: str
    at: datetime
    broker_order_id: str
    reason: str
    entry: int


@dataclass(frozen=True, slots=True)
class OrderTrail:
    """What the record says of one order beside its cost."""

    broker: str = ""
    why_broker: str = ""
    allocations: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    """Shares by account."""
    checks: tuple[CheckFigure, ...] = ()
    """Empty where the session was planned before they were kept."""
    checked_at: datetime | None = None
    """By the broker's clock."""
    changes: tuple[StateChange, ...] = ()
    entries: tuple[Entry, ...] = ()
    """The order's own entries of the audit chain: every row of it, its slices, events and fills."""


NO_TRAIL = OrderTrail()
