"""The file of one simulated account: its tables, its transactions, and what is said when it cannot be read."""

import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tasks.brokers.simulated.store_rows import LATER_COLUMNS
from tasks.errors import BrokerError

SCHEMA = """
CREATE TABLE IF NOT EXISTS account (one INTEGER PRIMARY KEY CHECK (one = 1), clock TEXT NOT NULL, session TEXT,
    cash TEXT NOT NULL, next_number INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS positions (symbol TEXT PRIMARY KEY, shares TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS orders (key TEXT PRIMARY KEY, account TEXT NOT NULL, symbol TEXT NOT NULL,
    side TEXT NOT NULL, shares TEXT NOT NULL, order_type TEXT NOT NULL, time_in_force TEXT NOT NULL, limit_price TEXT,
    number INTEGER NOT NULL UNIQUE, session TEXT NOT NULL, accepted_at TEXT NOT NULL, worst_price TEXT NOT NULL,
    state TEXT NOT NULL, filled_shares TEXT NOT NULL, fees TEXT NOT NULL, fills INTEGER NOT NULL, reason TEXT NOT NULL,
    is_working INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS orders_working ON orders (number) WHERE is_working = 1;
CREATE TABLE IF NOT EXISTS executions (execution_id TEXT PRIMARY KEY, session TEXT NOT NULL, key TEXT NOT NULL,
    symbol TEXT NOT NULL, side TEXT NOT NULL, shares TEXT NOT NULL, price TEXT NOT NULL, fee TEXT NOT NULL,
    at TEXT NOT NULL, account TEXT NOT NULL, venue TEXT NOT NULL, supersedes TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS executions_session ON executions (session, at, execution_id);
CREATE TABLE IF NOT EXISTS footprints (symbol TEXT PRIMARY KEY, displaced REAL NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS own_minutes (symbol TEXT NOT NULL, session TEXT NOT NULL, minute INTEGER NOT NULL,
    at REAL NOT NULL, displaced REAL NOT NULL, shares TEXT NOT NULL, notional TEXT NOT NULL, high TEXT NOT NULL,
    low TEXT NOT NULL, PRIMARY KEY (symbol, session, minute)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS statement (line_id TEXT PRIMARY KEY, booked_on TEXT NOT NULL, at TEXT NOT NULL,
    kind TEXT NOT NULL, symbol TEXT NOT NULL, shares TEXT NOT NULL, amount_usd TEXT NOT NULL, words TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS statement_day ON statement (booked_on);
CREATE TABLE IF NOT EXISTS trading_halts (symbol TEXT NOT NULL, begins TEXT NOT NULL, ends TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS passed_by (key TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS opened (one INTEGER PRIMARY KEY CHECK (one = 1), session TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS connection (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL);
"""


class StoreFile:
    """One SQLite file, opened and brought up to date; knows its tables and nothing of what is in them."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        with self._readable():
            self._sql = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
            self._sql.execute("PRAGMA journal_mode=WAL")
            self._sql.execute("PRAGMA synchronous=NORMAL")
            self._sql.executescript(SCHEMA)
        with self.transaction():
            if "supersedes" not in {row[1] for row in self._sql.execute("PRAGMA table_info(executions)")}:
                self._sql.execute("ALTER TABLE executions ADD COLUMN supersedes TEXT NOT NULL DEFAULT ''")
            known = {row[1] for row in self._sql.execute("PRAGMA table_info(orders)")}
            for name, kind in LATER_COLUMNS.items():
                if name not in known:
                    self._sql.execute(f"ALTER TABLE orders ADD COLUMN {name} {kind}")
            self._sql.execute("CREATE INDEX IF NOT EXISTS orders_parent ON orders (parent) WHERE parent > 0")

    def close(self) -> None:
        """What was committed stays; an open transaction is rolled back."""
        self._sql.close()

    @contextmanager
    def transaction(self) -> Generator[None]:
        """All that is written inside is kept together, or not at all when an exception leaves it.

        One inside another is a part of the outer one, which alone decides.
        """
        if self._sql.in_transaction:
            yield
            return
        with self._readable():
            self._sql.execute("BEGIN IMMEDIATE")
        try:
            with self._readable():
                yield
                self._sql.execute("COMMIT")
        except BaseException:
            if self._sql.in_transaction:  # a full disk has rolled it back already
                self._sql.execute("ROLLBACK")
            raise

    @contextmanager
    def _readable(self) -> Generator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise BrokerError(
                f"{self._path}: the simulated broker's account cannot be read or written ({error}); "
                "another run may hold it: end that run; free space where its disk is full; move a folder "
                "away that stands in its place; or restore the file from a copy"
            ) from error

    def run(self, statement: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        """Any statement, for those who keep tables of their own in the file; inside the transaction, if one is open."""
        return self._sql.execute(statement, tuple(values))

    def version(self) -> int:
        """Changes whenever another connection, in this process or another, has written to the file."""
        return int(self._sql.execute("PRAGMA data_version").fetchone()[0])
