"""A halt on record, and which of two halts is the stricter."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tasks.model.account import HaltState

EVERY_BOOK = "*"
BREAKER = "breaker "
"""How the name of whoever set a state begins when it was no person."""
STRICTNESS = (HaltState.NORMAL, HaltState.REDUCING, HaltState.HALTED)


@dataclass(frozen=True, slots=True)
class Halt:
    """One change of the halt state."""

    scope: str
    """A book's name, or `*` for all."""
    state: HaltState
    who: str
    """A person's name, or `breaker NAME`."""
    why: str
    figures: Mapping[str, Any]
    """What the breaker measured, and its limit."""
    at: datetime
