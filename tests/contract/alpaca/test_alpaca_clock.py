"""The broker's clock: its own word every minute, a steady counter in between, naps in place of one long sleep."""

from datetime import UTC, datetime, timedelta

import pytest

from tasks.brokers.alpaca.clock import LONGEST_NAP_S, READ_AGAIN_S, TRY_AGAIN_S, BrokerClock
from tasks.errors import BrokerError

NINE = datetime(2022, 11, 22, 9, 0, tzinfo=UTC)


class World:
    """A broker's clock that runs with our counter, and may be set."""

    def __init__(self) -> None:
        self.steady, self.ahead, self.asked, self.is_up = 0.0, timedelta(0), 0, True
        self.naps: list[float] = []

    def read(self) -> datetime:
        self.asked += 1
        if not self.is_up:
            raise BrokerError("no answer; ask again")
        return NINE + self.ahead + timedelta(seconds=self.steady)

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.steady += seconds

    def clock(self) -> BrokerClock:
        return BrokerClock(self.read, lambda: self.steady, self.sleep)


def test_the_broker_is_asked_once_a_minute_and_the_counter_goes_on_in_between() -> None:
    world = World()
    clock = world.clock()
    clock.now()
    world.steady = READ_AGAIN_S

    assert clock.now() == NINE + timedelta(seconds=READ_AGAIN_S)
    assert world.asked == 1

    world.steady += 1
    clock.now()
    assert world.asked == 2


def test_waiting_reaches_the_brokers_time_in_naps() -> None:
    world = World()

    reached = world.clock().wait_until(NINE + timedelta(minutes=5))

    assert reached == NINE + timedelta(minutes=5)
    assert sum(world.naps) == 300
    assert max(world.naps) <= LONGEST_NAP_S


def test_a_clock_that_is_set_while_we_wait_is_noticed() -> None:
    world = World()
    clock = world.clock()
    clock.now()
    world.ahead = timedelta(minutes=4)

    clock.wait_until(NINE + timedelta(minutes=6))

    assert sum(world.naps) < 180


def test_an_instant_that_has_passed_is_not_waited_for() -> None:
    world = World()

    assert world.clock().wait_until(NINE - timedelta(hours=1)) == NINE
    assert world.naps == []


def test_while_the_broker_is_away_the_counter_goes_on_and_without_a_first_word_there_is_no_time() -> None:
    world = World()
    clock = world.clock()
    clock.now()
    world.is_up, world.steady = False, 600.0
    assert clock.now() == NINE + timedelta(minutes=10)

    with pytest.raises(BrokerError):
        world.clock().now()


def test_a_broker_that_is_away_is_asked_again_only_after_a_while() -> None:
    """Who asks with every look at the time waits for one timeout after another."""
    world = World()
    clock = world.clock()
    clock.now()
    world.is_up, world.steady = False, 600.0
    for _ in range(3):
        clock.now()
    assert world.asked == 2

    world.steady += TRY_AGAIN_S
    world.is_up, world.ahead = True, timedelta(minutes=4)

    assert clock.now() == NINE + timedelta(minutes=14, seconds=TRY_AGAIN_S)
