"""What a book owns and disputes: ledger entries, breaks and explanations, valuations, reports."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Engine, select

from sql.tables import breaks, cycles, explanations, ledger_entries, reports, valuations
from tasks.journal.known import Known
from tasks.journal.statements import add, insert_once
from tasks.model.ledger_records import BreakRow, LedgerRow, ReportRow


class Books:
    """What a book owns by our own record, where that differs from the broker, and what it was worth.

    What is asked is known after the first time, within a step of the book's writer (`known.py`).
    """

    def __init__(self, engine: Engine, known: Known) -> None:
        self._engine = engine
        self._known = known

    def record_entries(self, rows: Sequence[LedgerRow]) -> int:
        """Once by `entry_id`: a second call adds nothing. Returns how many were new."""
        values = [{name: getattr(row, name) for name in LedgerRow.__slots__} for row in rows]
        with self._engine.begin() as connection:
            new = insert_once(connection, ledger_entries, values)
        self._known.forget_shared()
        return new

    def entries(self, book: str, account: str) -> tuple[LedgerRow, ...]:
        """Oldest first, of one book in one account."""
        query = (
            select(ledger_entries)
            .where(ledger_entries.c.book == book, ledger_entries.c.account == account)
            .order_by(ledger_entries.c.at, ledger_entries.c.entry_id)
        )

        def read() -> tuple[LedgerRow, ...]:
            with self._engine.connect() as connection:
                return tuple(LedgerRow(**row) for row in connection.execute(query).mappings())

        return self._known.recall_shared("entries", (book, account), book, read)

    # --- breaks ---

    def record_breaks(self, rows: Sequence[BreakRow]) -> None:
        """Once by `break_id`: a break that is found again stays as it was first written."""
        skip = {"explained_by", "because", "explained_at"}
        values = [{n: getattr(row, n) for n in BreakRow.__slots__ if n not in skip} for row in rows]
        with self._engine.begin() as connection:
            insert_once(connection, breaks, values)
        self._known.forget_shared()

    def breaks(self, book: str, *, open_only: bool = False, cycle_id: str | None = None) -> tuple[BreakRow, ...]:
        """The first found first, each with a person's word on it where there is one; `open_only` leaves those out."""
        query = (
            select(
                breaks, explanations.c.who.label("explained_by"), explanations.c.because, explanations.c.explained_at
            )
            .outerjoin(explanations, explanations.c.break_id == breaks.c.break_id)
            .where(breaks.c.book == book)
            .order_by(breaks.c.found_at, breaks.c.break_id)
        )

        def read() -> tuple[BreakRow, ...]:
            with self._engine.connect() as connection:
                return tuple(BreakRow(**row) for row in connection.execute(query).mappings())

        found = self._known.recall_shared("breaks", book, book, read)
        return tuple(
            row
            for row in found
            if not (open_only and row.explained_at) and (cycle_id is None or row.cycle_id == cycle_id)
        )

    def explain(self, break_id: str, who: str, because: str, at: datetime) -> None:
        """Unlocks the symbol of the break; the first word stands, a second one changes nothing."""
        row = {"break_id": break_id, "who": who, "because": because, "explained_at": at}
        with self._engine.begin() as connection:
            insert_once(connection, explanations, [row])
        self._known.forget_shared()

    # --- valuations and reports ---

    def record_valuation(
        self, book: str, session: date, nav: Decimal, cash: Decimal, prices: Mapping[str, Decimal]
    ) -> None:
        """NAV and cash in USD, prices in USD per share; once for each session, the first one stands.

        Raises: LeaseLostError when a newer process works the book.
        """
        row = {
            "book": book,
            "session": session,
            "nav_usd": nav,
            "cash_usd": cash,
            "prices": {symbol: str(price) for symbol, price in prices.items()},
        }
        with self._known.writing() as connection:
            insert_once(connection, valuations, [row])
        self._known.forget("valuations")

    def valuations(self, book: str) -> tuple[tuple[date, Decimal, Decimal, dict[str, Decimal]], ...]:
        """(session, net asset value, cash, the broker's last prices), oldest first."""
        query = select(valuations).where(valuations.c.book == book).order_by(valuations.c.session)

        def read() -> tuple[tuple[date, Decimal, Decimal, dict[str, Decimal]], ...]:
            with self._engine.connect() as connection:
                rows = connection.execute(query).mappings().all()
            return tuple(
                (r["session"], r["nav_usd"], r["cash_usd"], {s: Decimal(p) for s, p in r["prices"].items()})
                for r in rows
            )

        known = self._known.recall("valuations", book, book, read)
        return tuple((session, nav, cash, dict(prices)) for session, nav, cash, prices in known)

    def record_report(self, row: ReportRow) -> None:
        """A report with the files of the newest one is not recorded again."""
        values = {name: getattr(row, name) for name in ReportRow.__slots__}
        newest = self.newest_report(row.cycle_id)
        if newest is not None and (newest.sha256, newest.hashes) == (row.sha256, row.hashes):
            return
        with self._engine.begin() as connection:
            add(connection, reports, [values])

    def newest_report(self, cycle_id: str) -> ReportRow | None:
        """None before the session has its first report."""
        return next(iter(self.reports(cycle_id)), None)

    def reports(self, cycle_id: str) -> tuple[ReportRow, ...]:
        """Of a session, the newest first: each one's files replaced those of the one before."""
        query = select(reports).where(reports.c.cycle_id == cycle_id).order_by(reports.c.id.desc())
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(ReportRow(**{name: row[name] for name in ReportRow.__slots__}) for row in rows)

    def last_rebalance(self, book: str, before: date) -> date | None:
        """The last earlier session on which orders were worked to the end."""
        from sql.tables import orders

        query = (
            select(cycles.c.session)
            .join(orders, orders.c.cycle_id == cycles.c.cycle_id)
            .where(
                cycles.c.book == book,
                cycles.c.kind == "rebalance",
                cycles.c.status == "done",
                cycles.c.session < before,
            )
            .order_by(cycles.c.session.desc())
            .limit(1)
        )
        with self._engine.connect() as connection:
            return connection.execute(query).scalar()
