"""Writes that are safe to repeat: what is already there stays as it is."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_once(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert the rows whose key is new and leave the others untouched; returns how many were new."""
    if not rows:
        return 0
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    key = list(table.primary_key)
    new = 0
    for row in rows:
        # Counted by what comes back: a driver's row count may be "unknown" (-1) for this statement.
        statement = dialect.insert(table).values(**row).on_conflict_do_nothing().returning(*key)
        new += len(connection.execute(statement).all())
    return new
