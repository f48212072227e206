"""How long a broker took to answer one call, and from when on that is slow."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Latency:
    """How long one call to a broker took."""

    broker: str
    call: str
    """`submit`, `cancel` or `positions`."""
    key: str
    """Client order id; empty where the call is not about one order."""
    at: datetime
    seconds: float
    """From the call to its answer, or to giving up on one."""


SLOW_S = 1.0
"""From here on an answer is slow: a person is told."""
SUBMIT, CANCEL, POSITIONS = "submit", "cancel", "positions"
