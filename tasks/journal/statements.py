"""One look at the database without a lock, and writes that are safe to repeat.

What is already there stays as it is; what is kept for ever joins the audit chain.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Row, Table

from sql.audit_chain import CHAINED, enter, hold_the_end
from sql.database import ONE_BY_ONE
from sql.many_rows import insert_all, insert_new


@contextmanager
def looking(engine: Engine) -> Generator[Connection]:
    """A connection for statements that only read: each sees what is committed, and keeps no writer waiting."""
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        else:
            connection = connection.execution_options(**{ONE_BY_ONE: True})
        yield connection


def add(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> Sequence[Row[Any]]:
    """Append rows to a table that numbers them itself; they must all have the same columns.

    Returns them as the database has them; of a table outside the audit chain, nothing.
    """
    if not rows:
        return ()
    values = [dict(row) for row in rows]
    if table.name not in CHAINED:
        connection.execute(table.insert(), values)
        return ()
    hold_the_end(connection)
    # The numbers follow the order of the rows: the newest event of an order is its state.
    new = insert_all(connection, table, values)
    enter(connection, table, new)
    return new


def insert_once(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert the rows whose key is new and leave the others untouched; returns how many were new.

    The rows must all have the same columns.
    """
    return len(inserted(connection, table, rows))


def inserted(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> Sequence[Row[Any]]:
    """The same; returns the new rows as the database has them."""
    if not rows:
        return ()
    values = [dict(row) for row in rows]
    chained = table.name in CHAINED
    if chained:
        hold_the_end(connection)
    # Counted by what comes back: a driver's row count may be "unknown" (-1) for this statement.
    new = insert_new(connection, table, values)
    if chained:
        enter(connection, table, new)
    return new
