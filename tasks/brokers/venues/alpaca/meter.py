"""The venue's own count of requests: so many in a minute of one key, more are refused with 429."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from tasks.brokers.venues.alpaca.refusals import TOO_MANY, Reply

WINDOW_S = 60.0


@dataclass
class Meter:
    """Counts over a sliding minute of `clock` (seconds); `limit` None lets everything pass."""

    limit: int | None
    clock: Callable[[], float]
    refused: int = 0
    seen: int = 0
    _times: deque[float] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self) -> Reply | None:
        """None when the request may pass, else its refusal."""
        if self.limit is None:
            return None
        with self._lock:
            now = self.clock()
            while self._times and self._times[0] <= now - WINDOW_S:
                self._times.popleft()
            self.seen += 1
            if len(self._times) < self.limit:
                self._times.append(now)
                return None
            self.refused += 1
            reset = self._times[0] + WINDOW_S
        return Reply(429, TOO_MANY, (*self.headers(0, reset),))

    def headers(self, remaining: int, reset: float) -> tuple[tuple[str, str], ...]:
        return (
            ("X-RateLimit-Limit", str(self.limit)),
            ("X-RateLimit-Remaining", str(remaining)),
            ("X-RateLimit-Reset", str(int(reset) + 1)),
        )
