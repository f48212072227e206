"""A schedule knows weekdays and no holidays: on a day without trading a run that it fired ends green and says so."""

import os
from datetime import date
from pathlib import Path
from typing import Any

from prefect.states import Completed

from flows.book_file import load_book
from flows.prefect_run import run_log, scheduled_day
from flows.sessions import NO_SESSION, Asked, is_real_market
from tasks.market_data import calendar

SATURDAY = 5


def closed_today(book: Path, session: Asked) -> Any:
    """The end of a run that its schedule fired on a day without trading; None for every other run.

    A run that a person started means the newest session, whatever day it is; one that names its session means that one.
    The schedules of prefect.yaml leave weekends out: who lets a replay fire on one means it to.
    """
    day = scheduled_day(calendar.ZONE)
    if isinstance(session, date) or day is None:
        return None
    wanted = load_book(book).book
    sentence = not_a_session(day, wanted.exchange)
    if not sentence or (day.weekday() >= SATURDAY and not is_real_market(wanted, os.environ)):
        return None
    return green(book, sentence)


def green(book: Path, sentence: str) -> Any:
    """The end of a run that had nothing to do; its log and its state say why."""
    run_log().info(sentence)
    return Completed(message=sentence, data={"book": str(book), "status": NO_SESSION, "message": sentence})


def not_a_session(day: date, exchange: str) -> str:
    """What there is to say of a day without trading; empty for a session, half days included."""
    if calendar.is_session(day, exchange):
        return ""
    following = calendar.next_session(day, exchange)
    hours = ", a half day" if calendar.is_half_day(following, exchange) else ""
    return (
        f"{day:%A} {day} is not a session of {exchange}: the exchange is closed. Nothing was done; the next session is "
        f"{following:%A} {following}{hours}"
    )
