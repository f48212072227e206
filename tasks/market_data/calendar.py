"""Sessions, half days and holidays of an exchange; every instant is UTC, every date is the exchange's trading date."""

from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pandas as pd

from tasks.errors import ConfigError

if TYPE_CHECKING:
    from exchange_calendars import ExchangeCalendar

ZONE = ZoneInfo("America/New_York")
"""Of the exchanges that are traded here: where their dates begin and end."""
FIRST_DAY = "1970-01-01"
LAST_DAY = "2050-12-31"
"""Fixed bounds: the library's own move with today's date, and a rerun must see the same calendar."""


@lru_cache(maxsize=8)
def _calendar(exchange: str) -> "ExchangeCalendar":
    from exchange_calendars import get_calendar
    from exchange_calendars.errors import InvalidCalendarName

    try:
        return get_calendar(exchange, start=FIRST_DAY, end=LAST_DAY, side="left")
    except InvalidCalendarName as error:
        raise ConfigError(f"exchange: {exchange!r} is not a known calendar; use XNYS or XNAS") from error


def sessions_between(first: date, last: date, exchange: str = "XNYS") -> pd.DatetimeIndex:
    """Sessions from first to last, both included, as midnights without zone.

    Raises: ConfigError when a day lies outside 1970 to 2050.
    """
    start, end = _inside(first, exchange), _inside(last, exchange)
    sessions = _calendar(exchange).sessions
    return sessions[sessions.searchsorted(start) : sessions.searchsorted(end, side="right")]


def sessions_before(session: date, count: int, exchange: str = "XNYS") -> pd.DatetimeIndex:
    """The `count` sessions right before a date (which need not be one), oldest first."""
    sessions = _calendar(exchange).sessions
    end = int(sessions.searchsorted(_inside(session, exchange)))
    if count > end:
        raise ConfigError(f"{count} sessions before {session} reach back beyond {FIRST_DAY}; ask for fewer")
    return sessions[end - count : end]


def sessions_back(day: date, count: int, exchange: str = "XNYS") -> date:
    """The session `count` sessions before a date: 1 is the previous one."""
    return sessions_before(day, count, exchange)[0].date()


def is_session(day: date, exchange: str = "XNYS") -> bool:
    """By the exchange's calendar, half days included."""
    return _inside(day, exchange) in _calendar(exchange).sessions


def previous_session(day: date, exchange: str = "XNYS") -> date:
    """The last session before a date, which need not be a session itself."""
    return sessions_back(day, 1, exchange)


def next_session(day: date, exchange: str = "XNYS") -> date:
    """The first session after a date, which need not be a session itself."""
    sessions = _calendar(exchange).sessions
    place = int(sessions.searchsorted(_inside(day, exchange), side="right"))
    if place == len(sessions):
        raise ConfigError(f"no session after {day}: the calendar ends on {LAST_DAY}")
    return sessions[place].date()


def session_hours(session: date, exchange: str = "XNYS") -> tuple[datetime, datetime]:
    """Open and close of a session, UTC, half days included.

    Raises: ConfigError when the exchange does not trade on that date.
    """
    label = _session_label(session, exchange)
    calendar = _calendar(exchange)
    return calendar.session_open(label).to_pydatetime(), calendar.session_close(label).to_pydatetime()


def is_half_day(session: date, exchange: str = "XNYS") -> bool:
    """Whether a session closes early; raises ConfigError when the exchange does not trade on that date."""
    return _session_label(session, exchange) in _calendar(exchange).early_closes


def _session_label(session: date, exchange: str) -> pd.Timestamp:
    if not is_session(session, exchange):
        raise ConfigError(
            f"{session} is not a session of {exchange} (weekend or holiday); "
            f"the sessions around it are {previous_session(session, exchange)} and {next_session(session, exchange)}"
        )
    return pd.Timestamp(session)


def _inside(day: date, exchange: str) -> pd.Timestamp:
    stamp = pd.Timestamp(day)
    if not pd.Timestamp(FIRST_DAY) <= stamp <= pd.Timestamp(LAST_DAY):
        raise ConfigError(f"{day} is outside the {exchange} calendar ({FIRST_DAY} to {LAST_DAY}); correct the date")
    return stamp
