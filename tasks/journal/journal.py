"""The journal: one database, a small drawer for each subject."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from sql.database import database_url, open_database
from tasks.journal.books import Books
from tasks.journal.cycles import Cycles
from tasks.journal.decisions import Decisions
from tasks.journal.orders import Orders


@dataclass(frozen=True)
class Journal:
    engine: Engine
    cycles: Cycles
    decisions: Decisions
    orders: Orders
    books: Books

    def close(self) -> None:
        self.engine.dispose()


def open_journal(home: Path) -> Journal:
    """The journal of one STEELYARD_HOME, at the newest schema."""
    home.mkdir(parents=True, exist_ok=True)
    engine = open_database(database_url(home))
    return Journal(engine, Cycles(engine), Decisions(engine), Orders(engine), Books(engine))
