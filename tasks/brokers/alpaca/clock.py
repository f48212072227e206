"""Time at the broker: its own word every minute, and this machine's steady counter in between."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from tasks.errors import BrokerError

READ_AGAIN_S = 60.0
TRY_AGAIN_S = 5.0
"""After a question without an answer: meanwhile nobody waits for another timeout only to know the time."""
LONGEST_NAP_S = 30.0


class Clock(Protocol):
    """What the adapter knows of time."""

    @property
    def jumps(self) -> bool:
        """Whether waiting moves a simulated clock instead of sleeping."""
        ...

    def now(self) -> datetime:
        """Aware, UTC."""
        ...

    def wait_until(self, at: datetime) -> datetime:
        """Returns the instant it has become, which may be later; at once when `at` is past."""
        ...


class BrokerClock:
    """Sleeps in real life; steps of this machine's wall clock mean nothing to it."""

    jumps = False

    def __init__(
        self,
        read: Callable[[], datetime],
        steady: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`read` asks the broker, and raises a BrokerError when it does not answer."""
        self._read, self._steady, self._sleep = read, steady, sleep
        self._told: tuple[datetime, float] | None = None
        self._tried = -TRY_AGAIN_S

    def now(self) -> datetime:
        """Raises: BrokerError when the broker has never told the time."""
        if self._told is None or self._is_old(self._told[1]):
            self._refresh()
        assert self._told is not None  # asked, or raised
        told, at = self._told
        return told + timedelta(seconds=self._steady() - at)

    def wait_until(self, at: datetime) -> datetime:
        """In naps, so that a clock that is set meanwhile is noticed."""
        while (left := (at - self.now()).total_seconds()) > 0:
            self._sleep(min(left, LONGEST_NAP_S))
        return self.now()

    def _is_old(self, told_at: float) -> bool:
        now = self._steady()
        return now - told_at > READ_AGAIN_S and now - self._tried >= TRY_AGAIN_S

    def _refresh(self) -> None:
        self._tried = self._steady()
        try:
            self._told = self._read(), self._steady()
        except BrokerError:
            if self._told is None:
                raise
