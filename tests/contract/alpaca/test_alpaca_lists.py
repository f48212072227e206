"""Lists to their last page, and the record of executions with what corrects them."""

from datetime import timedelta
from pathlib import Path

import pytest

from tasks.brokers.alpaca import pages
from tasks.brokers.alpaca.broker import AlpacaBroker
from tasks.brokers.sandbox.alpaca import encode, orders
from tasks.brokers.sandbox.alpaca.server import AlpacaVenue
from tasks.errors import BrokerError
from tasks.model.orders import Side
from tests.contract.alpaca.desk import broker_at
from tests.contract.alpaca.http_faults import ORDERS, answering, bent, naive
from tests.unit.brokers.simulated.simulated_world import CLOSE, OPEN, TUESDAY, after_open, buy, order

SECOND = timedelta(seconds=1)


def test_executions_are_read_to_the_last_page(venue: AlpacaVenue, broker: AlpacaBroker) -> None:
    """Naive code reads the first hundred fills."""
    for number in range(12):
        broker.submit(order(f"k{number}", Side.BUY, 60_000))
    broker.wait_until(CLOSE)

    told, truth = broker.executions(TUESDAY), venue.exchange.truth().standing

    assert len(truth) > 2 * pages.MOST_ACTIVITIES
    assert sorted((e.key, e.at, e.shares) for e in told) == sorted((e.key, e.at, e.shares) for e in truth)
    assert [e.at for e in told] == sorted(e.at for e in told)


def test_open_orders_are_read_to_the_last_page(broker: AlpacaBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Naive code reads one page."""
    monkeypatch.setattr(pages, "MOST_ORDERS", 10)
    for number in range(25):
        broker.submit(buy(f"k{number}", 10, limit="90"))

    assert [o.key for o in broker.open_orders()] == [f"k{number}" for number in range(25)]


def test_orders_of_one_instant_on_both_sides_of_a_page_are_all_read(
    broker: AlpacaBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`after` is exclusive: who goes on after the last row leaves out its twins."""
    monkeypatch.setattr(pages, "MOST_ORDERS", 10)
    for module in (orders, encode):
        monkeypatch.setattr(module, "submitted_at", lambda order: order.accepted_at + order.number // 3 * SECOND)
    for number in range(25):
        broker.submit(buy(f"k{number}", 10, limit="90"))

    assert {o.key for o in broker.open_orders()} == {f"k{number}" for number in range(25)}


def test_without_asking_for_more_alpaca_shows_fifty_orders(venue: AlpacaVenue, broker: AlpacaBroker) -> None:
    for number in range(60):
        broker.submit(buy(f"k{number}", 10, limit="90"))

    assert len(naive(venue).get_orders()) == 50
    assert len(broker.open_orders()) == 60


def test_orders_of_one_instant_that_fill_a_page_are_an_error_and_not_cut_off(
    venue: AlpacaVenue, broker: AlpacaBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_ORDERS", 2)
    same = "2022-11-22T14:00:00Z"
    for number in range(3):
        broker.submit(buy(f"k{number}", 10, limit="90"))
    venue.http_faults.plan(bent("GET", ORDERS, lambda body: [{**row, "submitted_at": same} for row in body[:2]], 9))

    with pytest.raises(BrokerError, match="one instant"):
        broker.open_orders()


def test_bars_are_read_to_the_last_page_and_a_symbol_without_any_has_none(
    broker: AlpacaBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A symbol without bars is absent from the answer: naive code fails on it."""
    broker.wait_until(after_open(60))
    whole = broker.market_bars("AAA", OPEN, after_open(60))
    monkeypatch.setattr(pages, "MOST_BARS", 7)

    assert broker.market_bars("AAA", OPEN, after_open(60)) == whole
    assert len(whole) == 61
    assert broker.market_bars("ZZZ", OPEN, after_open(60)) == ()


def test_executions_of_orders_that_an_earlier_life_sent_carry_their_keys(
    venue: AlpacaVenue, broker: AlpacaBroker, tmp_path: Path
) -> None:
    """An activity names an order by an id only; naive code knows the ids it has sent itself."""
    for number in range(8):
        broker.submit(order(f"k{number}", Side.BUY, 10))
    broker.wait_until(after_open(5))

    told = broker_at(venue, tmp_path).executions(TUESDAY)

    assert {e.key for e in told} == {f"k{number}" for number in range(8)}


def test_an_account_without_the_stream_of_events_tells_its_fills(venue: AlpacaVenue, broker: AlpacaBroker) -> None:
    broker.submit(buy("k1", 10))
    broker.wait_until(after_open(5))
    body = {"code": 40410000, "message": "endpoint not found"}
    venue.http_faults.plan(answering(404, body, method="GET", path="/v2beta1/events"))

    assert [e.key for e in broker.executions(TUESDAY)] == ["k1"]
