"""What TWS tells unasked: each change of a client's order, each execution, once."""

from collections.abc import Iterator

from tasks.brokers.sandbox.tws import encode
from tasks.brokers.sandbox.tws.contracts import Listings
from tasks.brokers.sandbox.tws.encode import Message, Shown
from tasks.brokers.sandbox.tws.exchange_view import ExchangeView
from tasks.brokers.sandbox.tws.queries import Answering
from tasks.brokers.sandbox.tws.wire_faults import WireFault, WireFaults
from tasks.brokers.simulated.account import Order
from tasks.model.orders import Execution

WORKING = ("PreSubmitted", "Submitted")
Seen = tuple[str, str, str]
"""Status, filled and asked-for shares."""


class News:
    """Remembers what it has told to whom."""

    def __init__(self, view: ExchangeView, answering: Answering, listings: Listings, faults: WireFaults) -> None:
        self._view, self._answering, self._listings, self._faults = view, answering, listings, faults
        self._marks: dict[int, object] = {}
        self._states: dict[int, Seen] = {}
        self._told: set[str] = set()

    def forget(self, client_id: int) -> None:
        """What happened while a client was away is not told to it: it has to ask."""
        for _ in self.of(client_id):
            pass

    def of(self, client_id: int) -> Iterator[Message]:
        """What is new for one client."""
        mark = self._view.mark()
        if self._marks.get(client_id) == mark:
            return
        self._marks[client_id] = mark
        if self._faults.due(WireFault.UNKNOWN_MESSAGE):
            yield (250, 1, "nobody knows what this is")
        for kept in self._view.orders_of(self._view.exchange.session()):
            placed = self._view.placed_by(kept.number)
            if placed is not None and placed.client_id == client_id:
                yield from self._of_order(kept)

    def _of_order(self, kept: Order) -> Iterator[Message]:
        rows = [row for row in self._view.rows_of(kept) if row.execution_id not in self._told]
        shown = self._view.show(kept)
        now = (shown.status, str(shown.filled), str(kept.request.shares))
        was = self._states.get(kept.number)
        self._states[kept.number] = now
        self._told.update(row.execution_id for row in rows)
        if was is None and not rows and shown.status in WORKING:
            return  # the answer to placing it has said so
        yield from self._changed(kept, shown, rows, is_new_state=now != was)

    def _changed(self, kept: Order, shown: Shown, rows: list[Execution], *, is_new_state: bool) -> Iterator[Message]:
        stock = self._listings.stock(kept.request.symbol)
        state = [encode.open_order(shown, stock), encode.order_status(shown)] if is_new_state or rows else []
        if self._faults.due(WireFault.REORDERED):
            yield from state
            rows, state = rows[::-1], []
        twice = bool(rows) and self._faults.due(WireFault.DUPLICATED)
        told = list(self._answering.execution_messages(-1, rows))
        yield from told * 2 if twice else told
        yield from state
        if twice:
            yield encode.order_status(shown)
        if self._faults.due(WireFault.UNASKED_COMPLETED):
            yield encode.completed_order(shown, stock)
