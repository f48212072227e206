"""A cable between a client library and a server on this machine: it can be cut, mended, and made long."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, Self, TypeVar

T = TypeVar("T")


class Cable:
    """A context manager: what connects to `port` reaches the server at `to`, as long as the cable is whole."""

    def __init__(self, to: int, one_way_s: float = 0.0) -> None:
        """`one_way_s`: how long every byte is on its way, in each direction; connecting itself takes no time."""
        self.port = 0
        self.to, self.one_way_s = to, one_way_s
        self._ends: set[asyncio.Transport] = set()
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="cable", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.mend()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self) -> None:
        """Reset every connection and refuse new ones; what was on its way is lost."""
        self._run(self._cut())

    def mend(self) -> None:
        """Let connections through again, at the same port."""
        self._run(self._mend())

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for end in tuple(self._ends):
            end.abort()
        await asyncio.sleep(0)

    async def _mend(self) -> None:
        self._server = await self._loop.create_server(lambda: _End(self), "127.0.0.1", self.port, reuse_address=True)
        self.port = self._server.sockets[0].getsockname()[1]

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


class _End(asyncio.Protocol):
    """One end of one connection; `other` is where its bytes come out again."""

    def __init__(self, cable: Cable, other: "_End | None" = None) -> None:
        self._cable, self.other = cable, other
        self._transport: asyncio.Transport | None = None
        self._waiting: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._cable._ends.add(transport)
        if self.other is None:
            self._opening = asyncio.ensure_future(self._reach_the_server())
        for data in self._waiting:
            transport.write(data)

    async def _reach_the_server(self) -> None:
        self.other = other = _End(self._cable, self)
        try:
            await asyncio.get_running_loop().create_connection(lambda: other, "127.0.0.1", self._cable.to)
        except OSError:
            self._hang_up(is_reset=True)

    def data_received(self, data: bytes) -> None:
        if self._cable.one_way_s:
            asyncio.get_running_loop().call_later(self._cable.one_way_s, self._pass_on, data)
        else:
            self._pass_on(data)

    def _pass_on(self, data: bytes) -> None:
        if self.other is not None:
            self.other.write(data)

    def write(self, data: bytes) -> None:
        """Bytes that came in at the other end."""
        if self._transport is None:
            self._waiting.append(data)
        elif not self._transport.is_closing():
            self._transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._cable._ends.discard(self._transport)
        asyncio.get_running_loop().call_later(self._cable.one_way_s, self._hang_up, exc is not None)

    def _hang_up(self, is_reset: bool) -> None:
        for end in (self, self.other):
            if end is not None and end._transport is not None:
                end._transport.abort() if is_reset else end._transport.close()
