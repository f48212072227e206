"""The journal: one database, a small drawer for each subject."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from sql.database import database_url, open_database
from tasks.errors import ConfigError
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


class JournalUnreachableError(ConfigError):
    """The database does not answer, or STEELYARD_DATABASE_URL is wrong; nothing was touched."""


def where(home: Path) -> str:
    """The database's address, as a person may see it: without its password."""
    try:
        return make_url(database_url(home)).render_as_string(hide_password=True)
    except ArgumentError:
        return "named by STEELYARD_DATABASE_URL"


def open_journal(home: Path) -> Journal:
    """The journal of one STEELYARD_HOME, at the newest schema.

    Raises: JournalUnreachableError when the database cannot be opened.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        engine = open_database(database_url(home))
    except (SQLAlchemyError, OSError, ModuleNotFoundError) as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        raise JournalUnreachableError(f"the journal {where(home)} cannot be opened: {reason}") from error
    return Journal(engine, Cycles(engine), Decisions(engine), Orders(engine), Books(engine))
