"""The venue's HTTP: reads requests, writes replies, and shows a silence as the network would."""

import json
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from tasks.brokers.simulated.faults import FaultKind
from tasks.brokers.simulated.line import Unanswered
from tasks.brokers.venues.alpaca import refusals
from tasks.brokers.venues.alpaca.floor import Request
from tasks.brokers.venues.alpaca.refusals import Reply

if TYPE_CHECKING:
    from tasks.brokers.venues.alpaca.server import AlpacaVenue

HEARTBEAT = b": heartbeat\n\n"
BEATS_S = 0.02
RESETS = (FaultKind.RESET_BEFORE, FaultKind.RESET_AFTER, FaultKind.DISCONNECT)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def venue(self) -> "AlpacaVenue":
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
            return refusals.UNAUTHORIZED
        if (too_many := self.venue.meter.count()) is not None:
            return too_many
        prank = self.venue.mischief.strike(request)
        if prank is None:
            return self.venue.answer(request)
        return prank.bend(self.venue.answer(request) if prank.is_done else Reply(200))

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
            self._write(Reply(504, refusals.GATEWAY))
            return
        self.close_connection = True
        if kind in RESETS:
            self.venue.reset(self.connection)
        else:
            self.venue.stopping.wait(self.venue.holds_s)
