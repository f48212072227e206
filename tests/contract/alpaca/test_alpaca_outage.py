"""Nothing answers in the middle of a wave: orders are neither lost nor doubled, and the return is noticed soon."""

import threading
from contextlib import AbstractContextManager
from unittest.mock import patch

import pytest

from tasks.brokers.alpaca.broker import AlpacaBroker
from tasks.brokers.alpaca.client import TIMEOUTS_S
from tasks.brokers.sandbox.alpaca.errors import Reply
from tasks.brokers.sandbox.alpaca.http_faults import HttpFault
from tasks.brokers.sandbox.alpaca.server import AlpacaVenue
from tasks.errors import BrokerError, OrderUnknownError
from tests.contract.alpaca.http_faults import ORDERS
from tests.unit.brokers.simulated.simulated_world import CLOSE, TUESDAY, after_open, buy

WITHIN_S = 5
"""Of the return: the first good answer."""
WAVE = [f"k{number}" for number in range(6)]
ARRIVED, NEVER_ARRIVED = ("k2", "k4"), ("k3",)


class Outage:
    """From now on answers come when it is over; whether the request is done is up to its turn."""

    def __init__(self, venue: AlpacaVenue) -> None:
        self.venue, self.over = venue, threading.Event()

    def begin(self, *posts_done: bool) -> None:
        for is_done in posts_done:
            self.venue.http_faults.plan(HttpFault("POST", ORDERS, self._late, is_done))
        for path in ("/v2/orders", "/v2/positions", "/v2/account"):
            self.venue.http_faults.plan(HttpFault("GET", path, self._late, is_done=False, times=99))

    def end(self) -> None:
        for fault in self.venue.http_faults._planned:
            fault.times = 0
        self.over.set()

    def _late(self, reply: Reply) -> Reply:
        self.over.wait(60)
        return reply


def impatient(broker: AlpacaBroker) -> AbstractContextManager[object]:
    """For as long as no answer is going to come: any other may take as long as the machine needs."""
    return patch.object(broker.wire._trading._session.get_adapter("http://"), "_timeouts_s", (1.0, 0.1))


def test_orders_sent_into_an_outage_are_neither_lost_nor_doubled(venue: AlpacaVenue, broker: AlpacaBroker) -> None:
    """Naive code sends again what was not answered, or never looks for it."""
    outage = Outage(venue)
    for key in WAVE[:2]:
        broker.submit(buy(key, 100))
    outage.begin(True, False, True)
    with impatient(broker):
        for key in WAVE[2:5]:
            with pytest.raises(OrderUnknownError):
                broker.submit(buy(key, 100))
            with pytest.raises(BrokerError):
                broker.find_order(key)
        for question in (broker.open_orders, broker.account_state, lambda: broker.executions(TUESDAY)):
            with pytest.raises(BrokerError):
                question()
    venue.exchange.advance(after_open(1))
    outage.end()

    found = {key: broker.find_order(key) for key in WAVE[2:5]}
    assert [key for key, order in found.items() if order is not None] == list(ARRIVED)
    for key in (*ARRIVED, *NEVER_ARRIVED, WAVE[5]):
        broker.submit(buy(key, 100))
    broker.wait_until(CLOSE)

    told, truth = broker.executions(TUESDAY), venue.exchange.truth()
    assert [order.key for order in truth.orders] == ["k0", "k1", "k2", "k4", "k3", "k5"]
    assert {key: truth.filled(key) for key in WAVE} == dict.fromkeys(WAVE, 100)
    assert sum(e.shares for e in told) == 600
    assert len({e.execution_id for e in told}) == len(told)
    assert broker.account_state().positions["AAA"] == 600


def test_a_question_from_before_the_return_is_given_up_before_the_first_good_answer_is_due() -> None:
    """The library waits for ever for an answer that the outage has swallowed."""
    assert max(TIMEOUTS_S) < WITHIN_S
