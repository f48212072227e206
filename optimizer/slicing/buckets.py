"""The time buckets of a trading window: one bucket is one wave of slices."""

from dataclasses import dataclass
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Bucket:
    """The interval [start, end) of one wave; its slices are sent at `start`."""

    number: int
    """1 for the first wave, as a person counts them."""
    start: datetime
    end: datetime


def make_buckets(
    open: datetime, close: datetime, start_after_open_min: int, stop_before_close_min: int, waves: int
) -> tuple[Bucket, ...]:
    """Cut a session's trading window into buckets of whole minutes, as even as minutes allow.

    Half days need nothing special: pass their real close. A window with fewer minutes than `waves` gets one bucket a
    minute. The buckets touch each other and cover the window from open + start to close - stop.

    Raises: ValueError when the window has no minute left, or `waves` is below one.
    """
    if waves < 1:
        raise ValueError(f"waves is {waves}; at least one is needed")
    start = open + start_after_open_min * MINUTE
    minutes = (close - stop_before_close_min * MINUTE - start) // MINUTE
    if minutes < 1:
        raise ValueError(
            f"no minute to trade between {start_after_open_min} min after {open:%H:%M} and "
            f"{stop_before_close_min} min before {close:%H:%M}; shorten one of them"
        )
    count = min(waves, minutes)
    edges = [start + (minutes * i // count) * MINUTE for i in range(count + 1)]
    return tuple(Bucket(i + 1, edges[i], edges[i + 1]) for i in range(count))
