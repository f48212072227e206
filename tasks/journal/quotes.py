"""Quotes in force at the moments of child orders: written beside what they belong to, in the same transaction.

So an order that is on record as sent has its quote on record too, or nobody had one; and a wave turns to the database
no more often than without them.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, bindparam, select

from sql.tables import quotes_seen
from tasks.journal.statements import insert_once
from tasks.model.quotes_seen import Moment, QuoteSeen

_OF_CYCLE = select(quotes_seen).where(quotes_seen.c.cycle_id == bindparam("cycle"))


def note_quotes(connection: Connection, seen: Sequence[QuoteSeen]) -> int:
    """All of them in one statement; one that is on record already stays as it is. Returns how many were new."""
    return insert_once(connection, quotes_seen, [_row(one) for one in seen])


class Quotes:
    """Read by the report alone: no decision is made on an old quote."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, cycle_id: str) -> tuple[QuoteSeen, ...]:
        """Of all child orders of a session, by key, moment and execution id."""
        with self._engine.connect() as connection:
            found = [_seen(row) for row in connection.execute(_OF_CYCLE, {"cycle": cycle_id}).mappings()]
        return tuple(sorted(found, key=lambda one: (one.key, one.moment, one.execution_id)))

    def by_key(self, cycle_id: str) -> dict[str, list[QuoteSeen]]:
        """The same, of each child order."""
        found: dict[str, list[QuoteSeen]] = {}
        for one in self.of(cycle_id):
            found.setdefault(one.key, []).append(one)
        return found


def _row(seen: QuoteSeen) -> dict[str, Any]:
    return {name: getattr(seen, name) for name in QuoteSeen.__slots__} | {"moment": seen.moment.value}


def _seen(row: RowMapping) -> QuoteSeen:
    cells: dict[str, Any] = {name: row[name] for name in QuoteSeen.__slots__}
    cells["moment"] = Moment(row["moment"])
    return QuoteSeen(**cells)
