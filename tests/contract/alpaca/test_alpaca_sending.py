"""One request makes one order: what Alpaca's client library does with a POST that goes wrong comes first."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from alpaca.common.exceptions import APIError
from alpaca.trading.enums import OrderSide
from alpaca.trading.enums import TimeInForce as NaiveTime
from alpaca.trading.requests import MarketOrderRequest

from tasks.book.faults import Call, Fault, FaultKind
from tasks.brokers.alpaca.broker import AlpacaBroker
from tasks.brokers.sandbox.alpaca.errors import GATEWAY
from tasks.brokers.sandbox.alpaca.http_faults import HttpFault
from tasks.brokers.sandbox.alpaca.server import AlpacaVenue
from tasks.brokers.sandbox.clock import VenueClock
from tasks.errors import OrderRefusedError, OrderUnknownError
from tasks.model.orders import OrderState, Side
from tests.contract.alpaca.desk import broker_at, open_venue, wire_to
from tests.contract.alpaca.http_faults import ORDERS, answering, bent, naive, naive_order, posts
from tests.contract.world import ACCOUNT, World
from tests.unit.brokers.simulated.simulated_world import TUESDAY, buy, order


def test_the_library_by_itself_makes_three_orders_of_one_where_a_gateway_times_out(venue: AlpacaVenue) -> None:
    venue.http_faults.plan(answering(504, GATEWAY, times=2))

    naive(venue).submit_order(naive_order())

    assert len(venue.exchange.truth().orders) == 3


def test_a_gateway_that_times_out_after_acceptance_makes_one_request_and_an_unknown_order(
    venue: AlpacaVenue, broker: AlpacaBroker
) -> None:
    """The library repeats a POST after 504 by itself: each repetition without a key is one more order."""
    venue.http_faults.plan(answering(504, GATEWAY, times=2))

    with pytest.raises(OrderUnknownError, match="k1"):
        broker.submit(buy("k1", 10))

    assert len(posts(venue)) == len(venue.exchange.truth().orders) == 1


def test_the_library_calls_a_live_order_refused_when_its_own_repetition_is_a_duplicate(venue: AlpacaVenue) -> None:
    venue.http_faults.plan(answering(504, GATEWAY))

    with pytest.raises(APIError, match="40010001"):
        naive(venue).submit_order(naive_order("k1"))

    assert len(venue.exchange.truth().orders) == 1


@pytest.mark.parametrize("words", ["client_order_id must be unique", "client order id must be unique"])
def test_a_duplicate_after_our_own_attempt_is_looked_up_and_is_the_order(
    venue: AlpacaVenue, broker: AlpacaBroker, words: str
) -> None:
    """Naive code takes the duplicate for a refusal, and sends the order under another key."""
    venue.http_faults.plan(answering(504, GATEWAY))
    with pytest.raises(OrderUnknownError):
        broker.submit(buy("k1", 10))
    venue.http_faults.plan(bent("POST", ORDERS, lambda body: {**body, "message": words}))

    told = broker.submit(buy("k1", 10))

    assert (told.key, told.state, told.shares) == ("k1", OrderState.ACCEPTED, Decimal(10))
    assert len(venue.exchange.truth().orders) == 1


def test_a_duplicate_that_cannot_be_looked_up_is_unknown(venue: AlpacaVenue, broker: AlpacaBroker) -> None:
    """A 404 straight after acceptance is no proof; naive code sends again."""
    broker.submit(buy("k1", 10))
    venue.http_faults.plan(
        answering(404, {"code": 40410000, "message": "order not found"}, method="GET", path=":by_client")
    )

    with pytest.raises(OrderUnknownError, match="k1"):
        broker.submit(buy("k1", 10))


def test_a_missing_parameter_has_the_duplicates_code_and_is_a_refusal(venue: AlpacaVenue, broker: AlpacaBroker) -> None:
    """Who goes by the code alone looks for ever for an order that was never made."""
    venue.http_faults.plan(answering(422, {"code": 40010001, "message": "qty is required"}, is_done=False))

    with pytest.raises(OrderRefusedError, match="qty is required"):
        broker.submit(buy("k1", 10))


def test_the_library_repeats_an_order_that_was_limited_and_ignores_when_the_limit_ends(venue: AlpacaVenue) -> None:
    reset = ("X-RateLimit-Reset", "9999999999")
    venue.http_faults.plan(answering(429, {"code": 42910000, "message": "too many requests."}, reset, times=2))

    naive(venue).submit_order(naive_order())

    assert len(venue.exchange.truth().orders) == 3


@pytest.mark.parametrize(("kind", "orders"), [(FaultKind.RESET_BEFORE, 0), (FaultKind.RESET_AFTER, 1)])
def test_a_reset_connection_says_the_same_whether_the_order_arrived_or_not(
    tmp_path: Path, kind: FaultKind, orders: int
) -> None:
    """Naive code takes the error for a failure and sends again: twice the order, where it had arrived."""
    with open_venue(World(tmp_path, (Fault(kind=kind, call=Call.PLACE),))) as venue:
        venue.exchange.begin(TUESDAY)
        broker = broker_at(venue, tmp_path)

        with pytest.raises(OrderUnknownError, match="ConnectionError on POST"):
            broker.submit(buy("k1", 10))

        assert len(posts(venue)) == 1
        assert len(venue.exchange.truth().orders) == orders
        assert (broker.find_order("k1") is not None) == bool(orders)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
@pytest.mark.parametrize(
    "body", [GATEWAY, {"code": 50010000, "message": "internal server error"}], ids=["html", "json"]
)
def test_after_acceptance_no_status_of_a_gateway_is_a_refusal(
    venue: AlpacaVenue, broker: AlpacaBroker, status: int, body: Any
) -> None:
    """Naive code takes 429 and 5xx for refusals; the library's own error even fails to decode their bodies."""
    venue.http_faults.plan(answering(status, body))

    with pytest.raises(OrderUnknownError, match=str(status)):
        broker.submit(buy("k1", 10))

    assert len(posts(venue)) == 1
    assert broker.find_order("k1") is not None


@pytest.mark.parametrize("status", [400, 403, 404, 422])
@pytest.mark.parametrize("body", ["<html>blocked</html>", {"error": "blocked"}, []], ids=["html", "json", "list"])
def test_a_proxys_refusal_is_not_alpacas(venue: AlpacaVenue, broker: AlpacaBroker, status: int, body: Any) -> None:
    """Naive code believes any 4xx; only one with the code of the desk says that nothing was done."""
    venue.http_faults.plan(answering(status, body))

    with pytest.raises(OrderUnknownError):
        broker.submit(buy("k1", 10))


def test_the_library_takes_a_redirect_for_an_answer(venue: AlpacaVenue) -> None:
    venue.http_faults.plan(answering(307, None, ("Location", "https://elsewhere.example/v2/orders"), is_done=False))

    with pytest.raises(TypeError):
        naive(venue).submit_order(naive_order("k1"))


@pytest.mark.parametrize("body", [None, {"client_order_id": "k1"}], ids=["empty", "json"])
def test_a_redirect_is_not_followed_and_proves_nothing(venue: AlpacaVenue, broker: AlpacaBroker, body: Any) -> None:
    """The library reads the empty body of a redirect as an order, and fails; the outcome is unknown."""
    venue.http_faults.plan(answering(307, body, ("Location", f"{venue.url}/v2/orders"), is_done=False))

    with pytest.raises(OrderUnknownError, match="TooManyRedirects"):
        broker.submit(buy("k1", 10))

    assert posts(venue) == []


def test_the_library_waits_for_ever_and_the_adapter_does_not(venue: AlpacaVenue) -> None:
    """The library sets no timeout: a stalled socket ends the session."""
    naive_timeouts: list[Any] = []
    client = naive(venue)
    send = client._session.send
    client._session.send = lambda *a, **k: (naive_timeouts.append(k.get("timeout")), send(*a, **k))[1]  # type: ignore
    client.get_clock()
    impatient = AlpacaBroker(wire_to(venue, timeouts_s=(1.0, 0.2)), VenueClock(venue.url), ACCOUNT)
    venue.holds_s = 30
    venue.http_faults.plan(HttpFault("POST", ORDERS, lambda reply: (venue.stopping.wait(5), reply)[1]))

    with pytest.raises(OrderUnknownError, match="ReadTimeout"):
        impatient.submit(buy("k1", 10))

    assert naive_timeouts == [None]


def test_the_library_sends_seventeen_decimals_where_alpaca_takes_nine(venue: AlpacaVenue) -> None:
    with pytest.raises(APIError, match="9 decimal places"):
        naive(venue).submit_order(
            MarketOrderRequest(symbol="AAA", qty=0.1 + 0.2, side=OrderSide.BUY, time_in_force=NaiveTime.DAY)
        )


def test_quantities_and_prices_go_out_as_exact_texts_and_always_with_our_key(
    venue: AlpacaVenue, broker: AlpacaBroker
) -> None:
    """The library makes floats of quantities, and leaves the key out unless it is given."""
    broker.submit(order("k1", Side.BUY, "0.000000001", limit="100.10"))

    (body,) = posts(venue)
    assert (body["qty"], body["limit_price"], body["client_order_id"]) == ("0.000000001", "100.1", "k1")


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (buy("k1", "0.1000000001"), "positive multiple"),
        (buy("k1", 10, limit="100.001"), "multiple of 0.01"),
        (buy("k" * 129, 10), "128"),
        (buy("", 10), "1 to 128"),
        (buy("k1", 10, account="other"), "account"),
    ],
    ids=["ten places", "half cents", "long key", "no key", "another account"],
)
def test_what_alpaca_does_not_take_is_refused_before_it_is_sent(
    venue: AlpacaVenue, broker: AlpacaBroker, request_: Any, words: str
) -> None:
    """Naive code finds out from a refusal in the middle of the wave."""
    with pytest.raises(OrderRefusedError, match=words):
        broker.submit(request_)

    assert posts(venue) == []
