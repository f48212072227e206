"""Which request goes first where a key may ask only so much: cancels, then orders as urgent as they are, then looks."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tasks.brokers.alpaca.broker import AlpacaBroker
from tasks.brokers.rate_limit import Unlimited
from tasks.brokers.sandbox.alpaca.errors import TOO_MANY
from tasks.brokers.sandbox.alpaca.server import AlpacaVenue
from tasks.brokers.sandbox.clock import VenueClock
from tasks.errors import OrderUnknownError
from tasks.model.orders import Urgency
from tests.contract.alpaca.desk import wire_to
from tests.contract.alpaca.http_faults import answering, posts
from tests.contract.world import ACCOUNT
from tests.unit.brokers.simulated.simulated_world import OPEN, TUESDAY, after_open, buy


@dataclass
class Recorder(Unlimited):
    """Lets everything pass, and knows what was asked for."""

    taken: list[Urgency] = field(default_factory=list)
    closed: list[float] = field(default_factory=list)

    def take(self, urgency: Urgency) -> None:
        self.taken.append(urgency)

    def close_until(self, at: float) -> None:
        self.closed.append(at)


@dataclass
class Desk:
    broker: AlpacaBroker
    trading: Recorder
    data: Recorder


@pytest.fixture
def desk(venue: AlpacaVenue) -> Desk:
    trading, data = Recorder(), Recorder()
    broker = AlpacaBroker(wire_to(venue, trading=trading, data=data), VenueClock(venue.url), ACCOUNT)
    broker.submit(buy("k0", 10, limit="90"))
    trading.taken.clear()
    return Desk(broker, trading, data)


@pytest.mark.parametrize("urgency", Urgency)
def test_an_order_is_as_urgent_as_it_says_and_never_as_a_cancel(desk: Desk, urgency: Urgency) -> None:
    desk.broker.submit(replace(buy("k1", 10), urgency=urgency))

    assert desk.trading.taken == [max(urgency, Urgency.URGENT)]


def test_a_cancel_goes_before_everything(desk: Desk) -> None:
    desk.broker.cancel("k0")

    assert desk.trading.taken[0] is Urgency.CANCEL


@pytest.mark.parametrize(
    ("look", "urgency"),
    [
        (lambda broker: broker.find_order("k0"), Urgency.HIGH),
        (lambda broker: broker.open_orders(), Urgency.HIGH),
        (lambda broker: broker.account_state(), Urgency.HIGH),
        (lambda broker: broker.executions(TUESDAY), Urgency.NORMAL),
        (lambda broker: broker.statement(TUESDAY, TUESDAY), Urgency.NORMAL),
        (lambda broker: broker.connect(), Urgency.NORMAL),
        (lambda broker: broker.session_hours(TUESDAY), Urgency.NORMAL),
    ],
    ids=["order", "open orders", "account", "executions", "statement", "clock", "calendar"],
)
def test_a_look_at_orders_and_the_account_goes_before_records_and_times(
    desk: Desk, look: Callable[[AlpacaBroker], Any], urgency: Urgency
) -> None:
    look(desk.broker)

    assert desk.trading.taken
    assert set(desk.trading.taken) == {urgency}
    assert desk.data.taken == []


def test_prices_come_last_and_have_an_allowance_of_their_own(desk: Desk) -> None:
    desk.broker.session_hours(TUESDAY)
    desk.trading.taken.clear()

    desk.broker.quotes(["AAA"])
    desk.broker.market_bars("AAA", OPEN, after_open(5))

    assert desk.trading.taken == []
    assert set(desk.data.taken) == {Urgency.LOW}


def test_too_many_requests_is_unknown_is_not_repeated_and_closes_the_door_until_the_reset(
    venue: AlpacaVenue, desk: Desk
) -> None:
    """The library waits for three seconds, whatever the reset says, and sends the order again."""
    sent = len(posts(venue))
    venue.http_faults.plan(answering(429, TOO_MANY, ("X-RateLimit-Reset", "1669125630"), is_done=False))

    with pytest.raises(OrderUnknownError):
        desk.broker.submit(buy("k1", 10))

    assert len(posts(venue)) == sent
    assert desk.trading.closed == [1669125630]
    assert desk.data.closed == []
