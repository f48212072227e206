"""A week's or a quarter's sessions of a book in one report, from the reports that are on record."""

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.runtime import flow_run
from pydantic import ValidationError

from flows.book_file import load_book
from flows.book_file.load import recorded_book
from flows.bootstrap import wall_clock
from flows.closed_day import green
from flows.commands.lookup import journal_here
from flows.desk.report_address import report_address
from flows.home import home
from flows.named_end import named_end
from flows.prefect_run import current_run, run_log, scheduled_day
from flows.sessions import is_real_market
from tasks.artifacts import file_link, publish_apart, slug
from tasks.book.model import Book
from tasks.errors import ConfigError
from tasks.journal import Journal
from tasks.market_data import calendar
from tasks.model.artifact import Artifact
from tasks.model.cycle import Cycle
from tasks.tca.gather_period import (
    NOTHING,
    Beside,
    Reported,
    gather,
    reported_sessions,
    reviews_of,
    write_period,
)
from tasks.tca.period import Length, Period, PeriodReport, period_before, period_of
from tasks.wording import counted, dollars


def _named() -> str:
    given = flow_run.parameters
    return f"{Path(given['book']).stem} {given['length']} {given.get('day') or 'newest'}"


@flow(name="period-report", flow_run_name=_named, persist_result=False)
@named_end
def period_report(book: Path, length: Length, day: date | None = None) -> dict[str, Any]:
    """Add up the reports of a week's or a quarter's sessions: HTML, JSON and CSV in the folder of the book's reports.

    Args:
        book: the book file, e.g. books/demo.yaml
        length: `week`, Monday to Sunday, or `quarter`, of the calendar
        day: any day of the period; empty means the last one that was over when a schedule fired, and otherwise the one
            of the newest session on record
    """
    wanted = load_book(book).book
    with journal_here() as journal:
        period = _period(journal, wanted, length, day)
        sessions = reported_sessions(journal, wanted.book, period) if period else []
        beside = records_beside(journal, wanted.book, period, sessions) if period else NOTHING
    if period is None or not sessions:
        within = f" from {period.first} to {period.last}" if period else ""
        return green(book, f"{wanted.book} has no session with a report on record{within}; nothing was written")
    report = gather(wanted.book, wanted.exchange, period, sessions, wall_clock(), beside)
    page = write_period(report, home() / "reports" / wanted.book / "periods" / period.name)
    told = summary_of(report)
    if current_run() is not None:
        run_log().info("%s: %s", told, page)
    card = Artifact(
        f"{wanted.book}, {period.name}", f"{told}\n\n{file_link('Report', page, report_address(home(), page))}"
    )
    publish_apart(slug(f"{wanted.book}-{length}"), card, on_run=True)
    return {"book": wanted.book, "period": period.name, "status": "done", "message": told, "report": str(page)}


def records_beside(journal: Journal, book: str, period: Period, sessions: Sequence[Reported]) -> Beside:
    """The period before, the policy that each session was worked by, and how far the reviews have come."""
    books = [(cycle.session, known) for cycle, _ in sessions if (known := _book_of(cycle)) is not None]
    return Beside(
        before=tuple(reported_sessions(journal, book, period_before(period.first, period.length))),
        policies=tuple((session, (known.tca, known.execution)) for session, known in books),
        reviews=reviews_of(journal, sessions),
    )


def _book_of(cycle: Cycle) -> Book | None:
    """As the session was worked by it; None where this version no longer reads the text."""
    try:
        return recorded_book(cycle.book_text, cycle.book_file)
    except (ConfigError, ValidationError):
        return None


def _period(journal: Journal, book: Book, length: Length, day: date | None) -> Period | None:
    """A replay's days are not those of its schedule; None where the book has no session at all."""
    fired = scheduled_day(calendar.ZONE)
    if day is None and fired is not None and is_real_market(book, os.environ):
        return period_before(fired, length)
    newest = day or max((cycle.session for cycle in journal.cycles.all(book.book)), default=None)
    return None if newest is None else period_of(newest, length)


def summary_of(report: PeriodReport) -> str:
    """E.g. `demo, 2022-W52: 2 sessions with 12 orders; they cost $120.50, 3.10 bps of what was decided`."""
    total = report.total
    told = f"{report.book}, {report.period.name}: {counted(len(report.sessions), 'session')} with "
    told += counted(total.orders, "order")
    if total.total_usd is None or total.total_bps is None:
        return told
    verb = "cost" if total.total_usd >= 0 else "gained"
    return f"{told}; they {verb} {dollars(abs(total.total_usd))}, {abs(total.total_bps):.2f} bps of what was decided"
