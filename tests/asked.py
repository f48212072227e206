"""Counts what a database is asked."""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event


@dataclass
class Asked:
    """Statements in the order in which they were put."""

    statements: list[str] = field(default_factory=list)

    @property
    def selects(self) -> int:
        return sum(1 for statement in self.statements if statement.lstrip().upper().startswith("SELECT"))

    def visits(self, first: int, last: int) -> int:
        """How often it was turned to from one statement to another: a transaction is one visit, whatever is in it."""
        visits, is_inside = 0, False
        for statement in self.statements[first : last + 1]:
            word = statement.split()[0].upper()
            visits += not is_inside
            is_inside = (is_inside or word == "BEGIN") and word not in ("COMMIT", "ROLLBACK")
        return visits

    def about(self, words: str) -> int:
        """Selects that hold these words."""
        selects = [" ".join(s.split()) for s in self.statements if s.lstrip().upper().startswith("SELECT")]
        return sum(1 for select in selects if words in select)

    def counted(self) -> str:
        """How often each was put, the most frequent first; for whoever has to find one too many."""
        return "\n".join(f"{n:5d} {' '.join(s.split())[:300]}" for s, n in Counter(self.statements).most_common(40))


@contextmanager
def counting(engine: Engine) -> Generator[Asked]:
    """What this database is asked within the block; of SQLite by its own word, also what goes past SQLAlchemy."""
    asked = Asked()
    heard, traced = asked.statements.append, list[Any]()

    def trace(connection: Any, *_: object) -> None:
        connection.set_trace_callback(heard)
        traced.append(connection)

    def execute(_c: object, _cursor: object, statement: str, *_: object) -> None:
        heard(statement)

    is_sqlite = engine.dialect.name == "sqlite"
    listening = (engine, "checkout", trace) if is_sqlite else (engine, "before_cursor_execute", execute)
    event.listen(*listening)
    try:
        yield asked
    finally:
        event.remove(*listening)
        for connection in traced:
            connection.set_trace_callback(None)
