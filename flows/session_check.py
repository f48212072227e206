"""Whether a session was rebalanced at all: what nobody began says nothing by itself, so somebody has to ask."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.states import Failed

from flows.alerts.listeners import announced
from flows.book_file import load_book
from flows.closed_day import closed_today, green, not_a_session
from flows.home import home
from flows.named_end import named_end, said_by_its_state
from flows.prefect_run import log_event, scheduled_day
from flows.run_name import run_name_today
from flows.sessions import is_finished
from tasks.errors import SteelyardError
from tasks.journal import open_journal
from tasks.market_data import calendar
from tasks.model.cycle import Cycle, cycle_id_of
from tasks.model.desk_event import SESSION_MISSED, DeskEvent
from tasks.model.plan import Severity
from tasks.model.typed_commands import shell_word

AT_WORK = ("running", "waiting")
MISSED = "Missed"


@flow(name="session-check", flow_run_name=run_name_today, persist_result=False)
@named_end
def session_check(book: Path, session: date | None = None) -> Any:
    """Say so where a book was not rebalanced: its run never began, or ended before its work was done.

    Args:
        book: the book file, e.g. books/demo.yaml
        session: trading date; empty means today, at the exchange
    """
    if closed := closed_today(book, session):
        return closed
    loaded = load_book(book)
    day = session or scheduled_day(calendar.ZONE) or datetime.now(UTC).astimezone(calendar.ZONE).date()
    if closed := not_a_session(day, loaded.book.exchange):
        return green(book, closed)
    journal = open_journal(home())
    try:
        found = journal.cycles.find(loaded.book.book, day)
    finally:
        journal.close()
    sentence = why_missed(found, loaded.book.book, day, book)
    if not sentence:
        return green(book, f"{loaded.book.book} {day} is {found.status if found else 'done'}")
    with announced(found or _nothing(loaded.book.book, day), home(), log_event) as (_, announce):
        announce([DeskEvent(SESSION_MISSED, sentence, Severity.WARN)])
    missed = SteelyardError(sentence)
    said_by_its_state(missed)
    return Failed(name=MISSED, message=sentence, data=missed)


def why_missed(found: Cycle | None, book: str, day: date, file: Path) -> str:
    """No rebalance, and what to do; empty for a session that is done, at work or waits for a person."""
    remedy = f"`steelyard run {shell_word(file)} --session {day}` does it now"
    if found is None:
        return f"no rebalance of {book} on {day}: no run of it began; {remedy}"
    if is_finished(found) or found.status in AT_WORK:
        return ""
    why = f" ({found.message})" if found.message else ""
    return f"no rebalance of {book} on {day}: it is {found.status}{why}; when that is mended, {remedy}"


def _nothing(book: str, day: date) -> Cycle:
    """For the record of what did not happen."""
    now = datetime.now(UTC)
    return Cycle(cycle_id_of(book, day, "rebalance"), book, day, "", "research", 0, "", "", "", "", "", now, now)
