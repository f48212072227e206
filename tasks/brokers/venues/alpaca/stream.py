"""The venue's `trade_updates` websocket: one listener an account, binary frames, nothing told twice."""

import json
import socket
import threading
from contextlib import suppress
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.server import ServerProtocol
from websockets.sync.server import ServerConnection

from tasks.brokers.venues.alpaca.floor import Floor
from tasks.brokers.venues.alpaca.shapes import Json
from tasks.brokers.venues.alpaca.watcher import Watcher

FIRST_WORDS_S = 10


class Stream:
    """Whoever listens hears what happens from then on; what happened before, or in a gap, is not told again."""

    def __init__(self, floor: Floor, key_id: str, secret: str) -> None:
        self._watcher = Watcher(floor)
        self._key = (key_id, secret)
        self._listener: ServerConnection | None = None
        self._lock = threading.Lock()
        self.connections = 0
        """How many clients have come so far."""

    def serve(self, connected: socket.socket) -> None:
        """Speak with one client until it goes."""
        connection = ServerConnection(connected, ServerProtocol(), ping_interval=None, close_timeout=1)
        self.connections += 1
        with suppress(WebSocketException, OSError, TimeoutError, EOFError):
            connection.handshake()
            if self._is_welcome(connection):
                self._listen(connection)
        connection.close()

    def tell(self) -> None:
        """Send what has happened since the last time; without a listener it is lost."""
        if self._listener is not None:
            for event in self._watcher.changes():
                self.say({"stream": "trade_updates", "data": event})

    def say(self, message: Any, *, as_text: bool = False) -> None:
        """Any message, also such as no client expects; paper accounts get binary frames, live ones text."""
        listener = self._listener
        if listener is not None:
            with suppress(WebSocketException, OSError):
                listener.send(json.dumps(message) if as_text else json.dumps(message).encode())

    def be_mute(self) -> None:
        """Stay connected and say nothing more; whoever comes next is spoken to."""
        self._listener = None

    def drop(self) -> None:
        """Cut the listener off."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with suppress(OSError):
                listener.socket.shutdown(socket.SHUT_RDWR)

    @property
    def is_heard(self) -> bool:
        return self._listener is not None

    def _is_welcome(self, connection: ServerConnection) -> bool:
        words: Json = json.loads(connection.recv(timeout=FIRST_WORDS_S))
        given = words.get("data", {})
        is_welcome = (given.get("key_id"), given.get("secret_key")) == self._key
        status = "authorized" if is_welcome else "unauthorized"
        answer = {"stream": "authorization", "data": {"status": status, "action": "authenticate"}}
        connection.send(json.dumps(answer).encode())
        return is_welcome

    def _listen(self, connection: ServerConnection) -> None:
        for raw in connection:
            if json.loads(raw).get("action") == "listen":
                self._watcher.changes()
                with self._lock:
                    self._listener = connection
                answer = {"stream": "listening", "data": {"streams": ["trade_updates"]}}
                connection.send(json.dumps(answer).encode())
        with self._lock:
            if self._listener is connection:
                self._listener = None
