"""Two hundred requests a minute, counted in the journal: nearly all used, none refused by a venue that counts too."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tasks.brokers.alpaca.broker import AlpacaBroker
from tasks.brokers.sandbox.clock import VenueClock
from tasks.errors import OrderUnknownError
from tasks.journal import Journal, open_journal
from tasks.journal.rate_limits import WINDOW_S, JournalRateLimiter
from tests.contract.alpaca.desk import open_venue, wire_to
from tests.contract.alpaca.http_faults import answering
from tests.contract.world import ACCOUNT, World
from tests.unit.brokers.simulated.simulated_world import TUESDAY, buy

LIMIT = 200
MINUTES = 5


@dataclass
class Time:
    """Stands still, except when somebody sleeps."""

    at: float = 1_000_000.0

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = open_journal(tmp_path)
    yield opened
    opened.close()


def rate_limiter(journal: Journal, time: Time) -> JournalRateLimiter:
    return JournalRateLimiter(journal.engine, "alpaca trading", LIMIT, time.now, time.sleep)


def test_a_venue_that_enforces_the_limit_answers_five_minutes_of_requests(tmp_path: Path, journal: Journal) -> None:
    time = Time()
    mine, began = rate_limiter(journal, time), time.at
    with open_venue(World(tmp_path), requests_per_minute=LIMIT, clock=time.now) as venue:
        broker = AlpacaBroker(wire_to(venue, trading=mine), VenueClock(venue.url), ACCOUNT)
        for _ in range(LIMIT * MINUTES):
            broker.connect()

        assert (venue.meter.seen, venue.meter.refused) == (LIMIT * MINUTES, 0)
        assert LIMIT * MINUTES / (time.at - began + WINDOW_S) * 60 >= 0.97 * LIMIT


def test_too_many_requests_is_unknown_is_not_repeated_and_closes_the_door_until_the_reset(
    tmp_path: Path, journal: Journal
) -> None:
    time = Time(at=1_669_125_600.0)
    mine = rate_limiter(journal, time)
    with open_venue(World(tmp_path)) as venue:
        venue.exchange.begin(TUESDAY)
        broker = AlpacaBroker(wire_to(venue, trading=mine), VenueClock(venue.url), ACCOUNT)
        reset = ("X-RateLimit-Reset", str(int(time.at) + 30))
        venue.http_faults.plan(
            answering(429, {"code": 42910000, "message": "too many requests."}, reset, is_done=False)
        )

        with pytest.raises(OrderUnknownError):
            broker.submit(buy("k1", 10))
        asked = len(venue.seen)
        assert broker.find_order("k1") is None

    assert asked == 0
    assert time.at >= 1_669_125_630
