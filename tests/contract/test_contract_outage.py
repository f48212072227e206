"""An outage of a minute in the middle of a wave, at every broker: no fill is lost, no order doubled, soon back."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from tasks.book.broker import IbkrSettings
from tasks.book.faults import Call, FaultKind
from tasks.brokers.alpaca.broker import AlpacaBroker
from tasks.brokers.alpaca.client import Wire
from tasks.brokers.alpaca.credentials import Credentials, Endpoints
from tasks.brokers.ibkr.broker import IbkrBroker
from tasks.brokers.simulated.faults.exchange import FaultyExchange
from tasks.brokers.simulated.snapshot import ExchangeSnapshot, standing
from tasks.errors import BrokerError
from tasks.model.orders import OrderRequest
from tasks.ports.broker import Broker
from tests.contract.alpaca.desk import KEY_ID, SECRET, Unlimited, open_venue
from tests.contract.cable import Cable
from tests.contract.conftest import Open, fault
from tests.contract.ibkr.hurry import HurriedVenue
from tests.contract.ibkr.venue import PATIENCE_S, PATIENT, ExchangeClock
from tests.contract.world import ACCOUNT, World
from tests.unit.brokers.simulated.simulated_world import TUESDAY, after_open, buy, hours

RICH = {"opening_cash_usd": "1e8"}
SECOND, OUTAGE = timedelta(seconds=1), timedelta(seconds=60)
MOST = 5
"""Seconds of the broker's clock from its return to the first complete answer."""
WAVE = tuple(buy(f"k{number}", 4_000, symbol) for number, symbol in enumerate(("AAA", "BBB", "CCC", "AAA", "BBB")))
"""Each takes some minutes of the market to fill."""


def test_an_outage_of_a_minute_in_the_middle_of_a_wave_loses_no_fill_and_doubles_no_order(open_world: Open) -> None:
    opened = open_world(fault(FaultKind.DISCONNECT, call=Call.PLACE, nth=3, seconds=OUTAGE.seconds), **RICH)
    broker, began = opened.broker, after_open(2)
    broker.open_session(TUESDAY)
    broker.wait_until(began)

    doubtful = [request for request in WAVE if not is_sent(broker, request)]
    assert [request.key for request in doubtful] == ["k2", "k3", "k4"]
    opened.exchange.advance(began + OUTAGE)

    assert seconds_until_whole(broker, ask_again_in=SECOND) <= MOST
    send_what_never_came(broker, doubtful)
    broker.wait_until(after_open(60))
    everything_is_told_once(broker, opened.truth())


# ---- the cable itself ----------------------------------------------------------------------------------------------


@dataclass
class Wired:
    """A broker at the far end of a cable."""

    broker: Broker
    exchange: FaultyExchange
    cable: Cable


@contextmanager
def alpaca_at_a_cable(home: Path) -> Iterator[Wired]:
    with open_venue(World(home, settings=RICH)) as venue, Cable(venue.server_address[1]) as cable:
        exchange = venue.exchange
        assert isinstance(exchange, FaultyExchange)
        endpoints = Endpoints(*[f"http://127.0.0.1:{cable.port}"] * 2)
        wire = Wire(Credentials(KEY_ID, SECRET), endpoints, trading=Unlimited(), data=Unlimited())
        yield Wired(AlpacaBroker(wire, ExchangeClock(exchange), ACCOUNT), exchange, cable)


WAITS_FOR_THE_CABLE_S = 3.0
"""How long a read waits while the connection comes back, in real seconds: each read during the cut costs them."""


@contextmanager
def ibkr_at_a_cable(home: Path) -> Iterator[Wired]:
    with (
        HurriedVenue(World(home, settings=RICH).exchange(unique_keys=False), PATIENCE_S) as venue,
        Cable(venue.port) as cable,
    ):
        settings = IbkrSettings(port=cable.port, **{**PATIENT, "answer_seconds": WAITS_FOR_THE_CABLE_S})
        broker = IbkrBroker(settings, ACCOUNT, ExchangeClock(venue.exchange), hours)
        yield Wired(broker, venue.exchange, cable)
        broker.close()


AT_A_CABLE: dict[str, Callable[[Path], AbstractContextManager[Wired]]] = {
    "alpaca": alpaca_at_a_cable,
    "ibkr": ibkr_at_a_cable,
}


@pytest.mark.parametrize("name", sorted(AT_A_CABLE))
def test_a_cut_cable_in_the_middle_of_a_wave_loses_no_fill_and_doubles_no_order(name: str, tmp_path: Path) -> None:
    """The same with every connection reset and refused; the market has its minute, the cable lies there shorter."""
    with AT_A_CABLE[name](tmp_path) as wired:
        broker, began = wired.broker, after_open(2)
        broker.connect()
        broker.open_session(TUESDAY)
        broker.wait_until(began)
        assert all(is_sent(broker, request) for request in WAVE[:2])

        wired.cable.cut()
        assert not any(is_sent(broker, request) for request in WAVE[2:])
        broker.wait_until(began + OUTAGE)
        with pytest.raises(BrokerError):
            broker.open_orders()
        wired.cable.mend()

        assert times_asked_until_whole(broker, pause_s=0.2) <= MOST / 0.2
        send_what_never_came(broker, WAVE[2:])
        broker.wait_until(after_open(60))
        everything_is_told_once(broker, wired.exchange.truth())


# ---- what a run does -----------------------------------------------------------------------------------------------


def is_sent(broker: Broker, request: OrderRequest) -> bool:
    """Whether the broker has said so."""
    try:
        broker.submit(request)
    except BrokerError:
        return False
    return True


def is_whole(broker: Broker) -> bool:
    """Whether everything that a reconciliation asks for is answered."""
    try:
        broker.account_state()
        broker.open_orders()
        broker.executions(TUESDAY)
    except BrokerError:
        return False
    return True


def seconds_until_whole(broker: Broker, ask_again_in: timedelta) -> float:
    """By the broker's own clock."""
    began = broker.now()
    while not is_whole(broker):
        broker.wait_until(broker.now() + ask_again_in)
    return (broker.now() - began).total_seconds()


def times_asked_until_whole(broker: Broker, pause_s: float) -> int:
    """In real time, for which the broker's clock stands still."""
    for count in range(1000):
        if is_whole(broker):
            return count
        time.sleep(pause_s)
    raise TimeoutError("the broker never came back")


def send_what_never_came(broker: Broker, doubtful: Sequence[OrderRequest]) -> None:
    """After the time that makes absence a proof; under another key where the broker does not know its keys."""
    broker.wait_until(broker.now() + broker.capabilities.absence_proves_after)
    for request in doubtful:
        if broker.find_order(request.key) is None:
            known = broker.capabilities.keys_are_unique
            broker.submit(request if known else replace(request, key=f"{request.key}-1"))


def everything_is_told_once(broker: Broker, truth: ExchangeSnapshot) -> None:
    """The wave was traded exactly, and the broker tells exactly that."""
    asked = Counter[str]()
    for request in WAVE:
        asked[request.symbol] += int(request.shares)
    assert truth.positions == asked
    assert max(Counter(order.key for order in truth.orders).values()) == 1

    told = standing(broker.executions(TUESDAY))
    assert len({row.execution_id for row in told}) == len(told)
    assert sorted((e.key, e.at, e.shares, e.price) for e in told) == sorted(
        (e.key, e.at, e.shares, e.price) for e in truth.standing
    )
    assert broker.account_state().positions == truth.positions
    assert broker.open_orders() == ()
