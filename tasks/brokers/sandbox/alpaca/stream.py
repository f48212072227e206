"""The `trade_updates` websocket: what has happened to orders since the last look, nothing told twice."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.server import ServerProtocol
from websockets.sync.server import ServerConnection

from tasks.brokers.sandbox.alpaca import encode
from tasks.brokers.sandbox.alpaca.encode import Json, order_json, plain, stamp
from tasks.brokers.sandbox.alpaca.http import SandboxContext
from tasks.brokers.simulated.account import ZERO, Account, Order
from tasks.brokers.simulated.exchange_ids import numbers_of
from tasks.brokers.simulated.snapshot import standing
from tasks.model.orders import Execution, OrderState

FIRST_WORDS_S = 10


class Stream:
    """Whoever listens hears what happens from then on; what happened before, or in a gap, is not told again."""

    def __init__(self, context: SandboxContext, key_id: str, secret: str) -> None:
        self._watcher = Watcher(context)
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

    def send_updates(self) -> None:
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
        """Whether a client listens; without one nothing is told, and nothing is kept for later."""
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


ENDS = {OrderState.CANCELLED: "canceled", OrderState.EXPIRED: "expired", OrderState.REJECTED: "rejected"}


@dataclass
class Watcher:
    """Looks at the exchange's own book: the stream tells no lies, it only loses things."""

    context: SandboxContext
    _states: dict[int, OrderState] = field(default_factory=dict[int, OrderState])
    _known: set[str] = field(default_factory=set[str])
    _working: dict[int, Order] = field(default_factory=dict[int, Order])
    _row: int = 0
    """Of the newest execution that was looked at."""
    _number: int = 1
    """The next order's."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def changes(self) -> list[Json]:
        """Events since the last call, in the order in which orders came."""
        with self._lock, self.context.inner.turn() as account:
            return [event for number in self._touched(account) for event in self._of(self._numbered(number))]

    def _touched(self, account: Account) -> list[int]:
        """Numbers of the orders with which something has happened: an account may have thousands that just rest."""
        before, self._working = self._working, {order.number: order for order in account.working.values()}
        touched = {number for number, order in self._working.items() if before.get(number) is not order}
        touched |= before.keys() - self._working.keys()
        touched |= set(range(self._number, account.next_number))
        self._number = account.next_number
        rows = self.context.inner.store.run(
            "SELECT rowid, execution_id FROM executions WHERE rowid > ? ORDER BY rowid", (self._row,)
        )
        for row, execution_id in rows.fetchall():
            self._row = row
            touched.add(numbers_of(execution_id)[0])
        return sorted(touched)

    def _numbered(self, number: int) -> Order:
        return self._working.get(number) or self.context.numbered(number)

    def _of(self, order: Order) -> Iterator[Json]:
        rows = self.context.inner.store.executions_of(order.broker_order_id)
        before = self._states.get(order.number)
        self._states[order.number] = order.state
        if before is None:
            yield self._event("new", order, rows)
        for row in rows:
            if row.execution_id not in self._known:
                self._known.add(row.execution_id)
                yield self._fill(row, order, rows)
        if order.state is not before and order.state in ENDS:
            yield self._event(ENDS[order.state], order, rows)

    def _fill(self, row: Execution, order: Order, rows: tuple[Execution, ...]) -> Json:
        kind = "fill" if order.state is OrderState.FILLED and row is rows[-1] else "partial_fill"
        if row.supersedes:
            kind = "trade_correct" if row.shares else "trade_bust"
        held = self.context.inner.account().positions.get(row.symbol, ZERO)
        return self._event(kind, order, rows) | {
            "execution_id": str(encode.execution_id(row, order)),
            "qty": plain(row.shares),
            "price": plain(row.price),
            "position_qty": plain(held),
        }

    def _event(self, name: str, order: Order, rows: tuple[Execution, ...]) -> Json:
        told = order_json(order, order.as_broker_order(), standing(rows), self.context.class_of(order), None)
        return {"event": name, "timestamp": stamp(self.context.inner.now()), "order": told}
