"""The broker's own memory: one SQLite file per account, one transaction per call.

A killed process leaves a call done or not done, never half (write-ahead log, synchronous=NORMAL: a power cut may lose
the last calls, but never splits one). Money and shares are text, exact; instants are ISO text in UTC.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from tasks.brokers.protocol import StatementLine
from tasks.brokers.simulated.account import Account, Order
from tasks.brokers.simulated.bars import OwnMinute
from tasks.brokers.simulated.matching import Footprint
from tasks.errors import BrokerError
from tasks.terms import Execution, OrderRequest, OrderState, OrderType, Side, TimeInForce

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
    at TEXT NOT NULL, account TEXT NOT NULL, venue TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS executions_session ON executions (session, at, execution_id);
CREATE TABLE IF NOT EXISTS footprints (symbol TEXT PRIMARY KEY, displaced REAL NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS own_minutes (symbol TEXT NOT NULL, session TEXT NOT NULL, minute INTEGER NOT NULL,
    at REAL NOT NULL, displaced REAL NOT NULL, shares TEXT NOT NULL, notional TEXT NOT NULL, high TEXT NOT NULL,
    low TEXT NOT NULL, PRIMARY KEY (symbol, session, minute)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS statement (line_id TEXT PRIMARY KEY, booked_on TEXT NOT NULL, at TEXT NOT NULL,
    kind TEXT NOT NULL, symbol TEXT NOT NULL, shares TEXT NOT NULL, amount_usd TEXT NOT NULL, words TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS statement_day ON statement (booked_on);
"""
ORDER_COLUMNS = (
    "key, account, symbol, side, shares, order_type, time_in_force, limit_price, number, session, accepted_at, "
    "worst_price, state, filled_shares, fees, fills, reason"
)
_Row = tuple  # one row as sqlite3 returns it


class Store:
    """Reads and writes one account's file; knows nothing of markets or rules."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._sql = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        with self._readable():
            self._sql.execute("PRAGMA journal_mode=WAL")
            self._sql.execute("PRAGMA synchronous=NORMAL")
            self._sql.executescript(SCHEMA)

    def close(self) -> None:
        self._sql.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside is kept together, or not at all when an exception leaves it."""
        with self._readable():
            self._sql.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._sql.execute("ROLLBACK")
            raise
        self._sql.execute("COMMIT")

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise BrokerError(
                f"{self._path}: the simulated broker's account cannot be opened ({error}); "
                "another run may hold it: end that run, or restore the file from a copy"
            ) from error

    def version(self) -> int:
        """Changes whenever another connection, in this process or another, has written to the file."""
        return int(self._sql.execute("PRAGMA data_version").fetchone()[0])

    def load(self) -> Account | None:
        """The account as last written; None in a new file. Call inside a transaction."""
        row = self._sql.execute("SELECT clock, session, cash, next_number FROM account").fetchone()
        if row is None:
            return None
        clock, session, cash, next_number = row
        positions = self._sql.execute("SELECT symbol, shares FROM positions ORDER BY symbol")
        working = self._sql.execute(f"SELECT {ORDER_COLUMNS} FROM orders WHERE is_working = 1 ORDER BY number")
        footprints = self._sql.execute("SELECT symbol, displaced, at FROM footprints")
        return Account(
            clock=datetime.fromisoformat(clock),
            session=date.fromisoformat(session) if session else None,
            cash=Decimal(cash),
            next_number=next_number,
            positions={symbol: Decimal(shares) for symbol, shares in positions},
            working={row[0]: _order(row) for row in working},
            footprints={symbol: Footprint(displaced, at) for symbol, displaced, at in footprints},
        )

    def save_account(self, account: Account) -> None:
        """Clock, session, cash and the next order's number."""
        self._sql.execute(
            "INSERT OR REPLACE INTO account VALUES (1, ?, ?, ?, ?)",
            (
                account.clock.isoformat(),
                account.session.isoformat() if account.session else None,
                str(account.cash),
                account.next_number,
            ),
        )

    def save_positions(self, account: Account, symbols: Iterable[str]) -> None:
        rows = [(symbol, str(account.positions.get(symbol, 0))) for symbol in symbols]
        self._sql.executemany("INSERT OR REPLACE INTO positions VALUES (?, ?)", rows)
        self._sql.executemany("DELETE FROM positions WHERE symbol = ? AND ? = '0'", rows)

    def save_orders(self, orders: Iterable[Order], *, are_working: bool) -> None:
        rows = [(*_order_row(order), int(are_working)) for order in orders]
        marks = ", ".join("?" * (ORDER_COLUMNS.count(",") + 2))
        self._sql.executemany(f"INSERT OR REPLACE INTO orders ({ORDER_COLUMNS}, is_working) VALUES ({marks})", rows)

    def order(self, key: str) -> Order | None:
        row = self._sql.execute(f"SELECT {ORDER_COLUMNS} FROM orders WHERE key = ?", (key,)).fetchone()
        return None if row is None else _order(row)

    def add_executions(self, session: date, executions: Iterable[Execution]) -> None:
        self._sql.executemany(
            "INSERT INTO executions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *(e.execution_id, session.isoformat(), e.key, e.symbol, e.side.value, str(e.shares), str(e.price)),
                    *(str(e.fee), e.at.isoformat(), e.account, e.venue),
                )
                for e in executions
            ],
        )

    def executions(self, session: date) -> tuple[Execution, ...]:
        """Oldest first."""
        rows = self._sql.execute(
            "SELECT execution_id, key, symbol, side, shares, price, fee, at, account, venue FROM executions"
            " WHERE session = ? ORDER BY at, execution_id",
            (session.isoformat(),),
        )
        return tuple(
            Execution(i, key, symbol, Side(side), Decimal(n), Decimal(p), Decimal(f), datetime.fromisoformat(at), a, v)
            for i, key, symbol, side, n, p, f, at, a, v in rows
        )

    def add_own_minutes(self, session: date, symbol: str, rows: Iterable[OwnMinute]) -> None:
        """What we traded, by minute, and the footprint it leaves; a minute is written once."""
        rows = list(rows)
        self._sql.executemany(
            "INSERT INTO own_minutes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *(symbol, session.isoformat(), r.minute, r.at, r.displaced),
                    *(str(r.shares), str(r.notional), str(r.high), str(r.low)),
                )
                for r in rows
            ],
        )
        self._sql.execute(
            "INSERT OR REPLACE INTO footprints VALUES (?, ?, ?)", (symbol, rows[-1].displaced, rows[-1].at)
        )

    def own_minutes(self, symbol: str, session: date) -> tuple[OwnMinute, ...]:
        rows = self._sql.execute(
            "SELECT minute, at, displaced, shares, notional, high, low FROM own_minutes"
            " WHERE symbol = ? AND session = ? ORDER BY minute",
            (symbol, session.isoformat()),
        )
        return tuple(OwnMinute(m, at, q, *(Decimal(text) for text in money)) for m, at, q, *money in rows)

    def footprint_before(self, symbol: str, session: date) -> Footprint | None:
        """What earlier sessions left in a symbol."""
        row = self._sql.execute(
            "SELECT displaced, at FROM own_minutes WHERE symbol = ? AND session < ? ORDER BY session DESC, minute DESC",
            (symbol, session.isoformat()),
        ).fetchone()
        return None if row is None else Footprint(*row)

    def add_statement(self, lines: Iterable[StatementLine]) -> None:
        self._sql.executemany(
            "INSERT INTO statement VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *(line.line_id, line.at.date().isoformat(), line.at.isoformat(), line.kind, line.symbol),
                    *(str(line.shares), str(line.amount_usd), line.words),
                )
                for line in lines
            ],
        )

    def statement(self, first: date, last: date) -> tuple[StatementLine, ...]:
        """Lines of days in [first, last] in the order they were booked."""
        rows = self._sql.execute(
            "SELECT line_id, at, kind, symbol, shares, amount_usd, words FROM statement"
            " WHERE booked_on BETWEEN ? AND ? ORDER BY booked_on, rowid",
            (first.isoformat(), last.isoformat()),
        )
        return tuple(
            StatementLine(name, datetime.fromisoformat(at), kind, symbol, Decimal(shares), Decimal(amount), words)
            for name, at, kind, symbol, shares, amount, words in rows
        )


def _order_row(order: Order) -> _Row:
    asked = order.request
    return (
        *(asked.key, asked.account, asked.symbol, asked.side.value, str(asked.shares)),
        *(asked.order_type.value, asked.time_in_force.value),
        None if asked.limit_price is None else str(asked.limit_price),
        *(order.number, order.session.isoformat(), order.accepted_at.isoformat(), str(order.worst_price)),
        *(order.state.value, str(order.filled_shares), str(order.fees), order.fills, order.reason),
    )


def _order(row: _Row) -> Order:
    key, account, symbol, side, shares, order_type, time_in_force, limit_price, *kept = row
    number, session, accepted_at, worst_price, state, filled_shares, fees, fills, reason = kept
    return Order(
        request=OrderRequest(
            key=key,
            account=account,
            symbol=symbol,
            side=Side(side),
            shares=Decimal(shares),
            order_type=OrderType(order_type),
            time_in_force=TimeInForce(time_in_force),
            limit_price=None if limit_price is None else Decimal(limit_price),
        ),
        number=number,
        session=date.fromisoformat(session),
        accepted_at=datetime.fromisoformat(accepted_at),
        worst_price=Decimal(worst_price),
        state=OrderState(state),
        filled_shares=Decimal(filled_shares),
        fees=Decimal(fees),
        fills=fills,
        reason=reason,
    )
