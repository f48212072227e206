"""When the next request for bars may go to Interactive Brokers: its rules for historical data. Pure.

Source: IB, TWS API, "Historical Data Limitations": not the same request within 15 seconds, not six or more for one
contract, exchange and kind within two seconds, not more than 60 within ten minutes.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

MARGIN_S = 0.2
"""Requests do not arrive exactly as far apart as they were sent."""
TEN_MINUTES_S = 600 + MARGIN_S
SAME_S = 15 + MARGIN_S
BURST_S = 2 + MARGIN_S
MOST_IN_A_BURST = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """One request; `at` in seconds of a clock that never goes back."""

    at: float
    contract: Hashable
    """Contract, exchange and kind of bars."""
    request: Hashable
    """All that was asked: two are the same request when this is equal."""


def wait_s(asked: Sequence[Asked], contract: Hashable, request: Hashable, now: float, most: int = 60) -> float:
    """Seconds until a request may be sent, 0 when now; `asked` are the earlier ones, oldest first.

    `most` is how many pass in ten minutes.
    """
    same = [row.at for row in asked if row.request == request]
    burst = [row.at for row in asked if row.contract == contract]
    free = (
        _free_at([row.at for row in asked], most, TEN_MINUTES_S),
        _free_at(same, 1, SAME_S),
        _free_at(burst, MOST_IN_A_BURST, BURST_S),
    )
    return max(0.0, max(free) - now)


def remembered(asked: Sequence[Asked], now: float) -> list[Asked]:
    """Those that can still keep one waiting."""
    return [row for row in asked if row.at > now - TEN_MINUTES_S]


def _free_at(times: Sequence[float], most: int, window_s: float) -> float:
    """When fewer than `most` of them are younger than the window."""
    return times[-most] + window_s if len(times) >= most else float("-inf")
