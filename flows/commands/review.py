"""`steelyard review`: a worked session compared with the broker once more, and its report written anew."""

from datetime import date
from pathlib import Path
from typing import Any, Literal, cast

from rich.console import Console

from flows.book_file import load_book
from flows.commands.interrupt import left_at_interrupt
from flows.commands.lookup import cycle_of, journal_here, must_be_worked_here
from flows.commands.sign_off import standing
from flows.commands.startup import warmed_up
from flows.prefect_home import prepare_environment
from tasks.tca.under_review import under_review
from tasks.wording import counted


def review_session(book: Path, session: date | None, *, as_json: bool, kind: str = "rebalance") -> dict[str, Any]:
    """One run of the flow; returns the session's summary. Raises: ConfigError for a session that is not on record."""
    prepare_environment(quiet=True)
    loaded = load_book(book)
    console = Console(stderr=as_json)
    with journal_here() as journal:  # a wrong session is refused before anything slow is started
        day = cycle_of(journal, loaded.book.book, session, kind).session
    must_be_worked_here(console, loaded)
    with left_at_interrupt(loaded.book.book), warmed_up():
        told = _run(console, loaded.path, day, kind)
    if not as_json:
        breaks, stands = counted(told.get("breaks", 0), "break"), _standing(loaded.book.book, day, kind)
        console.print(
            f"{told['book']} {told['session']}: {breaks}. {stands}\n{told.get('report') or told['message']}",
            soft_wrap=True,
            highlight=False,
            markup=False,
        )
    return told


def _standing(book: str, session: date, kind: str) -> str:
    """How the report stands with those who review it, as it is on record now."""
    with journal_here() as journal:
        cycle = cycle_of(journal, book, session, kind)
        return standing(cycle, under_review(journal, cycle))


def _run(console: Console, book: Path, session: date, kind: str) -> dict[str, Any]:
    from flows.bootstrap import watcher
    from flows.commands.progress import live_story
    from flows.review import review

    with live_story(console) as story:
        token = watcher.set(story.hear)
        try:
            return review(book=book, session=session, kind=cast('Literal["rebalance", "liquidation"]', kind))
        finally:
            watcher.reset(token)
