"""What the lying exchange remembers in the account's file: calls counted, faults fired, spells, delayed requests."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import TypeAdapter

from tasks.book.faults import FaultKind
from tasks.brokers.simulated.faults.effects import ActiveFault
from tasks.brokers.simulated.store import Store
from tasks.model.orders import OrderRequest

TABLES = (
    "CREATE TABLE IF NOT EXISTS strikes (fault TEXT PRIMARY KEY, calls INTEGER NOT NULL, fired INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS spells (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, begins TEXT NOT NULL,"
    " ends TEXT NOT NULL, lag_s REAL NOT NULL, subject TEXT NOT NULL, symbol TEXT NOT NULL,"
    " client_order_id TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS delayed (number INTEGER PRIMARY KEY, sent_at TEXT NOT NULL, arrives_at TEXT NOT NULL,"
    " key TEXT NOT NULL, request TEXT, has_arrived INTEGER NOT NULL DEFAULT 0)",
)
REQUEST = TypeAdapter(OrderRequest)


@dataclass(frozen=True, slots=True)
class Delayed:
    """A request on its way."""

    number: int
    arrives_at: datetime
    key: str
    request: OrderRequest | None
    """None: a cancel."""


class FaultStore:
    """Reads and writes inside the caller's transaction, so that a lie and what it leaves behind are kept together."""

    def __init__(self, store: Store) -> None:
        self._run = store.run
        with store.transaction():
            for table in TABLES:
                store.run(table)

    def counted(self, fault: str) -> tuple[int, int]:
        """Count one more call of a fault; returns its calls, this one included, and how often it has fired."""
        self._run("INSERT INTO strikes VALUES (?, 1, 0) ON CONFLICT (fault) DO UPDATE SET calls = calls + 1", (fault,))
        return self._run("SELECT calls, fired FROM strikes WHERE fault = ?", (fault,)).fetchone()

    def add_fired(self, fault: str) -> None:
        """One more strike of this fault; it counts over all processes."""
        self._run("UPDATE strikes SET fired = fired + 1 WHERE fault = ?", (fault,))

    def fired(self) -> Mapping[str, int]:
        """How often each fault has struck, by its name in the plan."""
        return dict(self._run("SELECT fault, fired FROM strikes WHERE fired > 0 ORDER BY rowid").fetchall())

    def add_spell(self, spell: ActiveFault) -> None:
        """From now on it is part of every answer until it ends, after a restart too."""
        values = (spell.kind.value, spell.begins.isoformat(), spell.ends.isoformat(), spell.lag.total_seconds())
        self._run(
            "INSERT INTO spells VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)",
            (*values, spell.subject, spell.symbol, spell.client_order_id),
        )

    def spells(self) -> tuple[ActiveFault, ...]:
        """All there have been."""
        rows = self._run("SELECT kind, begins, ends, lag_s, subject, symbol, client_order_id FROM spells")
        return tuple(_spell(*row) for row in rows)

    def add_delayed(self, sent_at: datetime, arrives_at: datetime, key: str, request: OrderRequest | None) -> None:
        """A request on its way: None for a cancel, whose order is `key`."""
        text = None if request is None else REQUEST.dump_json(request).decode()
        self._run(
            "INSERT INTO delayed (sent_at, arrives_at, key, request) VALUES (?, ?, ?, ?)",
            (sent_at.isoformat(), arrives_at.isoformat(), key, text),
        )

    def on_their_way(self, until: datetime) -> tuple[Delayed, ...]:
        """Requests that arrive by `until`, in order of arrival."""
        rows = self._run("SELECT number, arrives_at, key, request FROM delayed WHERE has_arrived = 0 ORDER BY number")
        coming = [
            Delayed(number, datetime.fromisoformat(at), key, None if text is None else REQUEST.validate_json(text))
            for number, at, key, text in rows
        ]
        return tuple(sorted((d for d in coming if d.arrives_at <= until), key=lambda d: (d.arrives_at, d.number)))

    def add_arrived(self, delayed: Delayed) -> None:
        """So that it is carried out once."""
        self._run("UPDATE delayed SET has_arrived = 1 WHERE number = ?", (delayed.number,))

    def first_sent(self, key: str) -> datetime | None:
        """When the first delayed order of a key was sent; None when none was delayed."""
        rows = self._run("SELECT sent_at FROM delayed WHERE key = ? AND request IS NOT NULL ORDER BY number", (key,))
        row = rows.fetchone()
        return None if row is None else datetime.fromisoformat(row[0])


def _spell(
    kind: str, begins: str, ends: str, lag_s: float, subject: str, symbol: str, client_order_id: str
) -> ActiveFault:
    return ActiveFault(
        kind=FaultKind(kind),
        begins=datetime.fromisoformat(begins),
        ends=datetime.fromisoformat(ends),
        lag=timedelta(seconds=lag_s),
        subject=subject,
        symbol=symbol,
        client_order_id=client_order_id,
    )
