"""Finds a book by its file or by its name, and its cycles."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from flows.home import home
from tasks.errors import BrokerError, ConfigError
from tasks.journal import Journal, open_journal
from tasks.model.cycle import Cycle
from tasks.model.typed_commands import reviews_session

if TYPE_CHECKING:
    from rich.console import Console

    from flows.book_file import LoadedBook


def name_of(book: str) -> str:
    """The name of a book, given its name or the path of its file. Raises: ConfigError for neither."""
    if not book.strip():
        raise ConfigError("BOOK is empty: write the name of a book, or the path of its file")
    path = Path(book)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        from flows.book_file import load_book

        return load_book(path).book.book
    return book


def check_early(loaded: "LoadedBook", session: date | None) -> None:
    """Whether the book can be worked on a session, asked before anything slow is started.

    Raises: ConfigError for a day without trading, or one that the book's prices do not reach. A provider that does not
    answer now is asked again by the run, with its patience.
    """
    from flows.bootstrap import prices_of
    from flows.sessions import check_session

    if session is None:
        return
    try:
        check_session(session, loaded.book, prices_of(loaded.book, loaded.path.parent))
    except BrokerError:
        return


def must_be_worked_here(console: "Console", loaded: "LoadedBook") -> None:
    """Where the book was worked before, asked before anything slow is started; what is only told is printed.

    Raises: SecondJournalError where an account of the book belongs to another journal.
    """
    from flows.one_journal import other_journals

    with journal_here() as journal:
        for sentence in other_journals(journal, loaded, home()):
            console.print(f"[yellow]{sentence}; this is {home()}[/yellow]", soft_wrap=True)


@contextmanager
def journal_here() -> Iterator[Journal]:
    journal = open_journal(home())
    try:
        yield journal
    finally:
        journal.close()


def cycle_of(journal: Journal, book: str, session: date | None, kind: str = "rebalance") -> Cycle:
    """The named session of a book, or its newest, of one kind. Raises: ConfigError when there is none."""
    name = name_of(book)
    known = [cycle for cycle in journal.cycles.all(name) if cycle.kind == kind]
    if not known and kind != "rebalance":
        raise ConfigError(f"no {kind} of book `{name}` is on record in {home()}")
    if not known and (others := journal.cycles.all(name)):
        raise ConfigError(
            f"book `{name}` has no rebalance on record in {home()}, only a liquidation; of that one the report is "
            f"written anew by {reviews_session(others[0])}"
        )
    if not known:
        books = sorted({cycle.book for cycle in journal.cycles.all()})
        raise ConfigError(
            f"no session of book `{name}` is on record in {home()}; "
            + (f"on record: {', '.join(books)}" if books else "run `steelyard run books/demo.yaml` first")
        )
    if session is None:
        return known[0]
    for cycle in known:
        if cycle.session == session:
            return cycle
    recent = ", ".join(str(c.session) for c in known[:5])
    raise ConfigError(f"book `{name}` has no session {session} on record; the newest are {recent}")
