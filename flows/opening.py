"""The composition root: names every dependency of a run once, and decides which cycle it works on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from flows.book import Mode
from flows.book_file import LoadedBook, load_book
from flows.book_file.recorded import recorded_book
from flows.home import home
from tasks.brokers.factory import open_broker
from tasks.desk import Desk, Listener, StepEvent
from tasks.errors import ConfigError
from tasks.journal import Journal, open_journal
from tasks.journal.cycles import Cycle
from tasks.market_data import calendar
from tasks.market_data.protocol import Source
from tasks.market_data.source import open_source


def _silent(_event: StepEvent) -> None:
    """Nobody watches."""


watcher: ContextVar[Listener] = ContextVar("watcher", default=_silent)
"""Who is told about each step; a flow's parameters must be plain values, so this travels beside them."""


def wall_clock() -> datetime:
    return datetime.now(UTC)


@contextmanager
def open_desk(
    book_path: Path,
    session: date | None,
    mode: Mode | None,
    clock: Callable[[], datetime] = wall_clock,
    *,
    existing: bool = False,
) -> Iterator[Desk]:
    """Everything a run needs, closed again afterwards; `existing` looks at a session on record and begins none.

    Raises: ConfigError for a wrong book file, a day without trading, or a session the source or broker cannot serve.
    """
    loaded = load_book(book_path)
    folder = home()
    source = open_source(loaded.book.data, loaded.path.parent)
    day = session or source.available()[1]
    _check_session(day, source, loaded)
    journal = open_journal(folder)
    try:
        cycle = _existing(journal, loaded, day) if existing else _cycle(journal, loaded, day, mode, clock())
        book = loaded.book if cycle.book_sha256 == loaded.sha256 else recorded_book(cycle.book_text, loaded.path)
        broker = open_broker(book.broker, folder, source, calendar.session_hours)
        yield Desk(
            book=book.model_copy(update={"mode": cycle.mode}),
            base=loaded.path.parent,
            home=folder,
            cycle=cycle,
            journal=journal,
            source=source,
            broker=broker,
            clock=clock,
            listener=watcher.get(),
        )
    finally:
        journal.close()


def _check_session(day: date, source: Source, loaded: LoadedBook) -> None:
    exchange = loaded.book.exchange
    if not calendar.is_session(day, exchange):
        before, after = calendar.previous_session(day, exchange), calendar.next_session(day, exchange)
        raise ConfigError(
            f"{day} is not a session of {exchange}: the exchange is closed. The sessions around it are {before} and "
            f"{after}"
        )
    first, last = source.available()
    if not first < day <= last:
        raise ConfigError(
            f"session {day} is outside the data of source `{source.name}` ({first} to {last}); "
            "choose a session within it"
        )


def _cycle(journal: Journal, loaded: LoadedBook, day: date, mode: Mode | None, now: datetime) -> Cycle:
    """The cycle of this book and session: new, as it was left, or begun anew where it stopped without an order."""
    _check_account(journal, loaded)
    fresh = Cycle(
        cycle_id=f"{loaded.book.book}:{day.isoformat()}",
        book=loaded.book.book,
        session=day,
        account=loaded.book.broker.account,
        mode=mode or loaded.book.mode,
        attempt=1,
        status="running",
        message="",
        book_file=str(loaded.path),
        book_sha256=loaded.sha256,
        book_text=loaded.text,
        created_at=now,
        changed_at=now,
    )
    found = journal.cycles.open(fresh)
    if not needs_new_attempt(found, fresh, ordered=bool(journal.orders.orders(found.cycle_id))):
        return found
    return journal.cycles.begin_attempt(
        replace(found, mode=fresh.mode, book_sha256=fresh.book_sha256, book_text=fresh.book_text), now
    )


def _check_account(journal: Journal, loaded: LoadedBook) -> None:
    """Two books on one account would each take the other's trades for breaks."""
    name, account = loaded.book.book, loaded.book.broker.account
    owners = sorted({known.book for known in journal.cycles.all() if known.account == account and known.book != name})
    if owners:
        raise ConfigError(
            f"{loaded.path}: broker.account {account} already belongs to book {owners[0]}; "
            f"give book {name} an account of its own, or go on under the name {owners[0]}"
        )


def _existing(journal: Journal, loaded: LoadedBook, day: date) -> Cycle:
    found = journal.cycles.find(loaded.book.book, day)
    if found is None:
        raise ConfigError(f"book {loaded.book.book} has no session {day} on record; rebalance it first")
    return found


def needs_new_attempt(found: Cycle, wanted: Cycle, *, ordered: bool) -> bool:
    """Whether to decide the session anew.

    Once orders exist, or the session is done, what was approved is what is worked: a later change of the book file
    counts for the next session. Before that, a stop (bad data, no plan, no approval) or a changed book begins again.
    """
    if ordered or found.status == "done":
        return False
    changed = found.book_sha256 != wanted.book_sha256 or found.mode != wanted.mode
    return found.status == "stopped" or changed
