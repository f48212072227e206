"""The venue: a server on this machine that speaks Alpaca over a simulated exchange, started by a test or a person."""

import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import ThreadingHTTPServer
from typing import Any, Self

from tasks.brokers.simulated.exchange import Exchange
from tasks.brokers.simulated.lying import LyingExchange
from tasks.brokers.venues.alpaca.floor import BadRequest, Floor, Request, instant
from tasks.brokers.venues.alpaca.meter import Meter
from tasks.brokers.venues.alpaca.mischief import Mischief
from tasks.brokers.venues.alpaca.refusals import NO_SUCH_PLACE, Reply, bad_request
from tasks.brokers.venues.alpaca.routes import Routes
from tasks.brokers.venues.alpaca.stream import Stream
from tasks.brokers.venues.alpaca.wire import Handler
from tasks.errors import SteelyardError

WRITES = ("POST", "DELETE")
CONTROL = "/control/clock"
RESET = struct.pack("ii", 1, 0)


class AlpacaVenue(ThreadingHTTPServer):
    """A context manager; while it is open, `url` answers as Alpaca's trading and data hosts, and `stream_url` too.

    `/control/clock` is not Alpaca's: GET tells the simulated clock, POST {"until": ...} moves it.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self,
        exchange: Exchange | LyingExchange,
        key_id: str,
        secret: str,
        port: int = 0,
        holds_s: float = 5.0,
        requests_per_minute: int | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`holds_s`: how long a request that is never answered is kept waiting before its connection is closed."""
        super().__init__(("127.0.0.1", port), Handler)
        floor = Floor(exchange)
        self.mischief = Mischief()
        self.meter = Meter(requests_per_minute, clock)
        self.stream = Stream(floor, key_id, secret)
        self.holds_s = holds_s
        self.stopping = threading.Event()
        self.seen: list[tuple[str, str, Any]] = []
        """Method, path and body of every request that was let in, oldest first."""
        self._floor = floor
        self._routes = Routes(floor)
        self._key = (key_id, secret)
        self._open: set[socket.socket] = set()
        self._resets: set[socket.socket] = set()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), name="alpaca venue", daemon=True)

    @property
    def exchange(self) -> Exchange | LyingExchange:
        return self._floor.exchange

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def stream_url(self) -> str:
        return f"ws://127.0.0.1:{self.server_address[1]}/stream"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self.shutdown()
        self.server_close()
        for connection in tuple(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    # ---- what the wire asks ----------------------------------------------------------------------------------------

    def is_ours(self, key_id: str | None, secret: str | None) -> bool:
        return (key_id, secret) == self._key

    def answer(self, request: Request) -> Reply:
        """Raises: Unanswered."""
        self.seen.append((request.method, request.path, request.body))
        try:
            return self._routes.answer(request)
        finally:
            if request.method in WRITES:
                self.stream.tell()

    def control(self, request: Request) -> Reply:
        if request.path != CONTROL:
            return NO_SUCH_PLACE
        try:
            if request.method == "POST":
                self.exchange.advance(instant(str((request.body or {}).get("until")), "until"))
        except (BadRequest, SteelyardError) as error:
            return bad_request(str(error))
        self.stream.tell()
        return Reply(200, {"now": self.exchange.now().isoformat()})

    def reset(self, connection: socket.socket) -> None:
        """Let the connection end with a reset, not with a farewell."""
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self._resets.add(connection)

    # ---- connections -----------------------------------------------------------------------------------------------

    def finish_request(self, request: Any, client_address: Any) -> None:
        """A websocket goes to the stream; everything else is HTTP."""
        self._open.add(request)
        with suppress(OSError):
            if request.recv(12, socket.MSG_PEEK).startswith(b"GET /stream"):
                self.stream.serve(request)
            else:
                super().finish_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        if request in self._resets:
            self._resets.discard(request)
            self.close_request(request)
        else:
            super().shutdown_request(request)
