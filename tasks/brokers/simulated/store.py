"""The broker's own memory: one SQLite file per account, one transaction per call.

A killed process leaves a call done or not done, never half (write-ahead log, synchronous=NORMAL: a power cut may lose
the last calls, but never splits one). Money and shares are text, exact; instants are ISO text in UTC.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from tasks.brokers.simulated.account import Account, Order, TradingHalt
from tasks.brokers.simulated.engine.matching import Footprint
from tasks.brokers.simulated.exchange_ids import executions_between, repeats_between
from tasks.brokers.simulated.market.quotes import OwnMinute
from tasks.brokers.simulated.snapshot import ExchangeSnapshot
from tasks.brokers.simulated.store_file import StoreFile
from tasks.brokers.simulated.store_rows import (
    EXECUTION_COLUMNS,
    ORDER_COLUMNS,
    execution_of,
    execution_row,
    order_of,
    order_row,
)
from tasks.errors import BrokerError
from tasks.model.capabilities import StatementLine
from tasks.model.orders import Execution

_NUMBER = re.compile(r"-(\d{8})(?:-\d{4}[^-]*)?$")
"""Of an order, in its own name or in that of one of its executions; an account's name before it may hold anything."""


class Store(StoreFile):
    """Reads and writes one account's file; knows nothing of markets or rules."""

    def load(self) -> Account | None:
        """The account as last written; None in a new file. Call inside a transaction."""
        row = self._sql.execute("SELECT clock, session, cash, next_number FROM account").fetchone()
        if row is None:
            return None
        clock, session, cash, next_number = row
        positions = self._sql.execute("SELECT symbol, shares FROM positions ORDER BY symbol")
        working = self._sql.execute(f"SELECT {ORDER_COLUMNS} FROM orders WHERE is_working = 1 ORDER BY number")
        footprints = self._sql.execute("SELECT symbol, displaced, at FROM footprints")
        halts = self._sql.execute("SELECT symbol, begins, ends FROM trading_halts ORDER BY rowid")
        return Account(
            clock=datetime.fromisoformat(clock),
            session=date.fromisoformat(session) if session else None,
            cash=Decimal(cash),
            next_number=next_number,
            positions={symbol: Decimal(shares) for symbol, shares in positions},
            working={row[0]: order_of(row) for row in working},
            footprints={symbol: Footprint(displaced, at) for symbol, displaced, at in footprints},
            trading_halts=[TradingHalt(name, *map(datetime.fromisoformat, times)) for name, *times in halts],
            passed_by={key for (key,) in self._sql.execute("SELECT key FROM passed_by")},
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
        """Of the named symbols only; a position of zero shares is no row."""
        rows = [(symbol, str(account.positions.get(symbol, 0))) for symbol in symbols]
        self._sql.executemany("INSERT OR REPLACE INTO positions VALUES (?, ?)", rows)
        self._sql.executemany("DELETE FROM positions WHERE symbol = ? AND ? = '0'", rows)

    def save_orders(self, orders: Iterable[Order], *, are_working: bool) -> None:
        """Each replaces what was saved under its key."""
        rows = [(*order_row(order), int(are_working)) for order in orders]
        marks = ", ".join("?" * (ORDER_COLUMNS.count(",") + 2))
        self._sql.executemany(f"INSERT OR REPLACE INTO orders ({ORDER_COLUMNS}, is_working) VALUES ({marks})", rows)

    def order(self, key: str) -> Order | None:
        """None for a key that was never placed."""
        row = self._sql.execute(f"SELECT {ORDER_COLUMNS} FROM orders WHERE key = ?", (key,)).fetchone()
        return None if row is None else order_of(row)

    def orders(self, key: str | None = None) -> tuple[Order, ...]:
        """All orders, or those that were sent with one client order id; oldest first."""
        where = "" if key is None else "WHERE key = ? OR key BETWEEN ? AND ?"
        values = () if key is None else (key, *repeats_between(key))
        return tuple(
            order_of(row)
            for row in self._sql.execute(f"SELECT {ORDER_COLUMNS} FROM orders {where} ORDER BY number", values)
        )

    def order_numbered(self, broker_order_id: str) -> Order | None:
        """The order whose number begins, or is, a name of the broker's: of an order or an execution."""
        number = int(_NUMBER.search(broker_order_id)[1])  # type: ignore[index]
        row = self._sql.execute(f"SELECT {ORDER_COLUMNS} FROM orders WHERE number = ?", (number,)).fetchone()
        return None if row is None else order_of(row)

    def legs_of(self, number: int) -> tuple[Order, ...]:
        """The exits that belong to an order, oldest first."""
        where = "WHERE parent = ? AND parent > 0 ORDER BY number"
        return tuple(map(order_of, self._sql.execute(f"SELECT {ORDER_COLUMNS} FROM orders {where}", (number,))))

    def add_trading_halt(self, halt: TradingHalt) -> None:
        """Stands from its beginning to its end; two for one symbol add up."""
        values = (halt.symbol, halt.begins.isoformat(), halt.ends.isoformat())
        self._sql.execute("INSERT INTO trading_halts VALUES (?, ?, ?)", values)

    def add_passed_by(self, key: str) -> None:
        """Once, however often it is said."""
        self._sql.execute("INSERT OR IGNORE INTO passed_by VALUES (?)", (key,))

    def connection(self) -> int:
        """The number of the newest connection; 0 before the first."""
        row = self._sql.execute("SELECT number FROM connection").fetchone()
        return 0 if row is None else row[0]

    def next_connection(self) -> int:
        """Counts up by one: from here on only this number may write."""
        number = self.connection() + 1
        self._sql.execute("INSERT OR REPLACE INTO connection VALUES (1, ?)", (number,))
        return number

    def add_executions(self, session: date, executions: Iterable[Execution]) -> None:
        """They are history: an id that is there already is an error. Raises: sqlite3.IntegrityError."""
        self._sql.executemany(
            f"INSERT INTO executions ({EXECUTION_COLUMNS}, session) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(*execution_row(execution), session.isoformat()) for execution in executions],
        )

    def executions(self, session: date | None = None) -> tuple[Execution, ...]:
        """Of one session or all, oldest first; corrected and busted ones are in it, each before what supersedes it."""
        where = "" if session is None else "WHERE session = ?"
        rows = self._sql.execute(
            f"SELECT {EXECUTION_COLUMNS} FROM executions {where} ORDER BY at, execution_id",
            () if session is None else (session.isoformat(),),
        )
        return tuple(execution_of(row) for row in rows)

    def executions_since(self, session: date) -> tuple[Execution, ...]:
        """Of this session and those after it, as above."""
        rows = self._sql.execute(
            f"SELECT {EXECUTION_COLUMNS} FROM executions WHERE session >= ? ORDER BY at, execution_id",
            (session.isoformat(),),
        )
        return tuple(execution_of(row) for row in rows)

    def executions_of(self, broker_order_id: str) -> tuple[Execution, ...]:
        """Of one order, oldest first."""
        rows = self._sql.execute(
            f"SELECT {EXECUTION_COLUMNS} FROM executions WHERE execution_id BETWEEN ? AND ? ORDER BY execution_id",
            executions_between(broker_order_id),
        )
        return tuple(execution_of(row) for row in rows)

    def truth(self) -> ExchangeSnapshot:
        """The whole book of the account as it stands; a new file has none and raises BrokerError."""
        with self.transaction():
            account = self.load()
            if account is None:
                raise BrokerError(f"{self._path}: no account was ever opened in it; open it with its broker first")
            return ExchangeSnapshot(
                clock=account.clock,
                session=account.session,
                cash=account.cash,
                positions=account.positions,
                orders=self.orders(),
                executions=self.executions(),
                statement=self.statement(date.min, date.max),
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
        """What our own orders did to a symbol's minutes of a session, oldest first."""
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

    def opened_on(self, session: date) -> date:
        """The session that the account began in: this one, where none is on record yet."""
        self._sql.execute("INSERT OR IGNORE INTO opened VALUES (1, ?)", (session.isoformat(),))
        return date.fromisoformat(self._sql.execute("SELECT session FROM opened").fetchone()[0])

    def add_statement(self, lines: Iterable[StatementLine]) -> None:
        """History: an id that is there already is an error. Raises: sqlite3.IntegrityError."""
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
