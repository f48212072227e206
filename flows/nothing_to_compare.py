"""A comparison that a schedule asks for every few minutes: where there is nothing to compare, it ends green at once."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from flows.book_file import load_book
from flows.bootstrap import rebalances, wall_clock
from flows.closed_day import green
from flows.home import home
from tasks.errors import LeaseHeldError
from tasks.journal import open_journal
from tasks.market_data import calendar

When = Literal["now", "while_open"]


def nothing_to_compare(book: Path, when: When, clock: Callable[[], datetime] = wall_clock) -> Any:
    """The end of a run that compares only while the market is open, and finds it closed or no session on record.

    None for every other run. Neither the broker nor a source of prices is asked.
    """
    if when == "now":
        return None
    wanted = load_book(book).book
    if sentence := closed_now(clock(), wanted.exchange):
        return green(book, sentence)
    journal = open_journal(home())
    try:
        known = rebalances(journal, wanted.book)
    finally:
        journal.close()
    return None if known else green(book, f"{wanted.book} has no session on record yet; there is nothing to compare")


def closed_now(now: datetime, exchange: str) -> str:
    """What there is to say outside the hours of a session, half days included; empty while the market is open."""
    local = now.astimezone(calendar.ZONE)
    if not calendar.is_session(local.date(), exchange):
        return f"{exchange} is closed on {local:%A} {local.date()}: nothing was compared"
    opens, closes = (at.astimezone(calendar.ZONE) for at in calendar.session_hours(local.date(), exchange))
    if opens <= local < closes:
        return ""
    return (
        f"{exchange} is closed at {local:%H:%M}; on {local.date()} it is open from {opens:%H:%M} to {closes:%H:%M}: "
        "nothing was compared"
    )


def works_by_itself(book: Path, when: When, held: LeaseHeldError) -> Any:
    """The end of a scheduled comparison of a book that a run works at this moment. Raises the error for every other."""
    if when == "now":
        raise held
    return green(book, f"{held}. Whoever works a book compares it before each wave")
