"""The socket, and the one event loop of this process for Interactive Brokers, in a thread of its own.

It connects as the library does, but a server that hangs up is noticed at once. One loop serves all connections and is
never closed: ib_async 2.0 keeps the first loop it meets for ever, and a connection made in another one fails.
"""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from tasks.book.broker import IbkrSettings
from tasks.brokers.ibkr.library import forget_loops


async def shake_hands(client: Any, chosen: IbkrSettings, patience_s: float) -> None:
    """Raises: OSError or TimeoutError, and then nothing is connected; nor is it when the caller is cancelled."""
    hung_up: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def hang_up(words: str) -> None:
        if not hung_up.done():
            hung_up.set_exception(ConnectionResetError(words))

    client.apiError += hang_up
    opening = asyncio.ensure_future(client.connectAsync(chosen.host, chosen.port, chosen.client_id, patience_s))
    try:
        await asyncio.wait({opening, hung_up}, return_when=asyncio.FIRST_COMPLETED)
        if hung_up.done() and not opening.done():
            opening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await opening
        if hung_up.done():
            hung_up.result()
    except BaseException:
        opening.cancel()
        client.disconnect()
        raise
    finally:
        client.apiError -= hang_up
        if hung_up.done():
            hung_up.exception()


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
