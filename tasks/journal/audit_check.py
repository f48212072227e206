"""Holds every row against its entry in the audit chain, the chain against itself and its anchors, and what may change
against the chain."""

from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import Connection, Table, inspect, select, tuple_
from sqlalchemy.exc import SQLAlchemyError

from sql.audit_chain import CHAINED, head
from sql.row_hash import GENESIS, key_values, linked, row_key, row_sha256, written_key
from sql.tables import audit, cycles, leases, metadata
from tasks.errors import JournalError
from tasks.journal.audit_cycles import cycle_flaws, lease_flaws
from tasks.model import audit_flaws
from tasks.model.audit_flaws import Anchor, Entry, Flaw

PAGE = 500
"""Rows in memory at a time."""
_ILLEGIBLE = ""
"""Stands for the hash of a row whose content cannot even be read."""
_FAULTS = (SQLAlchemyError, ValueError, TypeError, ArithmeticError)
"""What reading a row raises whose columns hold what the program never writes there."""


def found_flaws(connection: Connection, anchors: Sequence[Anchor], heard: Callable[[int], None]) -> Iterator[Flaw]:
    """Everything that is wrong: first along the chain, then rows that have no entry, then the anchors, then the rows
    outside the chain that chained ones speak of.

    `heard` is told how many entries have been looked at.
    """
    flawed: set[str] = set()
    for flaw in _chain_flaws(connection, anchors, heard):
        flawed.add(flaw.table)
        yield flaw
    yield from _readable(cycles.name, cycle_flaws(connection, flawed))
    yield from _readable(leases.name, lease_flaws(connection, flawed))


def _chain_flaws(connection: Connection, anchors: Sequence[Anchor], heard: Callable[[int], None]) -> Iterator[Flaw]:
    there = set(inspect(connection).get_table_names())
    yield from (audit_flaws.table_gone(name) for name in sorted((CHAINED | {audit.name}) - there))
    if audit.name not in there:
        return
    known = {name: metadata.tables[name] for name in sorted(CHAINED & there)}
    yield from _readable(audit.name, _along_the_chain(connection, known, heard))
    for name, table in known.items():
        yield from _readable(name, _without_entry(connection, table))
    yield from _readable(audit.name, _against_anchors(connection, anchors))


def _readable(name: str, found: Iterator[Flaw]) -> Iterator[Flaw]:
    try:
        yield from found
    except (SQLAlchemyError, ValueError, JournalError) as error:
        if isinstance(error, JournalError) and error.passing:
            raise  # that the database was away for a moment is no flaw of the record
        reason = str(getattr(error, "orig", error)).strip().partition("\n")[0]
        yield audit_flaws.unreadable(name, reason)


# --- the chain, and the row of every entry ----------------------------------------------------------------------------


def _along_the_chain(connection: Connection, known: dict[str, Table], heard: Callable[[int], None]) -> Iterator[Flaw]:
    """After a flaw it goes on from what is written there, so that each is told once."""
    seq, sha256, looked_at = 0, GENESIS, 0
    chosen = select(*(audit.c[name] for name in Entry.__slots__)).order_by(audit.c.seq)
    for page in connection.execute(chosen.execution_options(yield_per=PAGE)).partitions():
        entries = [Entry(*row) for row in page]
        for entry in entries:
            yield from _link(entry, seq, sha256)
            seq, sha256 = entry.seq, entry.sha256
        yield from _rows_of(connection, entries, known)
        looked_at += len(entries)
        heard(looked_at)


def _link(entry: Entry, seq: int, sha256: str) -> Iterator[Flaw]:
    if entry.seq < 1 or entry.table_name not in CHAINED:
        yield audit_flaws.foreign(entry)
    elif entry.seq > max(seq, 0) + 1:
        yield audit_flaws.missing(max(seq, 0) + 1, entry.seq - 1)
    elif entry.sha256 != linked(sha256, entry.seq, entry.table_name, entry.row_key, entry.row_sha256):
        yield audit_flaws.broken(entry)


def _rows_of(connection: Connection, entries: Sequence[Entry], known: dict[str, Table]) -> Iterator[Flaw]:
    contents: dict[str, dict[str, str]] = {}
    for name in {entry.table_name for entry in entries} & set(known):
        keys = [entry.row_key for entry in entries if entry.table_name == name]
        contents[name] = _contents(connection, known[name], keys)
    for entry in entries:
        if entry.table_name in contents:
            yield from _compared(entry, contents[entry.table_name].get(entry.row_key))


def _compared(entry: Entry, content: str | None) -> Iterator[Flaw]:
    if content is None:
        yield audit_flaws.removed(entry)
    elif content == _ILLEGIBLE:
        yield audit_flaws.illegible(entry)
    elif content != entry.row_sha256:
        yield audit_flaws.edited(entry)


def _contents(connection: Connection, table: Table, keys: Sequence[str]) -> dict[str, str]:
    """The hash of each of these rows that exists; one that cannot be read is found by reading them one by one."""
    try:
        return _read(connection, table, keys)
    except _FAULTS:
        if len(keys) == 1:
            return _there_at_least(connection, table, keys[0])
    found: dict[str, str] = {}
    for key in keys:
        found |= _contents(connection, table, [key])
    return found


def _read(connection: Connection, table: Table, keys: Sequence[str]) -> dict[str, str]:
    columns = tuple(table.primary_key)
    values = [key_values(table, key) for key in keys]
    chosen = columns[0].in_([value[0] for value in values]) if len(columns) == 1 else tuple_(*columns).in_(values)
    with connection.begin_nested():  # PostgreSQL gives up a transaction in which something failed
        rows = connection.execute(select(table).where(chosen)).all()
    return {row_key(table, row): row_sha256(table, row) for row in rows}


def _there_at_least(connection: Connection, table: Table, key: str) -> dict[str, str]:
    try:
        match = [column == value for column, value in zip(table.primary_key, key_values(table, key), strict=True)]
        with connection.begin_nested():
            there = connection.execute(select(1).select_from(table).where(*match)).first()
    except _FAULTS:
        return {}
    return {key: _ILLEGIBLE} if there else {}


# --- rows without an entry --------------------------------------------------------------------------------------------


def _without_entry(connection: Connection, table: Table) -> Iterator[Flaw]:
    keys = connection.execute(select(*table.primary_key).execution_options(yield_per=PAGE))
    for page in keys.partitions():
        named = [written_key(tuple(row)) for row in page]
        query = select(audit.c.row_key).where(audit.c.table_name == table.name, audit.c.row_key.in_(named))
        entered = set(connection.execute(query).scalars())
        yield from (audit_flaws.inserted(table.name, key) for key in named if key not in entered)


# --- anchors ----------------------------------------------------------------------------------------------------------


def _against_anchors(connection: Connection, anchors: Sequence[Anchor]) -> Iterator[Flaw]:
    """The chain may only have grown since each anchor; what one cut explains is told once."""
    last, _ = head(connection)
    furthest = max(anchors, key=lambda anchor: anchor.seq, default=None)
    if furthest is not None and furthest.seq > last:
        yield audit_flaws.truncated(last, furthest)
    inside = sorted((anchor for anchor in anchors if 0 < anchor.seq <= last), key=lambda anchor: anchor.seq)
    for start in range(0, len(inside), PAGE):
        part = inside[start : start + PAGE]
        query = select(audit.c.seq, audit.c.sha256).where(audit.c.seq.in_([anchor.seq for anchor in part]))
        hashes = {row.seq: row.sha256 for row in connection.execute(query)}
        for anchor in part:
            if hashes.get(anchor.seq) != anchor.sha256:
                yield audit_flaws.rewritten(anchor)
                return
