"""Notices what has happened to orders since it last looked, as `trade_updates` events."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from tasks.brokers.simulated.account import ZERO, Account, Order
from tasks.brokers.simulated.truth import standing
from tasks.brokers.venues.alpaca import names
from tasks.brokers.venues.alpaca.floor import Floor
from tasks.brokers.venues.alpaca.shapes import Json, order_json, plain, stamp
from tasks.terms import Execution, OrderState

ENDS = {OrderState.CANCELLED: "canceled", OrderState.EXPIRED: "expired", OrderState.REJECTED: "rejected"}


@dataclass
class Watcher:
    """Looks at the exchange's own book: the stream tells no lies, it only loses things."""

    floor: Floor
    _states: dict[int, OrderState] = field(default_factory=dict)
    _known: set[str] = field(default_factory=set)
    _working: dict[int, Order] = field(default_factory=dict)
    _row: int = 0
    """Of the newest execution that was looked at."""
    _number: int = 1
    """The next order's."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def changes(self) -> list[Json]:
        """Events since the last call, in the order in which orders came."""
        with self._lock, self.floor.inner.turn() as account:
            return [event for number in self._touched(account) for event in self._of(self._numbered(number))]

    def _touched(self, account: Account) -> list[int]:
        """Numbers of the orders with which something has happened: an account may have thousands that just rest."""
        before, self._working = self._working, {order.number: order for order in account.working.values()}
        touched = {number for number, order in self._working.items() if before.get(number) is not order}
        touched |= before.keys() - self._working.keys()
        touched |= set(range(self._number, account.next_number))
        self._number = account.next_number
        rows = self.floor.inner.store.run(
            "SELECT rowid, execution_id FROM executions WHERE rowid > ? ORDER BY rowid", (self._row,)
        )
        for row, execution_id in rows.fetchall():
            self._row = row
            touched.add(int(execution_id.rsplit("-", 2)[1]))
        return sorted(touched)

    def _numbered(self, number: int) -> Order:
        return self._working.get(number) or self.floor.numbered(number)

    def _of(self, order: Order) -> Iterator[Json]:
        rows = self.floor.inner.store.executions_of(order.broker_order_id)
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
        held = self.floor.inner.account().positions.get(row.symbol, ZERO)
        return self._event(kind, order, rows) | {
            "execution_id": str(names.execution_id(row, order)),
            "qty": plain(row.shares),
            "price": plain(row.price),
            "position_qty": plain(held),
        }

    def _event(self, name: str, order: Order, rows: tuple[Execution, ...]) -> Json:
        told = order_json(order, order.as_told(), standing(rows), self.floor.class_of(order), None)
        return {"event": name, "timestamp": stamp(self.floor.inner.now()), "order": told}
