"""What drills of halt, resume and liquidation have shown, each kept for good."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select

from sql.tables import drills
from tasks.journal.writing import add


@dataclass(frozen=True, slots=True)
class Drill:
    book: str
    passed: bool
    figures: Mapping[str, Any]
    """Each part's seconds, simulated minutes and counts."""
    at: datetime


class Drills:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(self, drill: Drill) -> None:
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
