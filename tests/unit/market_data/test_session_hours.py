"""A session whose hours the broker and the calendar tell differently is said so."""

from datetime import UTC, date, datetime

from tasks.market_data import calendar
from tasks.market_data.session_hours import hours_findings
from tasks.model.plan import Severity

DAY = date(2022, 11, 23)
USUAL = calendar.session_hours(DAY)


def test_equal_hours_are_nothing_to_tell_whatever_zone_they_are_told_in() -> None:
    in_new_york = (USUAL[0].astimezone(calendar.ZONE), USUAL[1].astimezone(calendar.ZONE))
    assert hours_findings(DAY, "alpaca", in_new_york, USUAL) == []


def test_an_early_close_that_the_calendar_does_not_know_is_a_warning_with_both_hours() -> None:
    early = (USUAL[0], datetime(2022, 11, 23, 18, 0, tzinfo=UTC))
    (finding,) = hours_findings(DAY, "alpaca", early, USUAL)
    assert (finding.severity, finding.check, finding.session) == (Severity.WARN, "session_hours", DAY)
    assert "alpaca says 14:30 to 18:00 UTC, the exchange calendar 14:30 to 21:00 UTC" in finding.message


def test_a_late_open_is_a_warning_too() -> None:
    late = (datetime(2022, 11, 23, 15, 30, tzinfo=UTC), USUAL[1])
    assert "alpaca says 15:30 to 21:00" in hours_findings(DAY, "alpaca", late, USUAL)[0].message
