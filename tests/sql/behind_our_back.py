"""What somebody with the database's password can do: take the guards off and write as they please."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, Connection, Table, create_engine, select, text

from sql.append_only import unguard_statements
from sql.types import Exact
from tasks.journal import Journal


@contextmanager
def unguarded(journal: Journal, *tables: str) -> Iterator[Connection]:
    """A transaction without triggers on these tables, and without anybody who insists on references."""
    dialect = journal.engine.dialect.name
    with journal.engine.connect() as connection:
        if dialect == "sqlite":
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        with connection.begin():
            for table in tables:
                for statement in unguard_statements(table, dialect):
                    connection.execute(text(statement))
            if dialect == "postgresql":
                connection.execute(text("SET LOCAL session_replication_role = replica"))
            yield connection
        if dialect == "sqlite":
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")  # type: ignore[union-attr]


def only_row(journal: Journal, table: Table) -> dict[str, Any]:
    """The newest row of a table (by its key)."""
    with journal.engine.connect() as connection:
        return dict(connection.execute(select(table).order_by(*table.primary_key)).mappings().all()[-1])


def another(column: Column[Any], value: Any) -> Any:
    """A value of the same type that is not this one."""
    if value is None:
        plain = {str: "x", float: 1.0, dict: {"x": 1}, date: date(2001, 1, 1)}
        return Decimal(1) if isinstance(column.type, Exact) else plain[column.type.python_type]
    if isinstance(value, bool):
        return not value
    if isinstance(value, datetime):
        return value + timedelta(microseconds=1)
    if isinstance(value, date):
        return value + timedelta(days=1)
    if isinstance(value, Decimal):
        return value + Decimal("0.000001")
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        return value[:-1] + ("x" if value[-1:] != "x" else "y")
    return [value, "and more"]


def emptied(url: str) -> str:
    """The same PostgreSQL database, without anything in it."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return url
