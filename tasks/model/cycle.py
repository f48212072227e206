"""A cycle, one book's work on one session, and the checkpoints of its steps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

REPORT_STEP = "report"
"""The last step of a session: once it is on record the session is done."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """One book on one session; `status` is running, waiting, done, planned, stopped, cancelled or failed."""

    cycle_id: str
    book: str
    session: date
    account: str
    mode: str
    attempt: int
    """Counts the tries at a plan; a stopped session is decided anew with the next one."""
    status: str
    message: str
    book_file: str
    book_sha256: str
    book_text: str
    created_at: datetime
    changed_at: datetime
    kind: str = "rebalance"
    """`rebalance` or `liquidation`; a session may have one of each."""


def book_of(cycle_id: str) -> str:
    """The book of a cycle, by its id; a book's name holds no colon."""
    return cycle_id.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a finished step left behind; tables live elsewhere, this holds ids, hashes and short figures."""

    step: str
    output: Mapping[str, Any]
    seconds: float
    finished_at: datetime


def cycle_id_of(book: str, session: date, kind: str) -> str:
    """The same whoever works the session, and however often."""
    return f"{book}:{session.isoformat()}" + (":liq" if kind == "liquidation" else "")
