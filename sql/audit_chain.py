"""The audit chain: for every row that is only ever added, an entry with its hash and the hash of the entry before."""

from collections.abc import MutableMapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Row, Table, Transaction, func, inspect, literal, select

from sql.row_hash import GENESIS, linked, neutral, row_key, row_sha256
from sql.tables import APPEND_ONLY, audit, metadata

CHAINED = frozenset(APPEND_ONLY) - {audit.name}
_HEAD = select(audit.c.seq, audit.c.sha256).order_by(audit.c.seq.desc()).limit(1)
_LOCK = select(func.pg_advisory_xact_lock(int.from_bytes(b"audit")))
_PAGE = 500
_COLUMNS = ", ".join(column.name for column in audit.columns)
_BY_ROW = f"INSERT INTO {audit.name} ({_COLUMNS}) VALUES (?, ?, ?, ?, ?)"
_BY_COLUMN = (
    f"INSERT INTO {audit.name} ({_COLUMNS}) "
    "SELECT * FROM unnest(%s::integer[], %s::text[], %s::text[], %s::text[], %s::text[])"
)
END = (
    select(audit.c.seq).order_by(audit.c.seq.desc()).limit(1).scalar_subquery().label("end_seq"),
    select(audit.c.sha256).order_by(audit.c.seq.desc()).limit(1).scalar_subquery().label("end_sha256"),
)
"""The newest entry, to be read with a statement that is made anyway, by who holds the end: see `know_the_end`."""
_ENDS: MutableMapping[Transaction, tuple[int, str] | None] = WeakKeyDictionary()
"""Transactions that hold the end, with the newest entry where they know it: until they are over nobody makes one."""


def hold_the_end(connection: Connection) -> None:
    """Be the only one who lengthens the chain until this transaction ends.

    Before any row is written, so that nobody who waits for a row of ours holds the end. A transaction on SQLite is
    alone with the database from its beginning.
    """
    transaction = _transaction_of(connection)
    if transaction in _ENDS:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK)
    _ENDS[transaction] = None


def know_the_end(connection: Connection, row: Row[Any]) -> None:
    """Take the newest entry from the answer of a statement with `END`, asked while the end was held."""
    _ENDS[_transaction_of(connection)] = (row.end_seq, row.end_sha256) if row.end_seq is not None else (0, GENESIS)


def end_of(connection: Connection) -> int:
    """Number of the newest entry, ours included; of who holds the end, and knows it."""
    end = _ENDS[_transaction_of(connection)]
    assert end is not None, "it came with the fence"
    return end[0]


def head(connection: Connection) -> tuple[int, str]:
    """(number, hash) of the newest entry; number 0 of an empty chain."""
    row = connection.execute(_HEAD).first()
    return (row.seq, row.sha256) if row else (0, GENESIS)


def enter(connection: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
    """Lengthen the chain by these rows, all columns as the database gave them back; the end must be held."""
    if not rows:
        return
    transaction = _transaction_of(connection)
    seq, sha256 = _ENDS.get(transaction) or head(connection)
    entries: list[tuple[int, str, str, str, str]] = []
    for row in rows:
        seq += 1
        key, content = row_key(table, row), row_sha256(table, row)
        sha256 = linked(sha256, seq, table.name, key, content)
        entries.append((seq, table.name, key, content, sha256))
    # Straight to the driver: these are plain texts and numbers, and this is half the cost of the chain.
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_BY_COLUMN, tuple([list(part) for part in zip(*entries, strict=True)]))
    else:
        connection.exec_driver_sql(_BY_ROW, entries)
    _ENDS[transaction] = seq, sha256


def _transaction_of(connection: Connection) -> Transaction:
    transaction = connection.get_transaction()
    assert transaction is not None, "rows are written in one"
    return transaction


def enrol(connection: Connection, tables: Sequence[str]) -> None:
    """Enter the rows that were written before there was a chain; for migrations.

    A column that only a later migration adds says what it will say of these rows then.
    """
    hold_the_end(connection)
    for name in tables:
        table = metadata.tables[name]
        there = {column["name"] for column in inspect(connection).get_columns(name)}
        columns = [c if c.name in there else literal(neutral(c), c.type).label(c.name) for c in table.columns]
        chosen = select(*columns).order_by(*table.primary_key).execution_options(yield_per=_PAGE)
        for page in connection.execute(chosen).partitions():
            enter(connection, table, page)
