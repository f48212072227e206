"""A session's hours by the broker and by the exchange calendar, and which sessions are over: pure."""

from datetime import date, datetime, timedelta

from tasks.market_data import calendar
from tasks.model.plan import Finding, Severity

Hours = tuple[datetime, datetime]


def hours_findings(session: date, broker: str, told: Hours, expected: Hours) -> list[Finding]:
    """A warning when they differ: orders follow the broker's hours, history and schedules the calendar's."""
    if told == expected:
        return []
    message = (
        f"session {session}: {broker} says {_span(told)} UTC, the exchange calendar {_span(expected)} UTC. Orders "
        "follow the broker's hours; ask the exchange which is right, and update exchange-calendars if it is not"
    )
    return [Finding(Severity.WARN, "session_hours", str(session), message, session=session)]


def _span(hours: Hours) -> str:
    return f"{hours[0]:%H:%M} to {hours[1]:%H:%M}"


SETTLES = timedelta(minutes=30)
"""After the close: late prints are in the bar by then, and a free subscription may ask for it."""
A_DAY = timedelta(days=1)


def last_whole(now: datetime, exchange: str = "XNYS") -> date:
    """The newest session whose daily bar is whole at an instant (aware)."""
    today = now.astimezone(calendar.ZONE).date()
    newest = calendar.previous_session(today + A_DAY, exchange)
    if calendar.session_hours(newest, exchange)[1] + SETTLES <= now:
        return newest
    return calendar.previous_session(newest, exchange)


def last_whole_until(day: date, now: datetime, exchange: str = "XNYS") -> date:
    """The newest session no later than a day whose bar is whole; it may lie before the sessions that are asked for."""
    return calendar.previous_session(min(day, last_whole(now, exchange)) + A_DAY, exchange)
