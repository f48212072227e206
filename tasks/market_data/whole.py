"""Which sessions are over, so that their bars are whole: by a broker's clock, on the exchange's calendar. Pure."""

from datetime import date, datetime, timedelta

from tasks.market_data import calendar

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
