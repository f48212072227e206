"""Orders that TWS keeps to itself until the rest of their family has come.

An order without `transmit` waits for one of its family that has it. The first order of an OCA group is live at a real
TWS at once; here it waits a moment for the second one, as the exchange takes both as one, and goes out alone when
anything else comes first.
"""

from tasks.brokers.sandbox.tws.decode import Placing


class Holding:
    """Of all clients; what a client has not transmitted is gone with its connection."""

    def __init__(self) -> None:
        self._untransmitted: dict[int, dict[int, Placing]] = {}
        self._first_of_pair: dict[int, tuple[Placing, float]] = {}

    def complete(self, client_id: int, wish: Placing, at_s: float) -> tuple[Placing, ...]:
        """The family that is whole with this order, parent first; empty while something is missing."""
        if wish.group and not wish.parent_id and wish.is_transmitted:
            first, _ = self._first_of_pair.pop(client_id, (None, at_s))
            if first is not None and first.group == wish.group:
                return (first, wish)
            self._first_of_pair[client_id] = (wish, at_s)
            return ()
        mine = self._untransmitted.setdefault(client_id, {})
        mine[wish.order_id] = wish
        if not wish.is_transmitted:
            return ()
        root = wish.parent_id or wish.order_id
        members = [order for order in mine.values() if root in (order.order_id, order.parent_id)]
        for order in members:
            del mine[order.order_id]
        return tuple(sorted(members, key=lambda order: (order.order_id != root, order.order_id)))

    def alone(self, client_id: int, since_s: float) -> Placing | None:
        """The first order of a group whose second one did not follow, if it came by `since_s`; it goes out now."""
        first, came_s = self._first_of_pair.get(client_id, (None, since_s))
        if first is None or came_s > since_s:
            return None
        del self._first_of_pair[client_id]
        return first

    def would_join(self, client_id: int, group: str) -> bool:
        """Whether the client's held order is the first of this OCA group."""
        first, _ = self._first_of_pair.get(client_id, (None, 0.0))
        return first is not None and first.group == group

    def forget(self, client_id: int) -> None:
        """What was never transmitted dies with its client."""
        self._untransmitted.pop(client_id, None)

    def drop(self, client_id: int, order_id: int) -> bool:
        """Whether an order was still kept here, and is no more."""
        return self._untransmitted.get(client_id, {}).pop(order_id, None) is not None
