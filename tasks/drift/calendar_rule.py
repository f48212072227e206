"""The rhythm: which sessions a daily, weekly or monthly rebalance falls on, holidays and short months included."""

from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tasks.book.drift import DriftSettings
from tasks.errors import BadDataError

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


@dataclass(frozen=True, slots=True)
class Missed:
    """A rebalance of the rhythm that was due before today and was not worked."""

    due: date
    """The calendar date of the rule."""
    session: date
    """The session that stands for it: the date itself, or the one before a closed day."""
    why: str = ""
    """What the record says of that session."""


def calendar_date_due(rule: DriftSettings, session: date, sessions: Sequence[date]) -> date | None:
    """The calendar date whose rebalance is traded in `session`, or None when none is.

    A date without a session is traded in the preceding one: a Friday holiday on Thursday, a month that ends on a
    Sunday on Friday. So a session answers for itself and for the closed days after it. A date whose session was
    missed is due in no other: `missed_rebalance` finds it, and the book says whether to catch up.

    `sessions`: ascending trading dates around `session`, including it and at least one later.
    Raises: BadDataError when `session` is not among them, or nothing after it is known.
    """
    if rule.calendar == "never":
        return None
    if rule.calendar == "daily":
        return session
    closed = (following_session(session, sessions) - session).days
    answered_for = (session + timedelta(days=i) for i in range(closed))
    return next((day for day in answered_for if _is_nominal(rule, day)), None)


def missed_rebalance(
    rule: DriftSettings, last_worked: date | None, session: date, sessions: Sequence[date]
) -> Missed | None:
    """The newest date of the rule that was due after the last session that was worked and before this one.

    A book that works for the first time has missed nothing, and neither has a daily one: it trades today.
    `sessions` as in `calendar_date_due`; sessions before its first one are not looked at.
    """
    if last_worked is None or rule.calendar not in ("weekly", "monthly"):
        return None
    between = sessions[bisect_right(sessions, last_worked) : bisect_left(sessions, session)]
    due = ((calendar_date_due(rule, day, sessions), day) for day in reversed(between))
    return next((Missed(when, day) for when, day in due if when is not None), None)


def following_session(session: date, sessions: Sequence[date]) -> date:
    """The first session after `session`. Raises: BadDataError as `calendar_date_due`."""
    at = bisect_left(sessions, session)
    if at == len(sessions) or sessions[at] != session:
        raise BadDataError(f"{session} is not a session of the calendar given; pass the exchange's sessions around it")
    if at + 1 == len(sessions):
        raise BadDataError(f"the calendar ends at {session}; pass at least one later session")
    return sessions[at + 1]


def sessions_between(earlier: date, later: date, sessions: Sequence[date]) -> int:
    """Number of sessions strictly between two dates, as far as `sessions` (ascending) knows."""
    return max(bisect_left(sessions, later) - bisect_right(sessions, earlier), 0)


def _is_nominal(rule: DriftSettings, day: date) -> bool:
    if rule.calendar == "weekly":
        return day.weekday() == WEEKDAYS.index(rule.weekday)
    return day.day == min(rule.month_day, monthrange(day.year, day.month)[1])
