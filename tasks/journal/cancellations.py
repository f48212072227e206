"""Sessions that a person cancelled, as events that are never changed; and which Prefect run worked which session."""

from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any, Literal

from sqlalchemy import ColumnElement, Engine, Row, RowMapping, Select, Table, Text, cast, func, select

from sql.row_hash import row_key
from sql.tables import audit, cancellations, order_events, session_runs, slices
from tasks.journal.statements import add, insert_once
from tasks.model.cycle import Cycle


@dataclass(frozen=True, slots=True)
class Cancellation:
    """A person's word on one attempt of a session: that it ends here, or that it may go on after all."""

    cycle_id: str
    attempt: int
    said: Literal["cancelled", "resumed"]
    who: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SessionRun:
    """A Prefect run that took up a session, under which token of the book's lease."""

    flow_run_id: str
    cycle_id: str
    token: int
    began_at: datetime


class Cancellations:
    """A person's words on sessions, cancelled or resumed: the newest counts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(self, word: Cancellation) -> None:
        """Needs no lease: whoever works the session now obeys it at the next look."""
        with self._engine.begin() as connection:
            add(connection, cancellations, [{name: getattr(word, name) for name in Cancellation.__slots__}])

    def standing(self, cycle: Cycle) -> Cancellation | None:
        """What ends this attempt; None where nobody cancelled it, or somebody let it go on."""
        query = (
            select(cancellations)
            .where(cancellations.c.cycle_id == cycle.cycle_id, cancellations.c.attempt == cycle.attempt)
            .order_by(cancellations.c.id.desc())
            .limit(1)
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return _word(row) if row is not None and row["said"] == "cancelled" else None

    def of(self, cycle_id: str) -> tuple[Cancellation, ...]:
        """Every word on a session, oldest first."""
        query = select(cancellations).where(cancellations.c.cycle_id == cycle_id).order_by(cancellations.c.id)
        with self._engine.connect() as connection:
            return tuple(_word(row) for row in connection.execute(query).mappings())

    def moved_since(self, cycle: Cycle) -> frozenset[str]:
        """Keys of the session's orders of which anything became known after the word that stands on this attempt.

        By the order of the record itself, whatever process wrote it: the broker's clock is not the one of the word.
        """
        said = (
            select(cancellations.c.id, cancellations.c.said)
            .where(cancellations.c.cycle_id == cycle.cycle_id, cancellations.c.attempt == cycle.attempt)
            .order_by(cancellations.c.id.desc())
        )
        with self._engine.connect() as connection:
            words = list(takewhile(lambda word: word.said == "cancelled", connection.execute(said)))
            if not words:
                return frozenset()
            begun = select(audit.c.seq).where(_entered(cancellations), audit.c.row_key == str(words[-1].id))
            later = (
                select(order_events.c.key)
                .join(slices, slices.c.key == order_events.c.key)
                .join(audit, audit.c.row_key == cast(order_events.c.id, Text))
                .where(slices.c.cycle_id == cycle.cycle_id, _entered(order_events))
                .where(audit.c.seq > begun.scalar_subquery())
            )
            return frozenset(connection.execute(later).scalars())

    def note_run(self, run: SessionRun) -> None:
        """A run that is retried keeps its id and takes the lease with another token."""
        with self._engine.begin() as connection:
            insert_once(connection, session_runs, [{name: getattr(run, name) for name in SessionRun.__slots__}])

    def session_of(self, flow_run_id: str) -> str | None:
        """The cycle id that a Prefect run took up last; None for a run that never came so far.

        None too once a person has let the session go on after that: it is no longer this run's to end, however late
        somebody hears that the run was cancelled.
        """
        query = (
            select(session_runs)
            .where(session_runs.c.flow_run_id == flow_run_id)
            .order_by(session_runs.c.token.desc())
            .limit(1)
        )
        with self._engine.connect() as connection:
            run = connection.execute(query).first()
            if run is None or connection.execute(_resumed_since(run)).first():
                return None
            return run.cycle_id

    def token_of(self, cycle_id: str) -> int:
        """Of the lease under which a Prefect run took the session up last; 0 where none did."""
        query = select(func.max(session_runs.c.token)).where(session_runs.c.cycle_id == cycle_id)
        with self._engine.connect() as connection:
            return connection.execute(query).scalar() or 0


def _resumed_since(run: Row[Any]) -> Select[Any]:
    """A word that lets the session of a run go on after it took it up, by the order of the record itself."""
    entry = select(audit.c.seq).where(_entered(session_runs), audit.c.row_key == row_key(session_runs, run))
    return (
        select(cancellations.c.id)
        .join(audit, audit.c.row_key == cast(cancellations.c.id, Text))
        .where(_entered(cancellations), audit.c.seq > entry.scalar_subquery())
        .where(cancellations.c.cycle_id == run.cycle_id, cancellations.c.said == "resumed")
    )


def _entered(table: Table) -> ColumnElement[bool]:
    return audit.c.table_name == table.name


def _word(row: RowMapping) -> Cancellation:
    return Cancellation(**{name: row[name] for name in Cancellation.__slots__})
