"""All orders of a kind, asked for to the last page."""

from collections.abc import Mapping
from typing import Any

from tasks.brokers.alpaca.answers import Silence
from tasks.brokers.alpaca.reading import just_before, rows, text
from tasks.brokers.alpaca.wire import Wire

MOST_ORDERS = 500


def orders(wire: Wire, status: str, *, nested: bool, **chosen: str) -> list[Mapping[str, Any]]:
    """All orders of a status, by submission. Raises: Refused, Silence.

    `chosen` as Alpaca names it: after, until, symbols.
    Pages overlap by an instant: `after` leaves out what came in the same instant as the last row of a page.
    """
    found: dict[str, Mapping[str, Any]] = {}
    asked = {"status": status, "limit": MOST_ORDERS, "direction": "asc", "nested": str(nested).lower(), **chosen}
    while True:
        page = rows(wire.ask("/orders", asked), "the orders")
        new = {text(row, "id"): row for row in page}
        if len(page) < MOST_ORDERS:
            return list((found | new).values())
        if new.keys() <= found.keys():
            raise Silence("a page of orders that all came in one instant: the list cannot be read to its end")
        found |= new
        asked["after"] = just_before(next((row for row in reversed(page) if row.get("submitted_at")), page[-1]))
