"""The one event loop of this process for Interactive Brokers, in a thread of its own; callers wait in theirs.

One for all connections, and never closed: ib_async 2.0 keeps the first loop it meets for ever, and a connection made in
another one fails.
"""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from tasks.brokers.ibkr.library import forget_loops

T = TypeVar("T")


class Loop:
    """Begins with the first call; its thread is a daemon, so that it never keeps a process alive."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do it in the loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._running()).result()

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                forget_loops()
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=_serve, args=(self._loop,), name="ibkr", daemon=True).start()
            return self._loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)  # ib_insync asks for the thread's loop
    loop.run_forever()


LOOP = Loop()
