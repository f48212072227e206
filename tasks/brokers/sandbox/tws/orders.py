"""Placing and cancelling: a client's order goes to the exchange, and what TWS says to it comes back."""

import contextlib
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from tasks.brokers.sandbox.tws import encode
from tasks.brokers.sandbox.tws.brackets import Family, family
from tasks.brokers.sandbox.tws.contracts import Listings, Stock
from tasks.brokers.sandbox.tws.decode import Asked, Placing, UnreadableError, placing
from tasks.brokers.sandbox.tws.encode import Message, Shown
from tasks.brokers.sandbox.tws.exchange_view import ExchangeView
from tasks.brokers.sandbox.tws.held_orders import Holding
from tasks.brokers.sandbox.tws.order_status import placed
from tasks.brokers.sandbox.tws.wire_faults import WireFault, WireFaults
from tasks.brokers.simulated.account import Order
from tasks.brokers.simulated.engine.accept import Refusal
from tasks.brokers.simulated.faults.network import Unanswered
from tasks.model.order_states import ENDED
from tasks.model.orders import BrokerOrder, OrderState

CODES = {"unknown_symbol": 200, "wrong_price_step": 110}
"""Error codes of refusals; all others are 201."""
NOTICES = {
    WireFault.PRESET_NOTICE: (10349, "Order TIF was set to DAY based on order preset."),
    WireFault.HELD_NOTICE: (
        399,
        "Order Message: Warning: your order will not be placed at the exchange until 09:30:00",
    ),
    WireFault.OUTSIDE_NOTICE: (2109, "Order Event Warning: Attribute 'Outside Regular Trading Hours' is ignored"),
    WireFault.LOCATE_NOTICE: (404, "Order held while securities are located."),
}


class Ordering:
    """Answers the messages that place and cancel orders, each with what TWS would send back."""

    KINDS: ClassVar[frozenset[str]] = frozenset({"3", "4", "58"})

    def __init__(self, view: ExchangeView, listings: Listings, faults: WireFaults) -> None:
        self._view, self._listings, self._faults = view, listings, faults
        self._holding = Holding()
        self.answers: deque[tuple[int, str, str]] = deque()
        """Code, words and status (or none) of the errors that the next new orders get instead of being placed."""

    def reply(self, client_id: int, fields: Sequence[str]) -> Iterator[Message]:
        """Raises: Unanswered."""
        if fields[0] == "3":
            yield from self._place(client_id, fields)
            return
        yield from self.flush(client_id)
        if fields[0] == "4":
            yield from self._cancel(client_id, int(fields[2]))
        else:
            for order in self._view.exchange.working():
                self._view.exchange.cancel(order.key)

    # ---- placing -----------------------------------------------------------------------------------------------

    def _place(self, client_id: int, fields: Sequence[str]) -> Iterator[Message]:
        order_id = int(fields[1])
        try:
            wish = placing(fields)
        except UnreadableError as wrong:
            yield encode.error(order_id, 321, f"Error validating request: {wrong}")
            return
        if not self._holding.would_join(client_id, wish.group):
            yield from self.flush(client_id)
        number = self._view.number_of(client_id, order_id)
        if wish.is_what_if or self._faults.due(WireFault.VALIDATION_REJECT):
            yield encode.error(order_id, 321, "Error validating request: -'b0' : cause - not accepted here")
        elif self._faults.due(WireFault.REJECT_INACTIVE):
            yield encode.error(order_id, 201, "Order rejected - reason:not for this account")
            yield (3, order_id, "Inactive", 0, wish.shares, 0, 0, 0, 0, client_id, "", 0)
        elif self.answers and number is None:
            code, words, status = self.answers.popleft()
            yield encode.error(order_id, code, words)
            if status:
                yield (3, order_id, status, 0, wish.shares, 0, 0, 0, 0, client_id, "", 0)
        elif number is not None:
            yield self._again(order_id, number, wish)
        elif order_id <= self._view.highest_id(client_id):
            yield encode.error(order_id, 103, "Duplicate order id")
        elif members := self._holding.complete(client_id, wish, time.monotonic()):
            yield from self._place_family(client_id, members)

    def flush(self, client_id: int, after_s: float = 0.0) -> Iterator[Message]:
        """Let the first of a group go out whose second one did not follow within this time. Raises: Unanswered."""
        if (first := self._holding.alone(client_id, time.monotonic() - after_s)) is not None:
            yield from self._place_family(client_id, (first,))

    def left(self, client_id: int) -> None:
        """A client is gone; what it has transmitted stays, whether or not it hears of it."""
        with contextlib.suppress(Unanswered):
            for _ in self.flush(client_id):
                pass
        self._holding.forget(client_id)

    def _place_family(self, client_id: int, members: Sequence[Placing]) -> Iterator[Message]:
        try:
            whole = self._whole(members)
            order = self._placed(client_id, whole)
        except UnreadableError as wrong:
            for member in members:
                yield encode.error(member.order_id, 321, f"Error validating request: {wrong}")
            return
        except Refusal as no:
            yield from self._refused(members, no)
            return
        stock = self._listings.stock(whole.request.symbol)
        orders = self._remember(client_id, order, whole)
        if len(orders) > 1 and self._faults.due(WireFault.SILENT_LAST_LEG):
            orders.pop()
        for kept in orders:
            yield from self._accepted(self._view.show(kept), stock)

    def _whole(self, members: Sequence[Placing]) -> Family:
        """Raises: Refusal, UnreadableError."""
        exchange, first = self._view.exchange, members[0]
        stock = self._meant(first.contract)
        if stock is None:
            raise Refusal("unknown_symbol", "No security definition has been found for the request")
        if first.parent_id:
            raise Refusal("unknown_parent", f"the parent order {first.parent_id} is not known")
        session = exchange.session() or exchange.now().date()
        return family(members, stock.symbol, exchange.account_name, session)

    def _placed(self, client_id: int, whole: Family) -> BrokerOrder:
        """Raises: Refusal, Unanswered."""
        try:
            return self._view.exchange.place(whole.request)
        except Unanswered:
            self._remember_lost(client_id, whole)
            raise

    def _remember(self, client_id: int, order: BrokerOrder, whole: Family) -> list[Order]:
        """Each order of a family with the number that its client gave it."""
        pairs = zip((order, *order.legs), whole.members, strict=True)
        return [self._view.remember(part, placed(client_id, member)) for part, member in pairs]

    def _meant(self, contract: Asked) -> Stock | None:
        for stock in self._listings.of(contract.symbol, contract.primary_exchange):
            if contract.con_id in (0, stock.con_id):
                return stock
        return None

    def _remember_lost(self, client_id: int, whole: Family) -> None:
        """An order whose reply was lost may be there all the same, and has its client and number then."""
        newest = self._view.newest(whole.request.key)
        if newest is not None and self._view.placed_by(newest.number) is None:
            self._remember(client_id, self._view.exchange.inner.order_of(newest), whole)

    def _again(self, order_id: int, number: int, wish: Placing) -> Message:
        """A number seen before is a modification; none is done here."""
        kept = self._view.kept(number)
        if kept.state in ENDED:
            return encode.error(order_id, 104, "Cannot modify a filled order.")
        if (wish.shares, wish.limit or None) != (kept.request.shares, kept.request.limit_price):
            return encode.error(order_id, 105, "Order being modified does not match original order.")
        return encode.order_status(self._view.show(kept))

    def _refused(self, members: Sequence[Placing], no: Refusal) -> Iterator[Message]:
        """The exits of a refused order are cancelled, as they have no parent any more."""
        code = CODES.get(no.code, 201)
        words = f"Order rejected - reason:{no}" if code == 201 else str(no)
        yield encode.error(members[0].order_id, code, words)
        for member in members[1:]:
            yield encode.error(member.order_id, 201, "Order rejected - reason:its parent was rejected")

    def _accepted(self, order: Shown, stock: Stock) -> Iterator[Message]:
        if self._faults.due(WireFault.SILENT_ACCEPT):
            return
        if self._faults.due(WireFault.REJECT_FIRST):
            yield encode.error(order.order_id, 201, "Order rejected - reason:one venue does not take it")
        for fault, (code, words) in NOTICES.items():
            if self._faults.due(fault):
                yield encode.error(order.order_id, code, words)
                if fault is WireFault.LOCATE_NOTICE:
                    order = replace(order, status="Inactive", why_held="locate")
        yield encode.open_order(order, stock)
        yield encode.order_status(order)
        if self._faults.due(WireFault.DUPLICATED):
            yield encode.order_status(order)

    # ---- cancelling --------------------------------------------------------------------------------------------

    def _cancel(self, client_id: int, order_id: int) -> Iterator[Message]:
        if self._holding.drop(client_id, order_id):
            yield encode.error(order_id, 202, "Order Canceled - reason:")
            return
        number = self._view.number_of(client_id, order_id)
        if number is None:
            yield encode.error(order_id, 10147, f"OrderId {order_id} that needs to be cancelled is not found.")
            return
        kept = self._view.kept(number)
        key = kept.request.key
        if kept.state in ENDED:
            yield self._not_cancelled(order_id, kept.state)
            return
        try:
            order = self._view.exchange.cancel(key)
        except Refusal as no:
            yield encode.error(order_id, 10148, f"OrderId {order_id} cannot be cancelled, {no}")
            return
        if order.state is OrderState.CANCELLED:
            yield encode.error(order_id, 202, "Order Canceled - reason:")
            yield encode.order_status(self._view.show(self._view.kept(number)))
        else:
            yield self._not_cancelled(order_id, order.state)

    def _not_cancelled(self, order_id: int, state: OrderState) -> Message:
        words = f"OrderId {order_id} that needs to be cancelled cannot be cancelled, state: {state.value.title()}."
        return encode.error(order_id, 10148, words)
