"""A server on this machine that speaks Alpaca over a simulated exchange: reads requests, writes replies.

A silence is shown as the network would show it.
"""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from tasks.book.faults import FaultKind
from tasks.brokers.sandbox.alpaca import errors
from tasks.brokers.sandbox.alpaca.errors import NO_SUCH_PLACE, Reply, bad_request
from tasks.brokers.sandbox.alpaca.http import BadRequest, Request, SandboxContext, instant
from tasks.brokers.sandbox.alpaca.http_faults import HttpFaults, Meter
from tasks.brokers.sandbox.alpaca.routes import Routes
from tasks.brokers.sandbox.alpaca.stream import Stream
from tasks.brokers.simulated.exchange import Exchange
from tasks.brokers.simulated.faults.exchange import FaultyExchange
from tasks.brokers.simulated.faults.network import Unanswered
from tasks.errors import SteelyardError
from tasks.model.json_values import is_object

HEARTBEAT = b": heartbeat\n\n"
BEATS_S = 0.02
RESETS = (FaultKind.RESET_BEFORE, FaultKind.RESET_AFTER, FaultKind.DISCONNECT)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def venue(self) -> "AlpacaVenue":
        """The server that took this connection."""
        return cast("AlpacaVenue", self.server)

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the tests and the person have `seen`."""

    def _serve(self) -> None:
        request = self._read()
        try:
            self._write(self._reply(request))
        except Unanswered as silence:
            self._keep_silent(silence.kind)

    def _read(self) -> Request:
        parts = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            body = None
        return Request(self.command, unquote(parts.path), dict(parse_qsl(parts.query)), body)

    def _reply(self, request: Request) -> Reply:
        if request.path.startswith("/control/"):
            return self.venue.control(request)
        key_id, secret = self.headers.get("APCA-API-KEY-ID"), self.headers.get("APCA-API-SECRET-KEY")
        if not self.venue.is_ours(key_id, secret):
            return errors.UNAUTHORIZED
        if (too_many := self.venue.meter.count()) is not None:
            return too_many
        fault = self.venue.http_faults.strike(request)
        if fault is None:
            return self.venue.answer(request)
        return fault.bend(self.venue.answer(request) if fault.is_done else Reply(200))

    def _write(self, reply: Reply) -> None:
        is_text = isinstance(reply.body, str)
        raw = b"" if reply.body is None else (reply.body if is_text else json.dumps(reply.body)).encode()
        headers = {"Content-Type": "text/html" if is_text else "application/json", **dict(reply.headers)}
        self.send_response(reply.status)
        for name, value in headers.items():
            self.send_header(name, value)
        if reply.goes_on:
            self.send_header("Connection", "close")
        elif reply.status != 204:
            self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)
        if reply.goes_on:
            self._beat()

    def _beat(self) -> None:
        self.close_connection = True
        with suppress(OSError):  # whoever listened has gone
            while not self.venue.stopping.wait(BEATS_S):
                self.wfile.write(HEARTBEAT)

    def _keep_silent(self, kind: FaultKind) -> None:
        if kind is FaultKind.SERVER_ERROR:
            self._write(Reply(504, errors.GATEWAY))
            return
        self.close_connection = True
        if kind in RESETS:
            self.venue.reset(self.connection)
        else:
            self.venue.stopping.wait(self.venue.holds_s)


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
        exchange: Exchange | FaultyExchange,
        key_id: str,
        secret: str,
        port: int = 0,
        holds_s: float = 5.0,
        requests_per_minute: int | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`holds_s`: how long a request that is never answered is kept waiting before its connection is closed."""
        super().__init__(("127.0.0.1", port), Handler)
        context = SandboxContext(exchange)
        self.http_faults = HttpFaults()
        self.meter = Meter(requests_per_minute, clock)
        self.stream = Stream(context, key_id, secret)
        self.holds_s = holds_s
        self.stopping = threading.Event()
        self.seen: list[tuple[str, str, Any]] = []
        """Method, path and body of every request that was let in, oldest first."""
        self._context = context
        self._routes = Routes(context)
        self._key = (key_id, secret)
        self._open: set[socket.socket] = set()
        self._resets: set[socket.socket] = set()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), name="alpaca venue", daemon=True)

    @property
    def exchange(self) -> Exchange | FaultyExchange:
        """With its faults, if there are any: what the wires show."""
        return self._context.exchange

    @property
    def url(self) -> str:
        """Known once the port is bound."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def stream_url(self) -> str:
        """Of the trade updates, on the same port."""
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
        """Whether the pair is the account's key; None is a header that is missing."""
        return (key_id, secret) == self._key

    def answer(self, request: Request) -> Reply:
        """Raises: Unanswered."""
        self.seen.append((request.method, request.path, request.body))
        try:
            return self._routes.answer(request)
        finally:
            if request.method in WRITES:
                self.stream.send_updates()

    def control(self, request: Request) -> Reply:
        """For tests and the sandbox's clock, not Alpaca's: GET tells the instant, POST moves on to `until`."""
        if request.path != CONTROL:
            return NO_SUCH_PLACE
        try:
            if request.method == "POST":
                told: Mapping[str, Any] = request.body if is_object(request.body) else {}
                self.exchange.advance(instant(str(told.get("until")), "until"))
        except (BadRequest, SteelyardError) as error:
            return bad_request(str(error))
        self.stream.send_updates()
        return Reply(200, {"now": self.exchange.now().isoformat()})

    def reset(self, connection: socket.socket) -> None:
        """Let the connection end with a reset, not with a farewell."""
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self._resets.add(connection)

    # ---- connections -------------------------------------------------------------------------------------------

    def finish_request(self, request: Any, client_address: Any) -> None:
        """A websocket goes to the stream; everything else is HTTP."""
        self._open.add(request)
        with suppress(OSError):
            if request.recv(12, socket.MSG_PEEK).startswith(b"GET /stream"):
                self.stream.serve(request)
            else:
                super().finish_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """A connection that a fault resets is closed without the goodbye that a client could wait for."""
        self._open.discard(request)
        if request in self._resets:
            self._resets.discard(request)
            self.close_request(request)
        else:
            super().shutdown_request(request)
