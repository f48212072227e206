"""Reconnects in the background after a lost socket: every two seconds at the latest, for as long as it is wanted."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

PAUSES_S = (0.1, 0.5, 1.0, 2.0)
"""Before each attempt to replace a socket; the last one again and again."""


class Reconnect:
    """At most one task, in the loop of the connection; `attempt` handles its own failures."""

    def __init__(self, is_wanted: Callable[[], bool], attempt: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._is_wanted, self._attempt = is_wanted, attempt
        self._task: asyncio.Task[None] | None = None

    @property
    def is_under_way(self) -> bool:
        """False before the first and after the last attempt."""
        return self._task is not None and not self._task.done()

    def begin(self) -> None:
        """Nothing where it is under way."""
        if not self.is_under_way:
            self._task = asyncio.get_running_loop().create_task(self._until_back())

    def stop(self) -> None:
        """May be called at any time; nothing tries again until `begin`."""
        if self._task is not None:
            self._task.cancel()

    async def wait(self, patience_s: float) -> None:
        """Until it is over, or patience is; at once where nothing is under way."""
        if self._task is not None and not self._task.done():
            await asyncio.wait({self._task}, timeout=patience_s)

    async def _until_back(self) -> None:
        attempt = 0
        while self._is_wanted():
            await asyncio.sleep(PAUSES_S[min(attempt, len(PAUSES_S) - 1)])
            attempt += 1
            await self._attempt()
