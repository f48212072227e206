"""What was shown of the machinery itself: drills, examinations of brokers, and how long brokers took to answer.

Each is kept for good; real money needs a broker's examination that was passed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Engine, insert, select

from sql.tables import drills, examinations, latencies
from tasks.journal.statements import add
from tasks.model.latency import Latency


@dataclass(frozen=True, slots=True)
class Drill:
    """One practice of halt, resume and liquidation, with the times it took."""

    book: str
    passed: bool
    figures: Mapping[str, Any]
    """Each part's seconds, simulated minutes and counts."""
    at: datetime


class Drills:
    """Appended to and never changed; needs no lease."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(self, drill: Drill) -> None:
        """Every call adds a row."""
        row = {"book": drill.book, "passed": drill.passed, "figures": dict(drill.figures), "at": drill.at}
        with self._engine.begin() as connection:
            add(connection, drills, [row])

    def all(self, book: str | None = None) -> tuple[Drill, ...]:
        """Oldest first."""
        query = select(drills).order_by(drills.c.id)
        if book:
            query = query.where(drills.c.book == book)
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings()
            return tuple(Drill(**{name: row[name] for name in Drill.__slots__}) for row in rows)


@dataclass(frozen=True, slots=True)
class Examination:
    """What `doctor` or `validate` found at an account of a broker."""

    kind: Literal["doctor", "validate"]
    broker: str
    account: str
    live: bool
    passed: bool
    figures: Mapping[str, Any]
    """Each check with its outcome, and latencies in seconds."""
    at: datetime


class Examinations:
    """Appended to and never changed; needs no lease."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(self, examination: Examination) -> None:
        """Every call adds a row."""
        row = {name: getattr(examination, name) for name in Examination.__slots__}
        with self._engine.begin() as connection:
            add(connection, examinations, [{**row, "figures": dict(examination.figures)}])

    def newest(self, kind: str, broker: str, account: str, *, live: bool) -> Examination | None:
        """The last one of this kind at this account, passed or not."""
        table = examinations.c
        query = (
            select(examinations)
            .where(table.kind == kind, table.broker == broker, table.account == account, table.live == live)
            .order_by(table.id.desc())
            .limit(1)
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else Examination(**{name: row[name] for name in Examination.__slots__})


class Latencies:
    """Measurements and no record of decisions: not part of the audit chain."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(self, measured: Sequence[Latency]) -> None:
        """Outside of the audit chain, so that measuring never waits for it; nothing for an empty sequence."""
        rows = [{name: getattr(one, name) for name in Latency.__slots__} for one in measured]
        if rows:
            with self._engine.begin() as connection:
                connection.execute(insert(latencies), rows)

    def all(self, broker: str | None = None) -> tuple[Latency, ...]:
        """Oldest first."""
        query = select(latencies).order_by(latencies.c.id)
        if broker:
            query = query.where(latencies.c.broker == broker)
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings()
            return tuple(Latency(**{name: row[name] for name in Latency.__slots__}) for row in rows)
