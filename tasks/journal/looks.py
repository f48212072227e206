"""Looks at the database: single questions without a lock; those of a batch share one connection."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import local
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select

from tasks.errors import JournalError
from tasks.journal.statements import looking


class Looks:
    """Each look sees what is committed when it is asked, in a batch as well."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = local()

    @contextmanager
    def in_a_row(self) -> Iterator[None]:
        """Within it this thread looks through one connection: to fetch one costs several times as much as to look."""
        if self._connection is not None:
            yield
            return
        with looking(self._engine) as connection:
            self._thread.connection = connection
            try:
                yield
            finally:
                self._thread.connection = None

    def look(self, question: Select[Any], values: Mapping[str, Any]) -> Sequence[Row[Any]]:
        """The rows that answer a question now."""
        shared = self._connection
        if shared is not None and not shared.invalidated:
            try:
                return shared.execute(question, values).all()
            except JournalError:
                if not shared.invalidated:
                    raise  # else the connection was ended between two looks, and this one is made through another
        with looking(self._engine) as connection:
            return connection.execute(question, values).all()

    @property
    def _connection(self) -> Connection | None:
        return getattr(self._thread, "connection", None)
