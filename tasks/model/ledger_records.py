"""Rows of the ledger, of breaks and of reports, as they stand in the journal."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

FILES = "files"
"""Entry of a report's summary: the SHA-256 of each of its files."""
VERSION = "version"
"""Entry of a report's summary: 1, and one more for each version that corrects a signed one."""
PREPARED_BY = "prepared_by"
"""Entry of a report's summary: the program that wrote it, and its machine."""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """Everything that moves a book's shares or cash and is not a fill."""

    entry_id: str
    book: str
    account: str
    kind: str
    """`opening`, `dividend`, `split`, `cash_flow` or `balance`."""
    at: datetime
    symbol: str | None
    shares: Decimal | None
    """Signed change."""
    amount_usd: Decimal | None
    """Signed change of cash."""
    price: Decimal | None
    """Cost basis per share of opening shares."""
    because: str


@dataclass(frozen=True, slots=True)
class BreakRow:
    """A break as it is on record, with the person's word that explained it, if any."""

    break_id: str
    cycle_id: str
    book: str
    symbol: str | None
    kind: str
    ours: str
    theirs: str
    amount_usd: Decimal | None
    sentence: str
    found_at: datetime
    cause: str = "unknown"
    """Why, as far as the evidence tells: `missed_fill`, `dividend`, `manual_trade` ..."""
    explained_by: str | None = None
    because: str | None = None
    explained_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A written report: `path` of its page as it was written, `sha256` (hex) of that page."""

    cycle_id: str
    path: str
    sha256: str
    summary: Mapping[str, Any]
    created_at: datetime

    @property
    def hashes(self) -> Mapping[str, str]:
        """SHA-256 (hex) of every file of the report by its name; of the page alone where no other was hashed then."""
        return self.summary.get(FILES) or {Path(self.path).name: self.sha256}

    @property
    def version(self) -> int:
        """1 for a report that corrects no signed one."""
        return int(self.summary.get(VERSION, 1))

    @property
    def is_whole(self) -> bool:
        """Whether every file was hashed, so that one without a hash was not there."""
        return FILES in self.summary
