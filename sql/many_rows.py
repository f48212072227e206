"""Rows put into a table together, and given back as the database has them."""

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import JSON, Column, Connection, Row, String, Table, Text, bindparam, column, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeEngine


def insert_all(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> Sequence[Row[Any]]:
    """All of them; their numbers follow their order. They must all have the same columns."""
    if _goes_by_column(connection, table, rows):
        return connection.execute(_by_column(table, tuple(rows[0]), once=False), _columns_of(rows)).all()
    new = connection.execute(_row_by_row(table, connection.dialect.name, once=False), rows).all()
    return _in_turn(table, rows, new) if connection.dialect.name == "sqlite" else new


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> Sequence[Row[Any]]:
    """Those whose key is new; the others stay as they are on record."""
    if _goes_by_column(connection, table, rows):
        return connection.execute(_by_column(table, tuple(rows[0]), once=True), _columns_of(rows)).all()
    return connection.execute(_row_by_row(table, connection.dialect.name, once=True), rows).all()


def _in_turn(table: Table, rows: Sequence[Mapping[str, Any]], new: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    """By their numbers, and each is the row that was given in its place.

    SQLite numbers rows as they are given. It does not promise that, so it is looked at; one by one takes much longer.
    """
    place = {column.name: number for number, column in enumerate(table.columns)}
    (number,) = (place[column.name] for column in table.primary_key)
    ordered = sorted(new, key=itemgetter(number))
    names = [name for name in rows[0] if not isinstance(table.columns[name].type, JSON)]
    for given, found in zip(rows, ordered, strict=True):
        if any(found[place[name]] != given[name] for name in names):
            raise RuntimeError(f"{table.name}: the database numbered rows in another order than they were given in")
    return ordered


def _goes_by_column(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> bool:
    """On PostgreSQL many rows go as one list a column: a mark for each single value takes longer than to write it.

    An empty JSON value would be NULL in such a list, so a table that tells the two apart goes row by row.
    """
    tells_apart = any(isinstance(c.type, JSON) and not c.type.none_as_null for c in table.columns)
    return connection.dialect.name == "postgresql" and len(rows) > 1 and not tells_apart


@cache
def _row_by_row(table: Table, dialect: str, *, once: bool) -> Any:
    """Built once: building it takes longer than SQLite takes to run it."""
    if once:
        new = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
        return new.on_conflict_do_nothing().returning(*table.columns)
    return table.insert().returning(*table.columns, sort_by_parameter_order=dialect == "postgresql")


@lru_cache(maxsize=64)
def _by_column(table: Table, names: tuple[str, ...], *, once: bool) -> Any:
    lists = [bindparam(name, type_=postgresql.ARRAY(_type_of(table.columns[name]))) for name in names]
    parts = [column(name, _type_of(table.columns[name])) for name in names]
    new = func.unnest(*lists).table_valued(*parts, with_ordinality="turn").render_derived()
    chosen = select(*(new.columns[name] for name in names)).order_by(new.columns["turn"])
    statement = postgresql.insert(table).from_select(list(names), chosen)
    return (statement.on_conflict_do_nothing() if once else statement).returning(*table.columns)


def _type_of(of: Column[Any]) -> TypeEngine[Any]:
    """Without a length: a text that is too long for its column is refused, and not cut to fit the list."""
    return Text() if isinstance(of.type, String) else of.type


def _columns_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}
