"""`steelyard rerun`: the steps of a session done again from one on, by name and with a reason."""

from datetime import date
from pathlib import Path
from typing import Any, cast, get_args

from rich.console import Console

from flows.book_file import load_book
from flows.commands.halt import said, signed
from flows.commands.interrupt import left_at_interrupt
from flows.commands.lookup import cycle_of, journal_here, must_be_worked_here
from flows.commands.startup import warmed_up
from flows.prefect_home import prepare_environment
from tasks.errors import ConfigError
from tasks.model.rerun_rules import FromStep
from tasks.wording import counted


def rerun_session(
    book: Path, session: date | None, from_step: str, who: str, because: str, *, as_json: bool
) -> dict[str, Any]:
    """One run of the flow; returns the session's summary.

    Raises: ConfigError for a step that is none, a session that is not on record, or without a name or a reason.
    """
    if from_step not in get_args(FromStep):
        raise ConfigError(f"--from {from_step}: no step to begin at; choose one of {', '.join(get_args(FromStep))}")
    who, because = signed(who), said(because, "--because")
    prepare_environment(quiet=True)
    loaded = load_book(book)
    console = Console(stderr=as_json)
    with journal_here() as journal:  # a wrong session is refused before anything slow is started
        day = cycle_of(journal, loaded.book.book, session).session
    must_be_worked_here(console, loaded)
    with left_at_interrupt(loaded.book.book), warmed_up():
        told = _run(console, loaded.path, day, cast("FromStep", from_step), who, because)
    if not as_json:
        console.print(
            f"{told['book']} {told['session']}: {told['status']}, {counted(told['orders'], 'order')}, "
            f"{counted(told['breaks'], 'break')}\n{told.get('report') or told['message']}",
            soft_wrap=True,
            highlight=False,
        )
    return told


def _run(console: Console, book: Path, session: date, step: FromStep, who: str, because: str) -> dict[str, Any]:
    from flows.bootstrap import watcher
    from flows.commands.progress import live_story
    from flows.rerun import rerun

    with live_story(console) as story:
        token = watcher.set(story.hear)
        try:
            return rerun(book=book, session=session, from_step=step, who=who, because=because)
        finally:
            watcher.reset(token)
