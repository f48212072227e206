"""One question that gets no answer, at any place, ends nothing: it is asked again, and a write never is."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tasks.book.faults import FaultKind
from tasks.brokers.alpaca.broker import AlpacaBroker, broker_time
from tasks.brokers.alpaca.clock import BrokerClock
from tasks.brokers.guard import GuardedBroker
from tasks.brokers.retrying_prices import PatientSource
from tasks.brokers.sandbox.alpaca.errors import Reply
from tasks.brokers.sandbox.alpaca.http_faults import HttpFault
from tasks.brokers.sandbox.alpaca.server import AlpacaVenue
from tasks.brokers.sandbox.clock import VenueClock
from tasks.brokers.simulated.faults.network import Unanswered
from tasks.errors import BrokerError, NoAccessError, OrderUnknownError
from tasks.model.account import HaltState
from tasks.retry import PATIENCE
from tests.contract.alpaca.desk import wire_to
from tests.contract.alpaca.http_faults import answering
from tests.contract.data.prices import FIRST, SYMBOLS, alpaca
from tests.contract.world import ACCOUNT, World
from tests.unit.brokers.simulated.simulated_world import CLOSE, MONDAY, OPEN, TUESDAY, after_open, buy

TRADING = [
    "/v2/clock",
    "/v2/calendar",
    "/v2/account",
    "/v2/positions",
    "/v2/orders",
    "/v2/orders:by_client_order_id",
    "/v2/orders/",
    "/v2/account/activities",
    "/v2/account/activities/FILL",
    "/v2beta1/events/activities",
    "/v2/stocks/snapshots",
    "/v2/stocks/bars",
    "/v2/stocks/auctions",
]
PRICES = ["/v2/clock", "/v2/calendar", "/v2/stocks/bars", "/v1/corporate-actions"]


class FreeHand:
    def require_lease(self) -> None:
        """The lease is ours."""

    def halt_state(self) -> HaltState:
        return HaltState.NORMAL


def reset(path: str, nth: int, times: int = 1) -> HttpFault:
    """The n-th question to a place ends with a reset of the connection."""

    def end(_: Reply) -> Reply:
        raise Unanswered(FaultKind.RESET_BEFORE)

    return HttpFault("GET", path, end, is_done=False, times=times, spares=nth)


def session_of(broker: GuardedBroker) -> list[Any]:
    """Every question that a session asks, from the first one on."""
    broker.connect()
    broker.open_session(TUESDAY)
    broker.submit(buy("k1", 10))
    broker.submit(buy("k2", 10, limit="90"))
    broker.wait_until(after_open(30))
    asked: list[Callable[[], Any]] = [
        lambda: broker.session_hours(TUESDAY),
        lambda: (broker.account_state().positions, broker.account_state().cash),
        broker.open_orders,
        lambda: broker.find_order("k2"),
        lambda: broker.executions(TUESDAY),
        lambda: broker.statement(MONDAY, TUESDAY),
        lambda: sorted(broker.quotes(["AAA", "BBB"])),
        lambda: broker.market_bars("AAA", OPEN, after_open(20)),
    ]
    answers = [question() for question in asked]
    broker.wait_until(CLOSE)
    return [*answers, broker.market_bars("AAA", after_open(380), CLOSE)]


@pytest.mark.parametrize("nth", [0, 1])
@pytest.mark.parametrize("place", TRADING)
def test_a_reset_of_any_question_of_a_session_changes_no_answer(venue: AlpacaVenue, place: str, nth: int) -> None:
    """Naive code ends the run: at the start, in the middle of it, or in the report."""
    slept: list[float] = []
    broker = AlpacaBroker(wire_to(venue), VenueClock(venue.url), ACCOUNT)
    venue.http_faults.plan(reset(place, nth))

    answers = session_of(GuardedBroker(broker, FreeHand(), sleep=slept.append))

    assert [type(answer).__name__ for answer in answers] == [
        *("tuple", "tuple", "tuple", "BrokerOrder", "tuple", "tuple", "list", "tuple", "tuple")
    ]
    assert answers[1][0] == {"AAA": 10, "BBB": 10}
    assert [e.key for e in answers[4]] == ["k1"]
    assert answers[6] == ["AAA", "BBB"]
    assert answers[7]
    assert answers[8]


@pytest.mark.parametrize("nth", [0, 1])
@pytest.mark.parametrize("place", PRICES)
def test_a_reset_of_any_question_about_prices_changes_no_price(tmp_path: Path, place: str, nth: int) -> None:
    slept: list[float] = []
    with alpaca(World(tmp_path)) as opened:
        opened.exchange.begin(TUESDAY)
        source = PatientSource(opened.source, sleep=slept.append)
        assert isinstance(opened.venue, AlpacaVenue)
        opened.venue.http_faults.plan(reset(place, nth))

        assert source.available()[1] == MONDAY
        assert not source.daily_bars(SYMBOLS, FIRST, MONDAY).empty
        assert source.intraday_bars(SYMBOLS, MONDAY) is not None
        assert source.intraday_bars(SYMBOLS[:1], MONDAY) is not None
        source.corporate_actions(SYMBOLS, FIRST, MONDAY)
        source.corporate_actions(SYMBOLS, FIRST, TUESDAY)

        assert len(slept) == 1


def test_the_first_question_is_asked_again_by_this_machines_time_where_the_broker_tells_none(
    venue: AlpacaVenue,
) -> None:
    """Alpaca's own clock cannot say how long a silence of Alpaca's clock lasts."""
    wire, slept = wire_to(venue), list[float]()
    broker = AlpacaBroker(wire, BrokerClock(lambda: broker_time(wire)), ACCOUNT)
    venue.http_faults.plan(reset("/v2/clock", 0, times=4))

    GuardedBroker(broker, FreeHand(), sleep=slept.append).connect()

    assert slept == [1, 2]


def test_a_silence_of_more_than_two_minutes_is_told(venue: AlpacaVenue) -> None:
    wire, slept = wire_to(venue), list[float]()
    broker = AlpacaBroker(wire, BrokerClock(lambda: broker_time(wire)), ACCOUNT)
    venue.http_faults.plan(reset("/v2/clock", 0, times=999))

    with pytest.raises(BrokerError, match="the clock"):
        GuardedBroker(broker, FreeHand(), sleep=slept.append).connect()

    assert timedelta(seconds=sum(slept)) == sum(PATIENCE, timedelta()) >= timedelta(minutes=2)


def test_a_wrong_key_is_told_at_once(venue: AlpacaVenue) -> None:
    """No patience helps, and a person can."""
    wire, slept = wire_to(venue), list[float]()
    broker = AlpacaBroker(wire, BrokerClock(lambda: broker_time(wire)), ACCOUNT)
    venue.http_faults.plan(answering(401, {"message": "unauthorized."}, method="GET", path="/v2/clock", times=9))

    with pytest.raises(NoAccessError, match="APCA_API_KEY_ID"):
        GuardedBroker(broker, FreeHand(), sleep=slept.append).connect()

    assert slept == []


def test_an_order_that_gets_no_answer_is_never_sent_again(venue: AlpacaVenue) -> None:
    broker = GuardedBroker(AlpacaBroker(wire_to(venue), VenueClock(venue.url), ACCOUNT), FreeHand())
    broker.open_session(TUESDAY)

    def end(_: Reply) -> Reply:
        raise Unanswered(FaultKind.RESET_AFTER)

    venue.http_faults.plan(HttpFault("POST", "/v2/orders", end))
    with pytest.raises(OrderUnknownError):
        broker.submit(buy("k1", 10))

    assert [order.key for order in venue.exchange.truth().orders] == ["k1"]
