"""The rhythm of a book on real exchange calendars, holidays and month-ends included."""

import itertools
from datetime import date, timedelta

import exchange_calendars
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.book.drift import DriftSettings
from tasks.drift.calendar_rule import calendar_date_due, following_session, missed_rebalance, sessions_between
from tasks.errors import BadDataError

SESSIONS = tuple(
    d.date() for d in exchange_calendars.get_calendar("XNYS").sessions_in_range("2021-12-01", "2024-01-31")
)
YEAR = tuple(d for d in SESSIONS if d.year == 2022)


def sessions_due(**rule) -> list[date]:
    settings = DriftSettings(**rule)
    return [d for d in YEAR if calendar_date_due(settings, d, SESSIONS)]


def test_never_is_never_and_daily_is_every_session():
    assert sessions_due(calendar="never") == []
    assert sessions_due(calendar="daily") == list(YEAR)


def test_a_monday_holiday_is_traded_on_the_friday_before():
    """2022-12-26 is the observed Christmas holiday."""
    rule = DriftSettings(calendar="weekly", weekday="monday")
    assert calendar_date_due(rule, date(2022, 12, 23), SESSIONS) == date(2022, 12, 26)
    assert calendar_date_due(rule, date(2022, 12, 27), SESSIONS) is None


def test_good_friday_is_traded_on_the_thursday_before():
    due = sessions_due(calendar="weekly", weekday="friday")
    assert date(2022, 4, 14) in due
    assert date(2022, 4, 15) not in YEAR


@pytest.mark.parametrize("weekday", ["monday", "tuesday", "wednesday", "thursday", "friday"])
def test_every_week_of_a_year_has_exactly_one_weekly_session(weekday):
    due = [calendar_date_due(DriftSettings(calendar="weekly", weekday=weekday), d, SESSIONS) for d in SESSIONS[:-1]]
    dates = [d for d in due if d]
    assert {b - a for a, b in itertools.pairwise(dates)} == {timedelta(days=7)}


def test_month_ends_are_the_last_sessions_of_their_months():
    last_of = {d.month: d for d in YEAR}
    assert sessions_due(calendar="monthly", month_day=31) == list(last_of.values())


def test_a_month_that_ends_on_a_weekend_is_traded_on_the_friday():
    assert date(2022, 4, 29) in sessions_due(calendar="monthly", month_day=31)
    assert date(2022, 7, 29) in sessions_due(calendar="monthly", month_day=30)


def test_the_thirtieth_of_february_is_its_last_day():
    rule = DriftSettings(calendar="monthly", month_day=30)
    assert calendar_date_due(rule, date(2022, 2, 28), SESSIONS) == date(2022, 2, 28)


def test_new_years_day_belongs_to_the_last_session_of_the_old_year():
    rule = DriftSettings(calendar="monthly", month_day=1)
    assert calendar_date_due(rule, date(2022, 12, 30), SESSIONS) == date(2023, 1, 1)


@given(st.integers(1, 31))
def test_every_month_has_exactly_one_monthly_date(month_day):
    rule = DriftSettings(calendar="monthly", month_day=month_day)
    dates = [due for d in SESSIONS[:-1] if (due := calendar_date_due(rule, d, SESSIONS))]
    months = [(d.year, d.month) for d in dates]
    assert len(set(months)) == len(months)
    assert {(2022, month) for month in range(1, 13)} <= set(months)


def test_a_day_that_is_no_session_is_refused():
    with pytest.raises(BadDataError, match="not a session"):
        calendar_date_due(DriftSettings(calendar="weekly"), date(2022, 12, 26), SESSIONS)


def test_a_calendar_that_ends_today_cannot_answer():
    with pytest.raises(BadDataError, match="at least one later"):
        following_session(SESSIONS[-1], SESSIONS)


def test_sessions_between_two_dates_count_neither():
    assert sessions_between(date(2022, 12, 22), date(2022, 12, 28), SESSIONS) == 2
    assert sessions_between(date(2022, 12, 28), date(2022, 12, 28), SESSIONS) == 0


# --- a day that was missed ---

FRIDAYS = DriftSettings(calendar="weekly", weekday="friday")


def missed(rule: DriftSettings, last_worked: str | None, session: str) -> tuple[date, date] | None:
    """(the date of the rule, the session that should have traded it)."""
    found = missed_rebalance(
        rule, date.fromisoformat(last_worked) if last_worked else None, date.fromisoformat(session), SESSIONS
    )
    return (found.due, found.session) if found else None


def test_the_weekly_day_on_which_the_machine_was_off_is_missed_on_monday():
    assert missed(FRIDAYS, "2022-03-03", "2022-03-07") == (date(2022, 3, 4), date(2022, 3, 4))


def test_good_friday_was_missed_when_the_thursday_before_it_was():
    assert missed(FRIDAYS, "2022-04-13", "2022-04-18") == (date(2022, 4, 15), date(2022, 4, 14))


def test_a_month_end_is_missed_on_the_first_session_of_the_next_month():
    rule = DriftSettings(calendar="monthly", month_day=31)
    assert missed(rule, "2022-04-28", "2022-05-02") == (date(2022, 4, 30), date(2022, 4, 29))


def test_of_several_missed_days_the_newest_counts():
    assert missed(FRIDAYS, "2022-03-02", "2022-03-29") == (date(2022, 3, 25), date(2022, 3, 25))


@pytest.mark.parametrize(
    ("rule", "last_worked", "session"),
    [
        (FRIDAYS, "2022-03-04", "2022-03-07"),
        (FRIDAYS, "2022-03-07", "2022-03-08"),
        (FRIDAYS, None, "2022-03-07"),
        (DriftSettings(calendar="daily"), "2022-03-01", "2022-03-07"),
        (DriftSettings(calendar="never"), "2022-03-01", "2022-03-07"),
    ],
    ids=["worked on its day", "told on the session before", "a book that begins", "daily", "never"],
)
def test_nothing_is_missed_by_a_book_that_was_there(rule, last_worked, session):
    assert missed(rule, last_worked, session) is None


@given(st.sampled_from(YEAR[1:]), st.sampled_from(["weekly", "monthly"]))
def test_a_book_that_works_every_session_misses_nothing(session, calendar):
    before = SESSIONS[SESSIONS.index(session) - 1]
    assert missed_rebalance(DriftSettings(calendar=calendar), before, session, SESSIONS) is None
