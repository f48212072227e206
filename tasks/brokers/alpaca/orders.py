"""Orders at Alpaca: sent once, found by our key, cancelled by theirs."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tasks.brokers.alpaca import pages
from tasks.brokers.alpaca.build_order import order_body, refusal_reason
from tasks.brokers.alpaca.client import Wire
from tasks.brokers.alpaca.errors import Refused, Silence, asking, sentence, writing
from tasks.brokers.alpaca.foreign_orders import words_of
from tasks.brokers.alpaca.order_ids import NESTED, Names
from tasks.brokers.alpaca.parse_orders import is_simple, legs_in, mapping, text
from tasks.errors import BrokerError, OrderRefusedError, OrderUnknownError
from tasks.model.capabilities import Capabilities
from tasks.model.client_order_ids import parts_of
from tasks.model.order_states import WORKING
from tasks.model.orders import BrokerOrder, OrderRequest
from tasks.retry import CANCEL_SHOWS


@dataclass
class Orders:
    """Everything about orders that the door offers."""

    wire: Wire
    account: str
    capabilities: Capabilities
    until_news: Callable[[float], bool]
    """Wait so many seconds, or less when there is news: whether there was."""
    sleep: Callable[[float], None] = time.sleep
    steady: Callable[[], float] = time.monotonic
    names: Names = field(init=False)
    outside: tuple[str, ...] = ()
    """Open orders of others beside the book, when open orders were asked for last."""

    def __post_init__(self) -> None:
        self.names = Names(self.wire)

    def submit(self, request: OrderRequest) -> BrokerOrder:
        """As `Broker.submit`."""
        if reason := refusal_reason(request, self.account, self.capabilities):
            raise OrderRefusedError(f"{request.key}: {reason}; nothing was sent")
        self.names.ours.add(request.key)
        with writing(request.key):
            try:
                answer = self.wire.order(order_body(request), request.urgency)
            except Refused as refused:
                if not refused.is_duplicate:
                    raise
                return self._seen_before(request.key)
            return self.names.read(answer, request.key)

    def cancel(self, key: str) -> BrokerOrder:
        """As `Broker.cancel`."""
        order_id = self.names.id_of(key) or self._look_for(key)
        with writing(key):
            try:
                self.wire.cancel(order_id)
            except Refused as refused:
                return self._over_already(key, order_id, refused)
        return self._became(key, order_id)

    def find(self, key: str) -> BrokerOrder | None:
        """As `Broker.find_order`; an exit is looked up by the order it belongs to."""
        parts = parts_of(key)
        order_key = key if parts is None else parts[0]
        self.names.ours.add(order_key)
        with asking(f"order {key}"):
            row = self._head(order_key)
            if row is None:
                return None
            order = self.names.read(row, order_key)
            if parts is None:
                return order
            if not is_simple(row) and not legs_in(row):
                raise Silence(f"the order {order_key} without its exits")
            return next((leg for leg in order.legs if leg.key == key), None)

    def working(self) -> tuple[BrokerOrder, ...]:
        """As `Broker.open_orders`.

        Alpaca lists an exit that is held as closed, and none at all under an order that has filled: so each order of a
        family is looked up with all of it.
        """
        found: dict[str, BrokerOrder] = {}
        with asking("the open orders"):
            listed = pages.orders(self.wire, "open", nested=False)
            self.outside = tuple(words_of(row) for row in listed if self.names.is_outside(row))
            for row in listed:
                if is_simple(row) or text(row, "id") not in {each.broker_order_id for each in found.values()}:
                    found |= {order.key: order for order in self.names.meet(row)}
        return tuple(order for order in found.values() if order.state in WORKING)

    # ---- behind the counter ----------------------------------------------------------------------------------------

    def _head(self, key: str) -> Mapping[str, Any] | None:
        """The row of an order, with its exits; None where Alpaca has none. Raises: Refused, Silence."""
        try:
            row = mapping(self.wire.get("/orders:by_client_order_id", {"client_order_id": key}), "the order")
            if is_simple(row) or legs_in(row):
                return row
            return mapping(self.wire.get(f"/orders/{text(row, 'id')}", NESTED), "the order")
        except Refused as refused:
            if refused.is_absence:
                return None
            raise

    def _seen_before(self, key: str) -> BrokerOrder:
        """An id that was taken was taken by us: an attempt whose answer was lost did arrive."""
        try:
            found = self.find(key)
        except BrokerError as error:
            raise OrderUnknownError(f"{key}: Alpaca has seen it, but does not show it; {error}") from error
        if found is None:
            raise OrderUnknownError(f"{key}: Alpaca says that it has seen it and that it has not; look it up again")
        return found

    def _look_for(self, key: str) -> str:
        """Their id of our key. Raises: OrderRefusedError when there is none, OrderUnknownError without an answer."""
        try:
            found = self.find(key)
        except BrokerError as error:
            raise OrderUnknownError(f"{key}: the cancel was not sent; {error}") from error
        if found is None:
            raise OrderRefusedError(
                f"{key}: Alpaca has no order of this id now; look it up again before it is given up"
            )
        return found.broker_order_id

    def _over_already(self, key: str, order_id: str, refused: Refused) -> BrokerOrder:
        """A refused cancel of an order that is over says what it became; of one that works it is a refusal."""
        order = self.names.asked(order_id, key)
        if order.state in WORKING:
            raise OrderRefusedError(f"{key}: {sentence(refused)}; look the order up, it may work on") from refused
        return order

    def _became(self, key: str, order_id: str) -> BrokerOrder:
        """Raises: OrderUnknownError when the cancel was taken and nobody says what became of the order."""
        try:
            order = self._fetch(key, order_id)
            for pause in CANCEL_SHOWS:
                if order.state not in WORKING:
                    break
                order = self._after(pause.total_seconds(), key, order_id)
        except BrokerError as error:
            raise OrderUnknownError(f"{key}: its cancel was taken; {error}") from error
        return order

    def _after(self, pause: float, key: str, order_id: str) -> BrokerOrder:
        """The order when so many seconds have passed, or sooner where news says that it is over: news alone is none."""
        began = self.steady()
        if self.until_news(pause):
            order = self._fetch(key, order_id)
            if order.state not in WORKING:
                return order
            self.sleep(max(0.0, began + pause - self.steady()))
        return self._fetch(key, order_id)

    def _fetch(self, key: str, order_id: str) -> BrokerOrder:
        with asking(f"order {key}"):
            return self.names.asked(order_id, key)
