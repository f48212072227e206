"""A plan and the answer to it, as they stand in the journal."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

APPROVED, REFUSED, HELD = "approved", "refused", "held"


@dataclass(frozen=True, slots=True)
class PlanRecord:
    """A plan as it is on record; `body` is its JSON, `plan_hash` the hash of it."""

    plan_hash: str
    cycle_id: str
    revision: int
    body: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Approval:
    """One answer to one plan hash; `decision` is approved, refused, or held: seen, and not decided yet."""

    plan_hash: str
    decision: str
    who: str
    note: str
    decided_at: datetime
    expires_at: datetime
    price_band_pct: float
