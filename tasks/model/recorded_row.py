"""One row of the journal as the audit chain has it: the text that was hashed, and its entry; pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tasks.model.audit_flaws import Entry


@dataclass(frozen=True, slots=True)
class RecordedRow:
    """`text` is one JSON object whose SHA-256 is the entry's `row_sha256`; what holds its default is left out of it."""

    entry: Entry
    text: str

    @property
    def table(self) -> str:
        """Name of its table."""
        return self.entry.table_name

    @property
    def key(self) -> str:
        """Its primary key, as the chain writes it."""
        return self.entry.row_key

    @property
    def seq(self) -> int:
        """Number of its entry: the order in which the record was written, whatever a clock said."""
        return self.entry.seq

    @property
    def values(self) -> Mapping[str, Any]:
        """Amounts and instants are text; a column that holds its default has no entry."""
        return json.loads(self.text)
