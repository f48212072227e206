"""Reads the two memories of a world by plain SQL, past all of the program's own code: our journal, their exchange."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from tasks.brokers.simulated.exchange_ids import sent_key

Row = dict[str, Any]


class JournalReader:
    """The journal's rows as they are committed now; a connection of its own that never writes."""

    def __init__(self, url: str) -> None:
        if url.startswith("sqlite"):
            self._sql: Any = sqlite3.connect(
                url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False, timeout=30
            )
        else:
            import psycopg

            self._sql = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)

    def rows(self, query: str) -> list[Row]:
        cursor = self._sql.execute(query)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def close(self) -> None:
        self._sql.close()


@contextmanager
def journal_reader(url: str) -> Iterator[JournalReader]:
    reader = JournalReader(url)
    try:
        yield reader
    finally:
        reader.close()


@dataclass(frozen=True, slots=True)
class Exchange:
    """The exchange's own book: what really is."""

    cash: Decimal
    positions: dict[str, Decimal]
    orders: list[Row]
    executions: list[Row]
    """Every report that stands or stood, corrections and busts with `supersedes`."""


def exchange_at(path: Path) -> Exchange:
    with sqlite3.connect(path, timeout=30) as sql:
        sql.row_factory = sqlite3.Row
        (cash,) = sql.execute("SELECT cash FROM account").fetchone()
        positions = {row["symbol"]: Decimal(row["shares"]) for row in sql.execute("SELECT * FROM positions")}
        orders = [_order(row) for row in sql.execute("SELECT * FROM orders ORDER BY number")]
        executions = [dict(row) for row in sql.execute("SELECT * FROM executions ORDER BY rowid")]
    sql.close()
    return Exchange(Decimal(cash), {s: n for s, n in positions.items() if n}, orders, executions)


def _order(row: sqlite3.Row) -> Row:
    """With the client order id as it was sent; the exchange marks the second order of one id behind a separator."""
    return {**dict(row), "key": sent_key(row["key"])}


def exact(value: Any) -> Decimal:
    """A stored figure, from either database; absent is zero."""
    return Decimal(0) if value is None else Decimal(str(value))
