"""The `trade_updates` stream as a hint that it is worth asking now; what it says is never believed.

The library's stream goes on silently after a lost event, a gap, a refused key. So nothing waits for it alone, and
nothing it says enters a record: REST is asked in any case. A stream without a word where there must be one is mute:
it is connected anew, and until it speaks again nobody listens to it.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from alpaca.trading.stream import TradingStream

from tasks.brokers.alpaca.credentials import Credentials, Endpoints

MUTE_AFTER_S = 10.0
"""Every order of ours is told within moments; a stream without a word for this long after one is not listening."""
STOPS_WITHIN_S = 10.0
TRIES_AGAIN_S = 0.05
FIRST_BACKOFF_S = 1.0
"""Before the library connects again; longer each time."""

Stream = Any
"""The library's stream by its inner names, which it declares to nobody: how soon it connects again, and its loop."""


class Hints:
    """One connection an account: start it in the process that holds the lease."""

    def __init__(
        self,
        credentials: Credentials,
        endpoints: Endpoints,
        steady: Callable[[], float] = time.monotonic,
        backoff_s: float = FIRST_BACKOFF_S,
    ) -> None:
        self._pair = (credentials.key_id, credentials.secret)
        self._url, self._steady, self._backoff_s = endpoints.stream, steady, backoff_s
        self._stream: Stream | None = None
        self._thread: threading.Thread | None = None
        self._news = threading.Event()
        self._awaited: float | None = None
        self.heard = 0
        """How many events have come."""

    def start(self) -> None:
        """Begin to listen; nothing happens when it is listening already."""
        if self._thread is not None:
            return
        logging.getLogger(TradingStream.__module__).setLevel(logging.CRITICAL)  # its every end is a warning to it
        stream = self._stream = self._made()
        stream.subscribe_trade_updates(self._hear)
        self._thread = threading.Thread(target=stream.run, name="alpaca trade updates", daemon=True)
        self._thread.start()

    def _made(self) -> Stream:
        stream: Any = TradingStream
        made = stream(*self._pair, raw_data=True, url_override=self._url)
        made._reconnect_min_backoff = self._backoff_s
        return made

    def stop(self) -> None:
        """Return when the stream has ended, or after `STOPS_WITHIN_S` without it: it ends with the process then."""
        thread, self._thread = self._thread, None
        ends = time.monotonic() + STOPS_WITHIN_S
        while thread is not None and thread.is_alive() and time.monotonic() < ends:
            with suppress(AttributeError, RuntimeError):  # it has not begun, or is over
                if self._stream is not None:
                    self._stream.stop()
            self._hang_up()
            thread.join(TRIES_AGAIN_S)

    def expect(self) -> None:
        """An order goes out: the stream should have a word about it soon. A mute one is connected anew."""
        if self.is_mute():
            self._hang_up()
            self._awaited = None
        if self._awaited is None:
            self._awaited = self._steady()

    def is_mute(self) -> bool:
        """Whether the stream has missed something that must have happened; it is no hint then, REST alone is."""
        return self._awaited is not None and self._steady() - self._awaited > MUTE_AFTER_S

    def pause(self, seconds: float) -> bool:
        """Wait for this long, or until there is news: whether there was."""
        is_news = self._news.wait(seconds)
        self._news.clear()
        return is_news

    def _hang_up(self) -> None:
        """The library connects again by itself, unless it was told to stop."""
        stream = self._stream
        if stream is not None and stream._loop is not None and stream._loop.is_running():
            asyncio.run_coroutine_threadsafe(stream.close(), stream._loop)

    async def _hear(self, message: Any) -> None:
        """Whatever it is, also a message without data: somebody should ask."""
        del message
        self.heard += 1
        self._awaited = None
        self._news.set()
