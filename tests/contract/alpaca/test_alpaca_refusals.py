"""Refusals with their remedies, cancels to their end, and a secret that no error carries along."""

import traceback
from dataclasses import replace
from typing import Any

import pytest

from tasks.brokers.alpaca.broker import AlpacaBroker
from tasks.brokers.alpaca.errors import Refused, remedy
from tasks.brokers.sandbox.alpaca.errors import GATEWAY
from tasks.brokers.sandbox.alpaca.server import AlpacaVenue
from tasks.errors import BrokerError, OrderRefusedError, OrderUnknownError, StandingRefusalError
from tasks.model.orders import OrderState, TimeInForce
from tests.contract.alpaca.desk import SECRET
from tests.contract.alpaca.http_faults import answering, bent
from tests.unit.brokers.simulated.simulated_world import after_open, buy, sell


def test_too_little_buying_power_says_what_to_do(broker: AlpacaBroker) -> None:
    with pytest.raises(OrderRefusedError, match=r"insufficient buying power.*sell first"):
        broker.submit(buy("k1", 100_000_000))


def test_a_potential_wash_trade_says_what_to_do(broker: AlpacaBroker) -> None:
    broker.submit(buy("k1", 10, limit="90"))

    with pytest.raises(OrderRefusedError, match=r"wash trade.*cancel the open order of the other side"):
        broker.submit(sell("s1", 5))


def test_an_order_for_an_auction_that_is_over_is_told_its_hours_and_not_to_look_at_the_account(
    broker: AlpacaBroker,
) -> None:
    broker.wait_until(after_open(5))
    late = replace(buy("k1", 10), time_in_force=TimeInForce.AT_OPEN)

    with pytest.raises(OrderRefusedError, match=r"opg orders must be submitted.*before 9:28 in New York") as refused:
        broker.submit(late)

    assert "restrictions" not in str(refused.value)


@pytest.mark.parametrize(
    ("message", "advice"),
    [
        ("opg orders must be submitted after 7:00pm and before 9:28am", "before 9:28 in New York"),
        ("cls orders must be submitted after 7:00pm and before 3:50pm", "before 15:50 in New York"),
        ("insufficient balance for USD", "lower the target"),
        ("cost basis must be >= minimal amount of order 1", "below one dollar"),
        ("trade denied due to pattern day trading protection", "wait for the next session"),
        ("account is not allowed to short", "no short position"),
        ("market is closed", "wait for the next session"),
        ("something new", "do what the message says"),
    ],
)
def test_each_refusal_of_status_403_has_its_own_remedy(message: str, advice: str) -> None:
    """One remedy for a whole status sends a person to the account's page because an order was a minute late."""
    assert advice in remedy(Refused(403, 40310000, message, {}))


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (403, "account is not allowed to short"),
        (422, 'asset "AAA" cannot be sold short'),
        (403, "account is not authorized to trade"),
        (403, "new orders are rejected by user request"),
        (422, "asset AAA is not tradable"),
        (422, 'asset "AAA" not found'),
    ],
)
def test_a_refusal_that_every_further_order_of_the_asset_would_meet_says_so(
    venue: AlpacaVenue, broker: AlpacaBroker, status: int, message: str
) -> None:
    venue.http_faults.plan(answering(status, {"code": 40310000, "message": message}, is_done=False))

    with pytest.raises(StandingRefusalError) as refused:
        broker.submit(buy("k1", 10))

    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (403, "insufficient buying power"),
        (403, "market is closed"),
        (403, "insufficient qty available for order"),
        (422, "sub-penny increment does not fulfill minimum pricing criteria"),
        (403, "something new"),
    ],
)
def test_a_refusal_for_money_the_hour_or_a_price_is_one_of_this_order_alone(
    venue: AlpacaVenue, broker: AlpacaBroker, status: int, message: str
) -> None:
    venue.http_faults.plan(answering(status, {"code": 40310000, "message": message}, is_done=False))

    with pytest.raises(OrderRefusedError) as refused:
        broker.submit(buy("k1", 10))

    assert not isinstance(refused.value, StandingRefusalError)


def test_a_wrong_key_is_told_without_the_key(venue: AlpacaVenue, broker: AlpacaBroker) -> None:
    venue.http_faults.plan(answering(401, {"message": "unauthorized."}, is_done=False))

    with pytest.raises(OrderRefusedError, match="APCA_API_KEY_ID"):
        broker.submit(buy("k1", 10))


def test_shares_held_by_other_orders_are_told_with_their_figures(venue: AlpacaVenue, broker: AlpacaBroker) -> None:
    body = {"code": 40310000, "message": "insufficient qty available for order", "existing_qty": "10", "available": "0"}
    venue.http_faults.plan(answering(403, body, is_done=False))

    with pytest.raises(OrderRefusedError, match=r"existing_qty 10.*cancel the open sells"):
        broker.submit(sell("s1", 10, "BBB"))


def test_a_cancel_that_is_still_on_its_way_is_looked_at_until_it_is_done(
    venue: AlpacaVenue, broker: AlpacaBroker
) -> None:
    """Naive code takes 204 for cancelled; the order may fill until it is."""
    broker.submit(buy("k1", 10, limit="90"))
    venue.http_faults.plan(bent("GET", "/v2/orders/", lambda body: {**body, "status": "pending_cancel"}, 2))

    assert broker.cancel("k1").state is OrderState.CANCELLED


def test_a_cancel_that_was_taken_and_never_shown_is_unknown(venue: AlpacaVenue, broker: AlpacaBroker) -> None:
    """Naive code calls it cancelled."""
    broker.submit(buy("k1", 10, limit="90"))
    venue.http_faults.plan(answering(504, GATEWAY, method="GET", path="/v2/orders/"))

    with pytest.raises(OrderUnknownError, match="its cancel was taken"):
        broker.cancel("k1")


def test_a_refused_cancel_that_cannot_be_looked_up_is_unknown(venue: AlpacaVenue, broker: AlpacaBroker) -> None:
    """A refused cancel means filled as often as not cancellable; naive code picks one."""
    broker.submit(buy("k1", 10))
    broker.wait_until(after_open(5))
    venue.http_faults.plan(answering(504, GATEWAY, method="GET", path="/v2/orders/"))

    with pytest.raises(OrderUnknownError, match="k1"):
        broker.cancel("k1")


@pytest.mark.parametrize("status", [401, 403, 422, 500, 504])
def test_no_error_carries_the_secret_with_it(venue: AlpacaVenue, broker: AlpacaBroker, status: int) -> None:
    venue.http_faults.plan(answering(status, {"code": 1, "message": "no"}))

    with pytest.raises(BrokerError) as met:
        broker.submit(buy("k1", 10))

    assert SECRET not in "".join(traceback.format_exception(met.value))
    assert SECRET not in repr(_everything_in(met.value))


def test_no_broken_connection_carries_the_secret_with_it(venue: AlpacaVenue, broker: AlpacaBroker) -> None:
    venue.__exit__()

    with pytest.raises(OrderUnknownError) as met:
        broker.submit(buy("k1", 10))

    assert SECRET not in repr(_everything_in(met.value))


def test_no_repr_shows_the_secret(broker: AlpacaBroker) -> None:
    assert SECRET not in repr(broker) + repr(broker.wire) + repr(vars(broker))


def _everything_in(error: BaseException | None, depth: int = 0) -> list[Any]:
    """What an error and its causes drag along, as a careless logger would print it."""
    found: list[Any] = []
    while error is not None and depth < 9:
        found += [str(error), vars(error)]
        for holder in (error, getattr(error, "response", None), getattr(error, "_http_error", None)):
            for request in (
                getattr(holder, "request", None),
                getattr(getattr(holder, "response", None), "request", None),
            ):
                found.append(dict(getattr(request, "headers", None) or {}))
        error, depth = error.__cause__ or error.__context__, depth + 1
    return found
