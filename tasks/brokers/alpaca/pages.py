"""Lists that come in pages: asked for to their end, or not told at all."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tasks.brokers.alpaca.client import Wire
from tasks.brokers.alpaca.errors import Silence
from tasks.brokers.alpaca.parse_orders import just_before, mapping, rows, text

MOST_ORDERS = 500


def orders(wire: Wire, status: str, *, nested: bool, **chosen: str) -> list[Mapping[str, Any]]:
    """All orders of a status, by submission. Raises: Refused, Silence.

    `chosen` as Alpaca names it: after, until, symbols.
    Pages overlap by an instant: `after` leaves out what came in the same instant as the last row of a page.
    """
    found: dict[str, Mapping[str, Any]] = {}
    asked = {"status": status, "limit": MOST_ORDERS, "direction": "asc", "nested": str(nested).lower(), **chosen}
    while True:
        page = rows(wire.get("/orders", asked), "the orders")
        new = {text(row, "id"): row for row in page}
        if len(page) < MOST_ORDERS:
            return list((found | new).values())
        if new.keys() <= found.keys():
            raise Silence("a page of orders that all came in one instant: the list cannot be read to its end")
        found |= new
        asked["after"] = just_before(next((row for row in reversed(page) if row.get("submitted_at")), page[-1]))


MOST_ACTIVITIES = 100
MOST_BARS = 10_000


def activities(wire: Wire, path: str, params: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """All activities, each once, oldest first as far as Alpaca sorts them. Raises: Refused, Silence."""
    found: dict[str, Mapping[str, Any]] = {}
    token: dict[str, str] = {}
    while True:
        more = {"page_size": MOST_ACTIVITIES, "direction": "asc", **token}
        page = rows(wire.get(path, {**params, **more}), "the activities")
        known = len(found)
        found |= {text(row, "id"): row for row in page}
        if len(page) < MOST_ACTIVITIES:
            return list(found.values())
        if len(found) == known:
            raise Silence("a page of activities that were all told before: the list cannot be read to its end")
        token = {"page_token": text(page[-1], "id")}


def market_rows(
    wire: Wire, path: str, name: str, symbol: str, params: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    """Rows of one symbol; a symbol without any is absent from the answer. Raises: Refused, Silence."""
    return (row for _, row in rows_by_symbol(wire, path, name, [symbol], params))


def rows_by_symbol(
    wire: Wire, path: str, name: str, symbols: Sequence[str], params: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(symbol, row) over all pages, as they are told; symbols without rows are absent. Raises: Refused, Silence.

    A page holds so many rows of all symbols together: most of them hold one symbol only, and its rest comes later.
    """
    asked = {"symbols": ",".join(symbols), "limit": MOST_BARS, **params}
    for page in pages(lambda token: wire.get_market(path, {**asked, **token}), f"the {name}"):
        for symbol, listed in mapping(page.get(name) or {}, f"the {name}").items():
            if symbol not in symbols:
                raise Silence(f"{name} of {symbol}, which nobody asked for")
            yield from ((symbol, row) for row in rows(listed or [], f"the {name}"))


def pages(get: Callable[[Mapping[str, str]], Any], what: str) -> Iterator[Mapping[str, Any]]:
    """Each page of an answer, to its end; `ask` is given nothing, then each `page_token`. Raises: Refused, Silence."""
    token: dict[str, str] = {}
    known: set[str] = set()
    while True:
        page = mapping(get(token), what)
        yield page
        following = page.get("next_page_token")
        if not following:
            return
        if following in known:
            raise Silence(f"{what}: pages that do not end")
        known.add(str(following))
        token = {"page_token": str(following)}
