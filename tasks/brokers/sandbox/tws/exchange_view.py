"""What the server knows of the exchange behind it: orders as they are told, without asking in the client's name.

A question of a client goes through the exchange and meets its lies. What TWS tells unasked comes from here; it hides
what a lie hides, and uses no planned lie up.
"""

from collections.abc import Mapping
from datetime import date

from tasks.brokers.sandbox.tws.encode import Shown
from tasks.brokers.sandbox.tws.order_status import Placed, names, shown
from tasks.brokers.simulated.account import Order
from tasks.brokers.simulated.faults.answers import FaultyAnswers
from tasks.brokers.simulated.faults.effects import hidden, is_down
from tasks.brokers.simulated.faults.exchange import FaultyExchange
from tasks.brokers.simulated.faults.store import FaultStore
from tasks.model.order_states import WORKING
from tasks.model.orders import BrokerOrder, Execution, TimeInForce

NEWS = """
    SELECT (SELECT COUNT(*) FROM executions), (SELECT COUNT(*) FROM orders WHERE is_working = 0), clock FROM account
"""


class ExchangeView:
    """Remembers which client placed which order; a restarted server shows older orders as placed by hand."""

    def __init__(self, exchange: FaultyExchange) -> None:
        self.exchange = exchange
        with exchange.inner.turn():
            self._memory = FaultStore(exchange.inner.store)
        self._answers = FaultyAnswers(exchange.inner, self._memory, exchange.plan)
        self._placed: dict[int, Placed] = {}
        self._numbers: dict[tuple[int, int], int] = {}

    def remember(self, order: BrokerOrder, placed: Placed) -> Order:
        """Which client placed it under which number; needed for every later message about it."""
        kept = self.exchange.inner.store.order_numbered(order.broker_order_id)
        assert kept is not None  # it was just placed
        self._placed[kept.number] = placed
        self._numbers[placed.client_id, placed.order_id] = kept.number
        return kept

    def placed_by(self, number: int) -> Placed | None:
        """None for an order that no client of this run placed."""
        return self._placed.get(number)

    def number_of(self, client_id: int, order_id: int) -> int | None:
        """The exchange's number of a client's order."""
        return self._numbers.get((client_id, order_id))

    def highest_id(self, client_id: int) -> int:
        """Of the client's orders in this run; 0 before its first."""
        return max((order_id for client, order_id in self._numbers if client == client_id), default=0)

    def is_down(self) -> bool:
        """While the fault `disconnect` lasts nothing gets through."""
        with self.exchange.inner.turn() as account:
            return is_down(self._memory.spells(), account.clock)

    def mark(self) -> object:
        """Another one whenever there is something new to tell: fills, orders that are over, time."""
        with self.exchange.inner.turn():
            return self.exchange.inner.store.run(NEWS).fetchone()

    def kept(self, number: int) -> Order:
        """The exchange's own record, faults put aside. Raises: StopIteration for a number it never gave."""
        return next(order for order in self.exchange.truth().orders if order.number == number)

    def newest(self, request_key: str) -> Order | None:
        """The last order that was made of a key."""
        made = self.exchange.inner.store.orders(request_key)
        return made[-1] if made else None

    def show(self, kept: Order) -> Shown:
        """As the wire shows it now, faults included."""
        with self.exchange.inner.turn():
            told = self._answers.as_seen(kept.as_broker_order())
            return shown(kept, told, self.rows_of(kept), self._placed.get(kept.number))

    def rows_of(self, kept: Order) -> tuple[Execution, ...]:
        """The executions of an order that may be told now, oldest first."""
        with self.exchange.inner.turn() as account:
            rows = self.exchange.inner.store.executions_of(kept.broker_order_id)
            secret = hidden(rows, self._memory.spells(), account.clock)
        return tuple(row for row in rows if row.execution_id not in secret)

    def is_open(self, kept: Order) -> bool:
        """As the wire shows it now: it may be over at the exchange."""
        with self.exchange.inner.turn():
            return self._answers.as_seen(kept.as_broker_order()).state in WORKING

    def numbered(self, broker_order_id: str) -> Order:
        """By the exchange's id; one that it never gave is a mistake of the caller."""
        kept = self.exchange.inner.store.order_numbered(broker_order_id)
        assert kept is not None  # the exchange has just named it
        return kept

    def orders_of(self, session: date | None) -> tuple[Order, ...]:
        """Those of a session, and those of earlier ones that may live on."""
        return tuple(order for order in self.exchange.truth().orders if order.session == session or _may_last(order))

    def orders_of_late(self) -> tuple[Order, ...]:
        """The same with the session before."""
        orders = self.exchange.truth().orders
        late = sorted({order.session for order in orders})[-2:]
        return tuple(order for order in orders if order.session in late or _may_last(order))

    def names(self) -> Mapping[str, str]:
        """Every execution's id on the wire."""
        return names(self.exchange.truth().executions)


def _may_last(order: Order) -> bool:
    return order.request.time_in_force is TimeInForce.GOOD_TILL_CANCELLED
