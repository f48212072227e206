"""A schedule fires on after the last session of a replay: such a run ends green and says where the prices end."""

import os
from pathlib import Path
from typing import Any

from flows.book_file import load_book
from flows.bootstrap import prices_of, rebalances
from flows.closed_day import green
from flows.home import home
from flows.sessions import NEXT, Asked, NoNextSessionError, is_real_market, session_asked
from tasks.book.model import Mode
from tasks.journal import open_journal


def no_next_session(book: Path, session: Asked, mode: Mode | None, until: str) -> Any:
    """The end of a run that asks for the next session of a book that has none left; None for every other run.

    A real market always has a next one.
    """
    if session != NEXT:
        return None
    loaded = load_book(book)
    if is_real_market(loaded.book, os.environ):
        return None
    planning = until == "plan" or (mode or loaded.book.mode) == "research"
    journal = open_journal(home())
    try:
        on_record = rebalances(journal, loaded.book.book)
        source = prices_of(loaded.book, loaded.path.parent, journal)
        session_asked(session, loaded.book, source, on_record, planning=planning)
    except NoNextSessionError as end:
        return green(book, f"nothing was done: {end}")
    finally:
        journal.close()
    return None
