"""Reconnects in the background after a lost socket: every two seconds at the latest, for as long as it is wanted."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from tasks.retry import SOCKET_COMES_BACK


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
            await asyncio.sleep(SOCKET_COMES_BACK[min(attempt, len(SOCKET_COMES_BACK) - 1)].total_seconds())
            attempt += 1
            await self._attempt()
