"""The journal: one database, a small drawer for each subject."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from sql.database import database_url, open_database
from tasks.errors import ConfigError
from tasks.journal.audit import Audit
from tasks.journal.books import Books
from tasks.journal.cancellations import Cancellations
from tasks.journal.cost_models import CostModels
from tasks.journal.cycles import Cycles
from tasks.journal.database_errors import fault_of, journal_error, translate_faults
from tasks.journal.decisions import Decisions
from tasks.journal.evidence import Drills, Examinations, Latencies
from tasks.journal.halts import Halts
from tasks.journal.known import Known
from tasks.journal.leases import Fence
from tasks.journal.looks import Looks
from tasks.journal.orders import Orders
from tasks.journal.permits import Permits
from tasks.journal.quotes import Quotes
from tasks.journal.reruns import Reruns
from tasks.journal.restatements import Restatements
from tasks.journal.reviews import Reviews
from tasks.journal.write_offs import WriteOffs
from tasks.storage import make_folder


@dataclass(frozen=True)
class Journal:
    """Everything on record in one database; `fence` is the lease under which orders may be written."""

    engine: Engine
    fence: Fence
    cycles: Cycles
    decisions: Decisions
    orders: Orders
    books: Books
    halts: Halts
    cancellations: Cancellations
    audit: Audit
    drills: Drills
    permits: Permits
    latencies: Latencies
    examinations: Examinations
    write_offs: WriteOffs
    reruns: Reruns
    reviews: Reviews
    cost_models: CostModels
    quotes: Quotes
    restatements: Restatements
    known: Known
    """What this process has read of the book it writes."""
    looks: Looks
    """Single questions that must be answered now."""

    @classmethod
    def over(cls, engine: Engine) -> "Journal":
        """All drawers over one open database, behind one fence."""
        translate_faults(engine)
        looks = Looks(engine)
        fence = Fence(engine, looks)
        known = Known(engine, fence, looks)
        cycles = Cycles(engine, known)
        return cls(
            engine,
            fence,
            cycles,
            Decisions(engine, known),
            Orders(engine, fence, known),
            Books(engine, known),
            Halts(engine),
            Cancellations(engine),
            Audit(engine),
            Drills(engine),
            Permits(looks, fence, known),
            Latencies(engine),
            Examinations(engine),
            WriteOffs(engine, known),
            Reruns(engine, known, cycles),
            Reviews(engine),
            CostModels(engine),
            Quotes(engine),
            Restatements(engine),
            known,
            looks,
        )

    def close(self) -> None:
        """Gives the connections back; what was committed stays, and a lease runs out by itself."""
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

    Raises: JournalUnreachableError when there is none at its address; JournalError when there is, and it fails;
    StorageError when the home cannot be.
    """
    make_folder(home)
    try:
        engine = open_database(database_url(home))
    except (SQLAlchemyError, OSError, ModuleNotFoundError) as error:
        cause = getattr(error, "orig", None) or error
        fault = fault_of(cause)
        if fault is not None:
            raise journal_error(fault, cause, where(home)) from error
        reason = str(cause).strip().splitlines()[0]
        raise JournalUnreachableError(f"the journal {where(home)} cannot be opened: {reason}") from error
    return Journal.over(engine)
