"""Counts what a database is asked."""

from collections import Counter
from collections.abc import Iterator
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

    def about(self, words: str) -> int:
        """Selects that hold these words."""
        selects = [" ".join(s.split()) for s in self.statements if s.lstrip().upper().startswith("SELECT")]
        return sum(1 for select in selects if words in select)

    def counted(self) -> str:
        """How often each was put, the most frequent first; for whoever has to find one too many."""
        return "\n".join(f"{n:5d} {' '.join(s.split())[:300]}" for s, n in Counter(self.statements).most_common(40))


@contextmanager
def counting(engine: Engine) -> Iterator[Asked]:
    """What this database, or with `Engine` itself any, is asked within the block."""
    asked = Asked()

    def heard(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.statements.append(statement)

    event.listen(engine, "before_cursor_execute", heard)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", heard)
