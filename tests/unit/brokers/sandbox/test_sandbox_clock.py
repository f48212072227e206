"""A simulated clock counts only where the venue itself says that orders go to it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tasks.brokers.sandbox.address import is_named, same_place, venue_clock
from tasks.brokers.sandbox.clock_server import ClockServer
from tasks.errors import BrokerError, ConfigError

NOON = datetime(2024, 3, 4, 17, 0, tzinfo=UTC)
TWS = "127.0.0.1:7497"


class Hand:
    """A clock that is moved by hand, as an exchange's."""

    at = NOON

    def now(self) -> datetime:
        return self.at

    def advance(self, until: datetime) -> datetime:
        self.at = max(self.at, until)
        return self.at


@pytest.fixture
def desk() -> Iterator[ClockServer]:
    hand = Hand()
    with ClockServer(TWS, hand.now, hand.advance) as opened:
        yield opened


def test_waiting_moves_the_clock_of_the_venue_that_takes_the_orders(desk: ClockServer) -> None:
    clock = venue_clock({"STEELYARD_VENUE": desk.url}, "localhost:7497", "ibkr", live=False)
    assert clock is not None
    assert (clock.jumps, clock.now()) == (True, NOON)
    assert clock.wait_until(NOON + timedelta(hours=1)) == NOON + timedelta(hours=1)
    assert clock.wait_until(NOON) == NOON + timedelta(hours=1)


def test_without_the_variable_nothing_jumps() -> None:
    assert not is_named({})
    assert venue_clock({}, TWS, "ibkr", live=False) is None


def test_real_money_never_meets_a_simulated_clock(desk: ClockServer) -> None:
    with pytest.raises(ConfigError, match=r"broker\.live: true"):
        venue_clock({"STEELYARD_VENUE": desk.url}, TWS, "ibkr", live=True)


@pytest.mark.parametrize("place", ["127.0.0.1:4002", "paper.example.com:7497", "https://paper-api.alpaca.markets"])
def test_a_broker_elsewhere_is_refused_a_simulated_clock(desk: ClockServer, place: str) -> None:
    """A variable that was left over, and a real TWS or the real Alpaca."""
    with pytest.raises(ConfigError, match="is the broker at"):
        venue_clock({"STEELYARD_VENUE": desk.url}, place, "ibkr", live=False)


def test_an_address_elsewhere_is_not_even_asked() -> None:
    with pytest.raises(ConfigError, match="is not on this machine"):
        venue_clock({"STEELYARD_VENUE": "http://198.51.100.7:80"}, "198.51.100.7:80", "ibkr", live=False)


def test_a_venue_that_was_stopped_is_said_with_the_remedy() -> None:
    with pytest.raises(ConfigError, match="steelyard venue"):
        venue_clock({"STEELYARD_VENUE": "http://127.0.0.1:9"}, TWS, "ibkr", live=False)


def test_of_several_venues_each_broker_gets_its_own(desk: ClockServer) -> None:
    hand = Hand()
    with ClockServer("127.0.0.1:4002", hand.now, hand.advance) as other:
        named = {"STEELYARD_VENUE": f"{desk.url} {other.url}"}
        clock = venue_clock(named, "127.0.0.1:4002", "ibkr", live=False)
    assert clock is not None
    assert clock.url == other.url


def test_a_venue_that_stops_in_the_middle_is_a_brokers_fault() -> None:
    hand = Hand()
    with ClockServer(TWS, hand.now, hand.advance) as desk:
        clock = venue_clock({"STEELYARD_VENUE": desk.url}, TWS, "ibkr", live=False)
    assert clock is not None
    with pytest.raises(BrokerError, match="start the venue again"):
        clock.now()


def test_loopback_has_several_names() -> None:
    assert same_place("http://localhost:80", "127.0.0.1:80")
    assert not same_place("127.0.0.1:80", "127.0.0.1:81")
    assert not same_place("10.0.0.1:80", "127.0.0.1:80")
