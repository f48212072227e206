"""A restatement of history that a past decision rests on, as it stands on record. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

KIND = "restatement"
"""Of the point that a reviewer answers for."""


@dataclass(frozen=True, slots=True)
class Restatement:
    """What a source says now of the bars of one session's snapshot, and what would have been decided on them."""

    cycle_id: str
    snapshot_sha256: str
    """Of the bars that the session was decided on."""
    restated_sha256: str
    """Of the bars as the source has them now; they are kept beside the snapshot."""
    body: Mapping[str, Any]
    found_at: datetime

    @property
    def point(self) -> dict[str, str]:
        """As an open point of the session's review; the same finding is the same point."""
        return {"kind": KIND, "subject": str(self.body["subject"]), "sentence": str(self.body["sentence"])}
