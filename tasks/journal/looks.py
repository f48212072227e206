"""Looks at the database: single questions without a lock, each answered by what is committed when it is asked."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import local
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, Select

from tasks.journal.statements import looking


class PlainQuestion:
    """A question about texts and whole numbers, in the driver's own words: for what is asked before every order."""

    def __init__(self, engine: Engine, question: Select[Any]) -> None:
        compiled = question.compile(dialect=engine.dialect)
        self.question = question
        self.text = str(compiled)
        self._fixed = compiled.params
        self._order: Sequence[str] | None = compiled.positiontup  # type: ignore[attr-defined]

    def values(self, given: Mapping[str, Any]) -> Any:
        """As the driver takes them: by position where its marks have no names."""
        named = {**self._fixed, **given}
        return named if self._order is None else [named[name] for name in self._order]


@dataclass(frozen=True, slots=True)
class _Shared:
    """What a row of looks goes through."""

    connection: Connection
    cursor: Any
    """The driver's own."""


class Looks:
    """Each look sees what is committed when it is asked, in a batch as well."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = local()

    @contextmanager
    def in_a_row(self) -> Generator[None]:
        """Within it this thread's plain looks share a connection: to fetch one costs much more than to look."""
        if self._shared is not None:
            yield
            return
        with looking(self._engine) as connection:
            # One cursor for all of them: a new one learns its types anew, which costs half as much as the look itself.
            driver: Any = connection.connection.driver_connection
            self._thread.shared = _Shared(connection, driver.cursor())
            try:
                yield
            finally:
                self._thread.shared.cursor.close()
                self._thread.shared = None

    def look(self, question: Select[Any], values: Mapping[str, Any]) -> Sequence[RowMapping]:
        """The rows that answer a question now."""
        with looking(self._engine) as connection:
            return connection.execute(question, values).mappings().all()

    def plain(self, question: Select[Any]) -> PlainQuestion:
        """In the words of this database's driver, compiled once; what it asks about holds texts and numbers only."""
        return PlainQuestion(self._engine, question)

    def look_plainly(self, asked: PlainQuestion, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """The same for a plain question; what fails on the shared connection is asked again in the ordinary way."""
        shared = self._shared
        if shared is not None and not shared.connection.invalidated:
            try:
                return shared.cursor.execute(asked.text, asked.values(values)).fetchall()
            except self._engine.dialect.loaded_dbapi.Error as fault:
                shared.connection.invalidate(fault)
        return [tuple(row.values()) for row in self.look(asked.question, values)]

    @property
    def _shared(self) -> _Shared | None:
        return getattr(self._thread, "shared", None)
