"""The real queue of what goes to TWS, which a test holds until everything that it is about has joined it."""

import asyncio
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from threading import Condition

import pytest

from tasks.brokers.ibkr import connection
from tasks.brokers.ibkr.throttle import Throttle
from tasks.model.orders import Urgency

PATIENCE_S = 60


class HeldQueue(Throttle):
    """Nothing leaves while it is held; it leaves in the throttle's own order and at its own pace afterwards."""

    def __init__(self, rate: float) -> None:
        super().__init__(rate)
        self._loop = asyncio.get_running_loop()
        self._is_open = asyncio.Event()
        self._is_open.set()
        self._joined: Counter[Urgency] = Counter()
        self._news = Condition()

    async def turn(self, urgency: Urgency, messages: int = 1) -> None:
        with self._news:
            self._joined[urgency] += 1
            self._news.notify_all()
        await super().turn(urgency, messages)

    async def _serve(self) -> None:
        await self._is_open.wait()
        await super()._serve()

    @contextmanager
    def held(self) -> Generator[None]:
        """What joins within it leaves after it."""
        with self._news:
            self._joined.clear()
        self._loop.call_soon_threadsafe(self._is_open.clear)
        try:
            yield
        finally:
            self._loop.call_soon_threadsafe(self._is_open.set)

    def wait_for(self, urgency: Urgency, count: int) -> None:
        """Until so many of an urgency have joined it."""
        with self._news:
            assert self._news.wait_for(lambda: self._joined[urgency] >= count, PATIENCE_S), self._joined


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> list[HeldQueue]:
    """Of the connections that are made from now on, in their order."""
    made: list[HeldQueue] = []

    def queue(rate: float) -> HeldQueue:
        made.append(HeldQueue(rate))
        return made[-1]

    monkeypatch.setattr(connection, "Throttle", queue)
    return made
