"""The clock that decisions are made by: the machine's, or in tests one that moves the exchange."""

import time
from datetime import UTC, datetime
from typing import Protocol

LONGEST_NAP_S = 1.0


class Clock(Protocol):
    """What time it is for the account: the wall's clock, or a sandbox's that jumps."""

    @property
    def jumps(self) -> bool:
        """True when waiting moves the clock instead of taking time."""
        ...

    def now(self) -> datetime:
        """Aware, UTC."""
        ...

    def wait_until(self, at: datetime) -> datetime:
        """Return when the clock has reached `at`, and what it shows."""
        ...


class WallClock:
    """The machine's clock; it should be kept by a time service."""

    jumps = False

    def now(self) -> datetime:
        return datetime.now(UTC)

    def wait_until(self, at: datetime) -> datetime:
        while (now := self.now()) < at:
            time.sleep(min(LONGEST_NAP_S, (at - now).total_seconds()))
        return now
