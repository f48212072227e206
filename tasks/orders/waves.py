"""The waves of a session, from the opening auction to the closing one: when slices are sent, and what else happens."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from optimizer.slicing.buckets import make_buckets
from tasks.book.execution import ExecutionSettings


class WaveKind(StrEnum):
    """What a wave may do."""

    OPENING = "opening"
    """Before the open: orders for the opening auction."""
    WORKING = "working"
    """A time bucket of continuous trading."""
    DEADLINE = "deadline"
    """The window is over: sweep or cancel the rest, enter orders for the closing auction."""
    SETTLING = "settling"
    """After the close: nothing is sent, everything is counted."""


@dataclass(frozen=True, slots=True)
class Wave:
    """One moment of the session at which slices are sent; waves count from 1."""

    number: int
    kind: WaveKind
    at: datetime
    """When its slices are due, UTC."""
    until: datetime
    """End of its bucket."""


AFTER_CLOSE = timedelta(minutes=5)
BEFORE_OPEN = timedelta(minutes=15)


def waves_of(hours: tuple[datetime, datetime], settings: ExecutionSettings) -> tuple[Wave, ...]:
    """All waves of a session, oldest first: opening (0), one a bucket (1..n), deadline (n+1), settling (n+2)."""
    opens, closes = hours
    start = settings.starts_after_min((closes - opens) // timedelta(minutes=1))
    buckets = make_buckets(opens, closes, start, settings.stop_before_close_min, settings.waves)
    working = [Wave(b.number, WaveKind.WORKING, b.start, b.end) for b in buckets]
    last = len(working)
    return (
        Wave(0, WaveKind.OPENING, opens - BEFORE_OPEN, opens),
        *working,
        Wave(last + 1, WaveKind.DEADLINE, buckets[-1].end, closes),
        Wave(last + 2, WaveKind.SETTLING, closes + AFTER_CLOSE, closes + AFTER_CLOSE),
    )
