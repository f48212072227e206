"""The stream of trade updates may lose what it likes, break, or talk nonsense: no record is the worse for it."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.brokers.alpaca.broker import AlpacaBroker
from tasks.brokers.alpaca.credentials import Credentials, Endpoints
from tasks.brokers.alpaca.trade_updates import MUTE_AFTER_S, Hints
from tasks.brokers.sandbox.alpaca.server import AlpacaVenue
from tasks.model.orders import OrderState
from tests.contract.alpaca.desk import AT_MOST_S, KEY_ID, SECRET, broker_at, until
from tests.contract.alpaca.http_faults import bent
from tests.unit.brokers.simulated.simulated_world import TUESDAY, after_open, buy


class Steady:
    """A counter that a test turns."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def steady() -> Steady:
    return Steady()


@pytest.fixture
def hints(venue: AlpacaVenue, steady: Steady) -> Iterator[Hints]:
    found = Hints(Credentials(KEY_ID, SECRET), Endpoints(venue.url, venue.url), steady, backoff_s=0.05)
    found.start()
    until(lambda: venue.stream.is_heard)
    yield found
    found.stop()


def test_an_order_and_its_fill_are_hints(venue: AlpacaVenue, broker: AlpacaBroker, hints: Hints) -> None:
    broker.submit(buy("k1", 10))
    until(lambda: hints.heard == 1)

    broker.wait_until(after_open(5))

    until(lambda: hints.heard == 2)
    assert venue.stream.connections == 1


def test_nonsense_on_the_stream_is_a_hint_too_and_does_not_end_it(
    venue: AlpacaVenue, broker: AlpacaBroker, hints: Hints
) -> None:
    """The library drops what it cannot read, and naive code waits for it for ever."""
    venue.stream.say({"stream": "trade_updates", "data": None})
    venue.stream.say({"stream": "trade_updates", "data": {"event": "pondered", "order": {"status": "odd"}}})

    broker.submit(buy("k1", 10))

    until(lambda: hints.heard == 3)


def test_a_stream_that_lies_about_a_fill_changes_no_record(
    venue: AlpacaVenue, broker: AlpacaBroker, hints: Hints
) -> None:
    """Naive code books what the stream says: a fill that never was, or one of them twice."""
    broker.hints = hints
    told = broker.submit(buy("k1", 10, limit="90"))
    order = {"id": told.broker_order_id, "client_order_id": "k1", "status": "filled", "filled_qty": "10"}
    for _ in range(2):
        fill = {"event": "fill", "execution_id": "x", "qty": "10", "price": "90", "order": order}
        venue.stream.say({"stream": "trade_updates", "data": fill})
    until(lambda: hints.heard == 3)

    assert broker.find_order("k1") == told
    assert broker.executions(TUESDAY) == ()
    assert "AAA" not in broker.account_state().positions


def test_text_frames_are_heard_as_binary_ones(venue: AlpacaVenue, hints: Hints) -> None:
    """Naive code decodes what a paper account sends, and is deaf with a live one."""
    for number, as_text in enumerate((False, True), start=1):
        venue.stream.say({"stream": "trade_updates", "data": {"event": "new"}}, as_text=as_text)
        until(lambda number=number: hints.heard == number)


def test_a_fill_in_a_gap_of_the_stream_is_never_told_there_and_is_among_the_executions(
    venue: AlpacaVenue, broker: AlpacaBroker, hints: Hints
) -> None:
    """Naive code counts fills from the stream and misses those of a gap."""
    broker.submit(buy("k1", 10))
    until(lambda: hints.heard == 1)
    venue.stream.drop()
    venue.exchange.advance(after_open(5))

    until(lambda: venue.stream.is_heard)

    assert hints.heard == 1
    assert [e.key for e in broker.executions(TUESDAY)] == ["k1"]


def test_a_stream_without_a_word_about_our_own_order_is_mute_and_connected_anew(
    venue: AlpacaVenue, broker: AlpacaBroker, hints: Hints, steady: Steady
) -> None:
    """A naive listener stays for hours on a connection that is open and says nothing."""
    broker.hints = hints
    venue.stream.be_mute()
    broker.submit(buy("k1", 10))
    steady.at += MUTE_AFTER_S + 1
    assert hints.is_mute()

    broker.submit(buy("k2", 10))
    until(lambda: venue.stream.connections == 2 and venue.stream.is_heard)
    broker.submit(buy("k3", 10))
    until(lambda: hints.heard > 0)

    assert not hints.is_mute()


def test_a_stream_that_chatters_makes_nobody_give_a_cancel_up_sooner(
    venue: AlpacaVenue, broker: AlpacaBroker, hints: Hints
) -> None:
    """Who takes each word for the end of a pause has looked four times before the cancel is done."""
    broker.hints = hints
    slept: list[float] = []
    broker._orders.sleep = slept.append
    broker.submit(buy("k1", 10, limit="90"))
    until(lambda: hints.heard == 1)
    hints.pause = lambda _seconds: True  # type: ignore[method-assign]
    venue.http_faults.plan(bent("GET", "/v2/orders/", lambda body: {**body, "status": "pending_cancel"}, 5))

    assert broker.cancel("k1").state is OrderState.CANCELLED
    assert len(slept) == 2
    assert all(seconds > 0 for seconds in slept)


def test_a_stream_whose_key_is_refused_is_mute_and_the_executions_are_all_there(
    venue: AlpacaVenue, broker: AlpacaBroker, steady: Steady
) -> None:
    """The library tries again for ever and raises nothing; naive code waits for the first word."""
    refused = Hints(Credentials(KEY_ID, "wrong"), Endpoints(venue.url, venue.url), steady)
    refused.start()
    until(lambda: venue.stream.connections > 0)
    refused.expect()

    broker.submit(buy("k1", 10))
    broker.wait_until(after_open(5))
    steady.at += MUTE_AFTER_S + 1

    assert refused.is_mute()
    assert [e.key for e in broker.executions(TUESDAY)] == ["k1"]
    refused.stop()


def test_news_ends_a_pause(venue: AlpacaVenue, hints: Hints, tmp_path: Path) -> None:
    broker = broker_at(venue, tmp_path)
    broker.submit(buy("k1", 10))
    until(lambda: hints.heard == 1)
    began = time.monotonic()

    hints.pause(AT_MOST_S)

    assert time.monotonic() - began < AT_MOST_S
