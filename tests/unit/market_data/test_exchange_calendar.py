"""Sessions, half days and holidays."""

from datetime import UTC, date, datetime

import pytest

from tasks.errors import ConfigError
from tasks.market_data import calendar


def test_a_holiday_is_no_session_and_the_session_before_it_is_found():
    assert not calendar.is_session(date(2022, 6, 20))
    assert calendar.previous_session(date(2022, 6, 20)) == date(2022, 6, 17)
    assert calendar.next_session(date(2022, 6, 17)) == date(2022, 6, 21)


def test_the_previous_session_of_a_session_is_not_itself():
    assert calendar.previous_session(date(2022, 12, 28)) == date(2022, 12, 27)


def test_a_half_day_closes_at_one_in_new_york():
    assert calendar.is_half_day(date(2022, 11, 25))
    assert calendar.session_hours(date(2022, 11, 25)) == (
        datetime(2022, 11, 25, 14, 30, tzinfo=UTC),
        datetime(2022, 11, 25, 18, 0, tzinfo=UTC),
    )


def test_summer_time_moves_the_hours_in_utc():
    assert calendar.session_hours(date(2022, 7, 1)) == (
        datetime(2022, 7, 1, 13, 30, tzinfo=UTC),
        datetime(2022, 7, 1, 20, 0, tzinfo=UTC),
    )
    assert not calendar.is_half_day(date(2022, 7, 1))


def test_the_hours_of_a_holiday_are_refused_with_the_sessions_around_it():
    with pytest.raises(ConfigError, match="2023-06-16 and 2023-06-20"):
        calendar.session_hours(date(2023, 6, 19))


def test_the_calendar_knows_1990():
    sessions = calendar.sessions_between(date(1990, 1, 1), date(1990, 1, 5))
    assert [day.date() for day in sessions] == [date(1990, 1, day) for day in (2, 3, 4, 5)]


def test_counting_back_starts_at_the_session_before():
    assert calendar.sessions_back(date(2022, 12, 27), 1) == date(2022, 12, 23)
    assert len(calendar.sessions_before(date(2022, 12, 27), 504)) == 504


def test_an_unknown_exchange_or_a_day_beyond_the_calendar_is_refused():
    with pytest.raises(ConfigError, match="XXXX"):
        calendar.is_session(date(2022, 1, 3), "XXXX")
    with pytest.raises(ConfigError, match="outside"):
        calendar.is_session(date(2060, 1, 3))
