"""Writes that are safe to repeat: what is already there stays as it is."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_once(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert the rows whose key is new and leave the others untouched; returns how many were new.

    The rows must all have the same columns.
    """
    if not rows:
        return 0
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    # Counted by what comes back: a driver's row count may be "unknown" (-1) for this statement.
    statement = dialect.insert(table).on_conflict_do_nothing().returning(*table.primary_key)
    return len(connection.execute(statement, [dict(row) for row in rows]).all())
