"""Hours of a session: Alpaca tells New York's wall clock without saying so."""

from datetime import UTC, date, datetime

import pytest
from alpaca.trading.models import Calendar
from alpaca.trading.requests import GetCalendarRequest

from tasks.brokers.alpaca.broker import AlpacaBroker
from tasks.brokers.sandbox.alpaca.server import AlpacaVenue
from tests.contract.alpaca.http_faults import naive

SUMMER, WINTER, HALF_DAY = date(2022, 7, 5), date(2022, 11, 22), date(2022, 11, 25)


def test_the_library_tells_hours_without_a_zone(venue: AlpacaVenue) -> None:
    (day,) = naive(venue).get_calendar(GetCalendarRequest(start=WINTER, end=WINTER))

    assert isinstance(day, Calendar)
    assert (day.open.isoformat(), day.open.tzinfo) == ("2022-11-22T09:30:00", None)


@pytest.mark.parametrize(("session", "opens", "closes"), [(SUMMER, 13, 20), (WINTER, 14, 21), (HALF_DAY, 14, 18)])
def test_hours_are_in_utc_in_summer_and_winter(broker: AlpacaBroker, session: date, opens: int, closes: int) -> None:
    """Naive code takes them for its own zone, and trades hours early or late."""
    open_at, close_at = broker.session_hours(session)

    assert open_at == datetime(session.year, session.month, session.day, opens, 30, tzinfo=UTC)
    assert close_at == datetime(session.year, session.month, session.day, closes, tzinfo=UTC)
