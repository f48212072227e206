"""An account as the broker tells it, what it holds beside the book, and what may be sent for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from tasks.model.orders import OutsideHolding


class HaltState(StrEnum):
    """What may be sent; cancelling is always allowed. Ordered from free to stopped."""

    NORMAL = "normal"
    REDUCING = "reducing"
    """Only orders that bring a position nearer to zero."""
    HALTED = "halted"
    """Nothing."""


@dataclass(frozen=True, slots=True)
class AccountState:
    """The broker's own word on one account; only a complete answer becomes one of these."""

    account: str
    at: datetime
    cash: Decimal
    positions: Mapping[str, Decimal]
    """Signed shares by symbol; absent means none."""
    parts: Mapping[str, "AccountState"] = field(default_factory=dict[str, "AccountState"])
    """Where a book trades at several brokers: each one's own word, by its tag; the fields above are their sums."""
    silent: tuple[str, ...] = ()
    """Tags of the brokers that do not answer now: their parts are what they said last."""
    outside: tuple[OutsideHolding, ...] = ()
    """What else the account holds; in neither `cash` nor `positions`."""
