"""Reads every row that tells of one session, each with its entry in the audit chain."""

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, Connection, select

from sql.row_hash import row_key, row_text
from sql.tables import audit, breaks, metadata, orders, slices
from tasks.model.audit_flaws import Entry
from tasks.model.cycle import Cycle
from tasks.model.halts import EVERY_BOOK
from tasks.model.recorded_row import RecordedRow

PAGE = 500
BY_CYCLE = (
    *("attempts", "steps", "findings", "targets", "plans", "approvals", "orders", "waves", "slices", "fills"),
    "quotes_seen",
    *("breaks", "reports", "cancellations", "session_runs", "reruns", "reviews"),
)
BY_ORDER = ("allocations", "order_marks")
BY_SLICE = ("order_events", "tickets", "resolutions")
BY_BREAK = ("explanations",)
OF_BOOK = ("lease_log", "write_offs", "valuations")
ENCLOSED = (*BY_CYCLE, *BY_ORDER, *BY_SLICE, *BY_BREAK, *OF_BOOK, "halts")
_ENTRY = tuple(audit.c[name] for name in Entry.__slots__)


def session_rows(connection: Connection, cycle: Cycle) -> tuple[RecordedRow, ...]:
    """In the order of the chain. A row without an entry is left out: `audit verify` names it."""
    return tuple(sorted((row for name in ENCLOSED for row in _rows(connection, cycle, name)), key=lambda row: row.seq))


def entries_between(connection: Connection, first: int, last: int) -> tuple[Entry, ...]:
    """Both included, in their order."""
    query = select(*_ENTRY).where(audit.c.seq >= first, audit.c.seq <= last).order_by(audit.c.seq)
    return tuple(Entry(*row) for row in connection.execute(query))


def _rows(connection: Connection, cycle: Cycle, name: str) -> Iterator[RecordedRow]:
    table = metadata.tables[name]
    found = connection.execute(select(table).where(_of_session(cycle, name))).all()
    texts = {row_key(table, row): row_text(table, row) for row in found}
    keys = list(texts)
    for start in range(0, len(keys), PAGE):
        for entry in _entries(connection, name, keys[start : start + PAGE]):
            yield RecordedRow(entry, texts[entry.row_key])


def _entries(connection: Connection, name: str, keys: Sequence[str]) -> list[Entry]:
    query = select(*_ENTRY).where(audit.c.table_name == name, audit.c.row_key.in_(keys))
    return [Entry(*row) for row in connection.execute(query)]


def _of_session(cycle: Cycle, name: str) -> ColumnElement[bool]:
    """Which rows of a table tell of the session: its own, and what was said of its book that bears on it."""
    columns = metadata.tables[name].c
    if name in BY_CYCLE:
        return columns.cycle_id == cycle.cycle_id
    if name in BY_ORDER:
        return columns.order_id.in_(select(orders.c.order_id).where(orders.c.cycle_id == cycle.cycle_id))
    if name in BY_SLICE:
        return columns.key.in_(select(slices.c.key).where(slices.c.cycle_id == cycle.cycle_id))
    if name in BY_BREAK:
        return columns.break_id.in_(select(breaks.c.break_id).where(breaks.c.cycle_id == cycle.cycle_id))
    if name == "halts":
        return columns.scope.in_([cycle.book, EVERY_BOOK])
    if name == "lease_log":
        return (columns.book == cycle.book) & columns.why.like(f"%{cycle.session.isoformat()}%")
    if name == "valuations":
        return (columns.book == cycle.book) & (columns.session == cycle.session)
    return columns.book == cycle.book
