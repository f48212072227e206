"""Faults of the wire itself, for tests: what the exchange's plan cannot say, because it knows no HTTP; and 429s."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from tasks.brokers.sandbox.alpaca.errors import TOO_MANY, Reply
from tasks.brokers.sandbox.alpaca.http import Request

WINDOW_S = 60.0


@dataclass
class Meter:
    """Counts over a sliding minute of `clock` (seconds); `limit` None lets everything pass."""

    limit: int | None
    clock: Callable[[], float]
    refused: int = 0
    seen: int = 0
    _times: deque[float] = field(default_factory=deque[float])
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
        """Of the rate limit, as every answer carries them; `reset` in seconds of the epoch."""
        return (
            ("X-RateLimit-Limit", str(self.limit)),
            ("X-RateLimit-Remaining", str(remaining)),
            ("X-RateLimit-Reset", str(int(reset) + 1)),
        )


@dataclass
class HttpFault:
    """Strikes requests of one method whose path contains `path`, `times` at most, after letting `spares` pass."""

    method: str
    path: str
    bend: Callable[[Reply], Reply]
    """What becomes of the answer; the request was done."""
    is_done: bool = True
    """Whether the exchange hears of the request at all."""
    times: int = 1
    spares: int = 0


class HttpFaults:
    """Pranks in the order in which they were planned."""

    def __init__(self) -> None:
        self._planned: list[HttpFault] = []
        self._lock = threading.Lock()

    def plan(self, fault: HttpFault) -> None:
        """Waits its turn behind those planned before."""
        with self._lock:
            self._planned.append(fault)

    def strike(self, request: Request) -> HttpFault | None:
        """The fault that this request meets, counted."""
        with self._lock:
            for fault in self._planned:
                if fault.times > 0 and fault.method == request.method and fault.path in request.path:
                    if fault.spares > 0:
                        fault.spares -= 1
                        continue
                    fault.times -= 1
                    return fault
        return None


def instead(status: int, body: Any = "", *headers: tuple[str, str]) -> Callable[[Reply], Reply]:
    """Another answer altogether; text goes out as HTML."""
    return lambda _: Reply(status, body, headers)


def with_body(change: Callable[[Any], Any]) -> Callable[[Reply], Reply]:
    """The same answer with its body changed."""
    return lambda reply: replace(reply, body=change(reply.body))
