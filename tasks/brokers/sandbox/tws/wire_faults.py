"""What this server does on purpose to those who trust a client library, beside the lies of the exchange itself."""

import threading
from collections import Counter
from enum import StrEnum


class WireFault(StrEnum):
    """Each imitates something that TWS, or the way to it, does."""

    NO_POSITION_END = "no_position_end"
    NO_OPEN_ORDER_END = "no_open_order_end"
    NO_EXECUTION_END = "no_execution_end"
    NO_COMPLETED_END = "no_completed_end"
    NO_DOWNLOAD_END = "no_download_end"
    LATE_POSITIONS = "late_positions"
    """The answer about positions comes in the middle of the answer to the next question about them."""
    PRESET_NOTICE = "preset_notice"
    """10349, the time in force was set by a preset: harmless, and the order lives."""
    HELD_NOTICE = "held_notice"
    """399, the order waits for the open: harmless."""
    LOCATE_NOTICE = "locate_notice"
    """404 and the state `Inactive`, held for `locate`: shares to borrow are looked for, and the order may yet fill."""
    OUTSIDE_NOTICE = "outside_notice"
    """2109, about trading hours: harmless."""
    REJECT_FIRST = "reject_first"
    """201 for an order that works all the same: the refusal was of one venue, and comes before the open order."""
    VALIDATION_REJECT = "validation_reject"
    """321 for a new order, which is then dead."""
    REJECT_INACTIVE = "reject_inactive"
    """201 for a new order, which is dead, and then a state for it all the same: `Inactive`."""
    SILENT_ACCEPT = "silent_accept"
    """The order works, and no message says so."""
    SILENT_LAST_LEG = "silent_last_leg"
    """The last exit of a family works, and no message says so."""
    DUPLICATED = "duplicated"
    """Executions and states are told twice."""
    REORDERED = "reordered"
    """`Filled` comes before the executions, and those come newest first."""
    COMMISSION_LATE = "commission_late"
    """Commissions come with the next question about executions but one."""
    COMMISSION_NEVER = "commission_never"
    COMMISSION_FIRST = "commission_first"
    """The commission comes before the execution it belongs to."""
    UNASKED_COMPLETED = "unasked_completed"
    """Completed orders are told to somebody who did not ask."""
    STALE_COMPLETED = "stale_completed"
    """An order of another day and another client stands among the completed ones."""
    ZONELESS_TIMES = "zoneless_times"
    DELAYED_QUOTES = "delayed_quotes"
    FARM_BROKEN = "farm_broken"
    """2103 comes before a quote: the farm that it is from has broken down. `TwsVenue.say(2104)` brings it back."""
    UNKNOWN_MESSAGE = "unknown_message"
    """A message of a kind that no client library knows."""


EVERY_TIME = 1_000_000


class WireFaults:
    """How often each fault is still to happen."""

    def __init__(self) -> None:
        self._left: Counter[WireFault] = Counter()
        self._lock = threading.Lock()

    def add(self, fault: WireFault, times: int = 1) -> None:
        """Calls add up; each occasion uses one up."""
        with self._lock:
            self._left[fault] += times

    def stop(self, fault: WireFault) -> None:
        """However often it was still to happen."""
        with self._lock:
            self._left[fault] = 0

    def due(self, fault: WireFault) -> bool:
        """Whether to play it now; counts it as played."""
        with self._lock:
            if self._left[fault] <= 0:
                return False
            self._left[fault] -= 1
            return True
