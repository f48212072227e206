"""A plan and the answer to it, as they stand in the journal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

APPROVED, REFUSED, HELD = "approved", "refused", "held"
ACCEPTED, STRUCK = "accepted", "struck"
"""What an answer says of a single order."""


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
    orders: Mapping[str, str] = field(default_factory=dict[str, str])
    """Symbol to ACCEPTED or STRUCK, of a yes that says something of single orders."""

    @property
    def accepted(self) -> frozenset[str]:
        """Symbols whose orders it names."""
        return frozenset(symbol for symbol, word in self.orders.items() if word == ACCEPTED)

    @property
    def struck(self) -> frozenset[str]:
        """Symbols whose orders it refuses."""
        return frozenset(symbol for symbol, word in self.orders.items() if word == STRUCK)
