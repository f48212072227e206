"""The proof that nothing was changed, and the answers to whoever checks."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine, select

from sql.audit_chain import head
from sql.database import READS_ONLY
from sql.questions import ask, needs, questions
from sql.tables import audit
from tasks.journal.audit_check import found_flaws
from tasks.journal.session_rows import entries_between, session_rows
from tasks.model.audit_flaws import Anchor, Entry, Flaw
from tasks.model.cycle import Cycle
from tasks.model.recorded_row import RecordedRow

_FIRST = select(audit.c.sha256).where(audit.c.seq == 1)
__all__ = ["Audit", "needs", "questions"]
MOST_FLAWS = 1000
"""More than this says no more than this; a database of another book has a flaw in every row."""


def _nobody(_looked_at: int) -> None:
    """Nobody watches."""


class Audit:
    """What the journal says about itself: its chain of hashes, and the questions of `sql/queries`; it only reads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def head(self) -> Anchor:
        """The newest entry: what to keep somewhere else."""
        with self._reading() as connection:
            return Anchor(*head(connection))

    def identity(self) -> str:
        """Which journal this is: the hash of its first entry, the same for ever; empty while nothing is on record."""
        with self._reading() as connection:
            return connection.execute(_FIRST).scalar() or ""

    def verify(self, anchors: Sequence[Anchor] = (), heard: Callable[[int], None] = _nobody) -> tuple[Flaw, ...]:
        """Every change, removal, insertion and cut that the chain or an anchor shows; at most MOST_FLAWS of them.

        One moment of the database is looked at; writers are not held up. `heard` is told how many entries were looked
        at. Rows that were put in together with entries that fit at the end of the chain are no flaw that a chain shows.
        """
        with self._reading() as connection:
            return tuple(islice(found_flaws(connection, anchors, heard), MOST_FLAWS))

    def ask(self, question: str, **values: Any) -> tuple[Mapping[str, Any], ...]:
        """The rows that answer one of `sql/queries`. Raises: KeyError for a question that is not there."""
        with self._reading() as connection:
            return ask(connection, question, **values)

    def session_rows(self, cycle: Cycle) -> tuple[RecordedRow, ...]:
        """Every row of one session with its entry in the chain, in the order in which they were written."""
        with self._reading() as connection:
            return session_rows(connection, cycle)

    def chain(self, first: int, last: int) -> tuple[Entry, ...]:
        """The entries from one number to another, both included."""
        with self._reading() as connection:
            return entries_between(connection, first, last)

    @contextmanager
    def _reading(self) -> Generator[Connection]:
        """One moment of the database, for reading, beside whoever writes."""
        with self._engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            else:
                connection.execution_options(**{READS_ONLY: True})
            yield connection
