"""Steps of a session that a person had done again, as events that are never changed."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, Engine, Table, select

from sql.tables import findings, reruns, steps, targets
from tasks.journal.cycles import Cycles
from tasks.journal.known import Known
from tasks.journal.statements import add, insert_once
from tasks.model.cycle import Cycle

OPTIMIZE = "optimize"
"""The step that leaves the targets behind."""


@dataclass(frozen=True, slots=True)
class Rerun:
    """A person's word that the steps of a session are done again from one on, as `attempt`."""

    cycle_id: str
    attempt: int
    from_step: str
    who: str
    because: str
    at: datetime


class Reruns:
    """Appended to and never changed."""

    def __init__(self, engine: Engine, known: Known, cycles: Cycles) -> None:
        self._engine = engine
        self._known = known
        self._cycles = cycles

    def record(self, word: Rerun) -> None:
        """Of steps that are done again beside the chain. Raises: LeaseLostError when a newer process works the book."""
        with self._known.writing() as connection:
            _add(connection, word)

    def begin(self, cycle: Cycle, word: Rerun, kept: Collection[str]) -> Cycle:
        """A new attempt with what the steps `kept` of the present one left behind, and the word on it: all or nothing.

        Raises: LeaseLostError when a newer process works the book.
        """

        def also(connection: Connection, begun: Cycle) -> None:
            _add(connection, replace(word, attempt=begun.attempt))
            for table in (steps, findings):
                _carry_over(connection, table, cycle, begun, kept)
            if OPTIMIZE in kept:
                _carry_over(connection, targets, cycle, begun, None)

        return self._cycles.begin_attempt(cycle, word.at, also)

    def of(self, cycle_id: str) -> tuple[Rerun, ...]:
        """Oldest first."""
        query = select(reruns).where(reruns.c.cycle_id == cycle_id).order_by(reruns.c.id)
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings()
            return tuple(Rerun(**{name: row[name] for name in Rerun.__slots__}) for row in rows)


def _add(connection: Connection, word: Rerun) -> None:
    add(connection, reruns, [{name: getattr(word, name) for name in Rerun.__slots__}])


def _carry_over(connection: Connection, table: Table, was: Cycle, begun: Cycle, kept: Collection[str] | None) -> None:
    """The rows of the attempt before, of the steps `kept` or all, once more as the new one's."""
    query = select(table).where(table.c.cycle_id == was.cycle_id, table.c.attempt == was.attempt)
    if kept is not None:
        query = query.where(table.c.step.in_(kept))
    found = connection.execute(query).mappings().all()
    rows = [{**{n: v for n, v in row.items() if n != "id"}, "attempt": begun.attempt} for row in found]
    if rows:
        (add if "id" in table.c else insert_once)(connection, table, rows)
