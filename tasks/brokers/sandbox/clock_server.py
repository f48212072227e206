"""Tells and moves a venue's simulated clock over HTTP, where the broker's own protocol has no word for it."""

import json
import threading
from collections.abc import Callable
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from tasks.errors import SteelyardError

PATH = "/control/clock"
MOST_BYTES = 1000


class ClockServer(ThreadingHTTPServer):
    """A context manager. GET /control/clock tells the time and where orders go; POST {"until": ...} moves it."""

    daemon_threads = True

    def __init__(
        self, place: str, now: Callable[[], datetime], advance: Callable[[datetime], datetime], port: int = 0
    ) -> None:
        """`place` is the `host:port` at which the venue takes orders."""
        super().__init__(("127.0.0.1", port), _Handler)
        self.place, self.now, self.advance = place, now, advance
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), name="venue clock", daemon=True)

    @property
    def url(self) -> str:
        """What STEELYARD_VENUE names: where the clock answers, which is not where orders go."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: ClockServer  # pyright: ignore[reportIncompatibleVariableOverride] - it is never another one
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    """Answers are small: without it each waits 40 ms for the other side's acknowledgement."""

    def do_GET(self) -> None:
        if self.path == PATH:
            self._respond(200, {"now": self.server.now().isoformat(), "place": self.server.place})
        else:
            self._respond(404, {"message": f"only {PATH} is here"})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(min(length, MOST_BYTES))
        try:
            until = datetime.fromisoformat(json.loads(body)["until"])
            self._respond(200, {"now": self.server.advance(until).isoformat(), "place": self.server.place})
        except (ValueError, LookupError, TypeError, SteelyardError) as error:
            self._respond(400, {"message": str(error)})

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads along."""

    def _respond(self, status: int, answer: dict[str, str]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
