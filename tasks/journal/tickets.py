"""Orders whose fate only a person can find out, and what people said of them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine, select

from sql.tables import cycles, resolutions, slices, tickets
from tasks.journal.order_rows import ticket_of
from tasks.journal.statements import add, insert_once
from tasks.model.order_records import Resolution, Ticket


class Tickets:
    """Tickets and the words of people; none of it needs the lease of a book."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def open_tickets(self, new: Sequence[tuple[str, datetime, str]]) -> None:
        """(key, when, sentence): an order whose fate only a person can find out; one ticket a key."""
        rows = [{"key": key, "opened_at": at, "sentence": sentence} for key, at, sentence in new]
        with self._engine.begin() as connection:
            insert_once(connection, tickets, rows)

    def tickets(self, book: str) -> tuple[Ticket, ...]:
        """All tickets of a book, oldest first, each with what a person said last, if anything."""
        query = (
            select(tickets, slices.c.cycle_id, slices.c.symbol, slices.c.side, slices.c.shares)
            .join(slices, slices.c.key == tickets.c.key)
            .join(cycles, cycles.c.cycle_id == slices.c.cycle_id)
            .where(cycles.c.book == book)
            .order_by(tickets.c.opened_at, tickets.c.key)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        said = self.resolutions(tuple(row["key"] for row in rows))
        return tuple(ticket_of(row, said.get(row["key"])) for row in rows)

    def record_resolution(self, resolution: Resolution) -> None:
        """Appended; the newest word on an order counts. Needs no lease."""
        with self._engine.begin() as connection:
            add(connection, resolutions, [{n: getattr(resolution, n) for n in Resolution.__slots__}])

    def resolutions(self, keys: Sequence[str]) -> dict[str, Resolution]:
        """The newest word of a person on each of these keys."""
        query = select(resolutions).where(resolutions.c.key.in_(keys)).order_by(resolutions.c.id)
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings()
            return {r["key"]: Resolution(**{n: r[n] for n in Resolution.__slots__}) for r in rows}
