"""How a liquidation is worked: from now to the close, whatever the book says about its usual day; pure."""

import math
from dataclasses import dataclass
from datetime import datetime

from tasks.book.approval import ApprovalSettings
from tasks.book.execution import ExecutionSettings
from tasks.errors import ConfigError

PRICE_BAND_PCT = 50.0
"""Who liquidates wants out at the market's price: the band only holds off a broken quote."""


@dataclass(frozen=True, slots=True)
class Window:
    """When a liquidation sends, in minutes from the open and before the close."""

    start_after_open_min: int
    stop_before_close_min: int
    waves: int


def window_from(now: datetime, hours: tuple[datetime, datetime], usual: ExecutionSettings) -> Window:
    """The rest of the book's usual window, with its share of the waves; near the close, what minutes are left.

    Raises: ConfigError when the session has no minute left.
    """
    opens, closes = hours
    minutes = int((closes - opens).total_seconds() // 60)
    passed = max(math.ceil((now - opens).total_seconds() / 60), 0)
    start, stop = max(usual.start_after_open_min, passed), usual.stop_before_close_min
    if minutes - stop - start < 1:
        start, stop = passed, 1
    left = minutes - stop - start
    if left < 1:
        raise ConfigError(
            f"it is {now:%H:%M} UTC and the market closes at {closes:%H:%M}: nothing was sent. Liquidate in the next "
            "session"
        )
    usual_minutes = max(minutes - usual.stop_before_close_min - usual.start_after_open_min, 1)
    return Window(start, stop, max(round(usual.waves * left / usual_minutes), 1))


def worked_in(window: Window, usual: ExecutionSettings) -> ExecutionSettings:
    """The book's execution with this window; the rest is swept at the deadline, never left."""
    return usual.model_copy(
        update={
            "start_after_open_min": window.start_after_open_min,
            "stop_before_close_min": window.stop_before_close_min,
            "waves": window.waves,
            "leftover": "sweep",
        }
    )


def in_a_wide_band(usual: ApprovalSettings) -> ApprovalSettings:
    """Never narrower than the book's own: a liquidation is wanted in a market that runs away, and by one person."""
    band = max(usual.price_band_pct, PRICE_BAND_PCT)
    return usual.model_copy(update={"price_band_pct": band, "four_eyes": False})
