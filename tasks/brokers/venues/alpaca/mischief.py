"""Bad manners of the wire itself, for tests: what the exchange's plan of lies cannot say, because it knows no HTTP."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tasks.brokers.venues.alpaca.floor import Request
from tasks.brokers.venues.alpaca.refusals import Reply


@dataclass
class Prank:
    """Strikes requests of one method whose path contains `path`, `times` at most, after letting `spares` pass."""

    method: str
    path: str
    bend: Callable[[Reply], Reply]
    """What becomes of the answer; the request was done."""
    is_done: bool = True
    """Whether the exchange hears of the request at all."""
    times: int = 1
    spares: int = 0


class Mischief:
    """Pranks in the order in which they were planned."""

    def __init__(self) -> None:
        self._pranks: list[Prank] = []
        self._lock = threading.Lock()

    def plan(self, prank: Prank) -> None:
        with self._lock:
            self._pranks.append(prank)

    def strike(self, request: Request) -> Prank | None:
        """The prank that this request meets, counted."""
        with self._lock:
            for prank in self._pranks:
                if prank.times > 0 and prank.method == request.method and prank.path in request.path:
                    if prank.spares > 0:
                        prank.spares -= 1
                        continue
                    prank.times -= 1
                    return prank
        return None


def instead(status: int, body: Any = "", *headers: tuple[str, str]) -> Callable[[Reply], Reply]:
    """Another answer altogether; text goes out as HTML."""
    return lambda _: Reply(status, body, headers)


def with_body(change: Callable[[Any], Any]) -> Callable[[Reply], Reply]:
    """The same answer with its body changed."""
    return lambda reply: replace(reply, body=change(reply.body))
