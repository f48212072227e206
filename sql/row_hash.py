"""What a row's content is, as one hash: the same on SQLite and PostgreSQL, and the same after a column was added.

Written for speed, because every order waits for it: a row is the tuple of its values in the order of `table.columns`.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from hashlib import sha256
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, cast

from sqlalchemy import Column, DefaultClause, Float, Table

from sql.types import Exact

GENESIS = "0" * 64
"""What stands before the first entry of a chain."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How the rows of one table are read."""

    cells: tuple[tuple[int, str, Any, bool], ...]
    """(position, `"name":`, the value that is left out, whether it is a float), by name."""
    keys: tuple[int, ...]
    """Positions of the primary key."""


def row_sha256(table: Table, row: Sequence[Any]) -> str:
    """SHA-256 (hex) of everything a row says, as the database gives it back: of its `row_text`.

    Raises: TypeError or ValueError for content that the program cannot have written.
    """
    return sha256(row_text(table, row).encode("ascii")).hexdigest()


def row_text(table: Table, row: Sequence[Any]) -> str:
    """What is hashed of a row: one JSON object without spaces, by column name, in ASCII.

    A column that holds its server default, or NULL where it has none, is left out: a column that a later migration
    adds changes no hash. Amounts that are equal have equal hashes; NULL and the empty text never do.
    """
    parts: list[str] = []
    for position, name, neutral, floats in layout(table).cells:
        value = row[position]
        kind = cast("type[Any]", type(value))
        if floats and kind is int:  # what SQLite returns of a whole number that was just written, and never again
            value, kind = float(value), float
        if value != neutral or kind is not type(neutral):
            write = _WRITERS.get(kind)
            parts.append(name + (write(value) if write else _encode(value)))
    return f"{{{','.join(parts)}}}"


def row_key(table: Table, row: Sequence[Any]) -> str:
    return written_key([row[position] for position in layout(table).keys])


def written_key(values: Sequence[Any]) -> str:
    """A primary key as a person may type it; several columns are a JSON list."""
    return str(values[0]) if len(values) == 1 else _encode_key(values)


def key_values(table: Table, key: str) -> tuple[Any, ...]:
    """The primary key that `written_key` wrote. Raises: ValueError when it did not write this."""
    columns = tuple(table.primary_key)
    values = [key] if len(columns) == 1 else _listed(json.loads(key))
    if len(values) != len(columns):
        raise ValueError(f"{key} is no key of {table.name}")
    return tuple(_key_value(column, value) for column, value in zip(columns, values, strict=True))


def _listed(value: Any) -> list[Any]:
    """An empty one for what is no list: no table has a key of no columns."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def _key_value(column: Column[Any], value: Any) -> Any:
    kind = column.type.python_type
    return date.fromisoformat(value) if kind is date else kind(value)


def linked(previous: str, seq: int, table_name: str, key: str, content: str) -> str:
    """Hash of one entry of the chain; only the key can be of any length, so no two entries are written alike."""
    return sha256(f"{previous}|{seq}|{table_name}|{key}|{content}".encode()).hexdigest()


@cache
def layout(table: Table) -> Layout:
    places = {column.name: position for position, column in enumerate(table.columns)}
    ordered = sorted(table.columns, key=lambda column: column.name)
    return Layout(
        cells=tuple((places[c.name], f"{quoted(c.name)}:", neutral(c), isinstance(c.type, Float)) for c in ordered),
        keys=tuple(places[column.name] for column in table.primary_key),
    )


def neutral(column: Column[Any]) -> Any:
    """What an older row says in a newer column: its server default when that is a plain value, else NULL."""
    given = column.server_default
    if not isinstance(given, DefaultClause) or not isinstance(given.arg, str):
        return None
    kind = Decimal if isinstance(column.type, Exact) else column.type.python_type
    return kind(given.arg) if kind in (str, int, float, Decimal) else None


def _decimal(value: Decimal) -> str:
    """Every digit, no exponent, no trailing zeros: 1.50 on one database is 1.500000000000 on the other."""
    text = format(value, "f")
    return f'"{text.rstrip("0").rstrip(".")}"' if "." in text else f'"{text}"'


def _instant(value: datetime) -> str:
    return f'"{value.astimezone(UTC).isoformat(timespec="microseconds")}"'


def _day(value: date) -> str:
    return f'"{value.isoformat()}"'


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: quoted,
    int: int.__repr__,
    Decimal: _decimal,
    datetime: _instant,
    date: _day,
}
"""A column has one type, so the text of an amount or a moment cannot be taken for another's."""
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode
_encode_key = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, default=date.isoformat).encode
