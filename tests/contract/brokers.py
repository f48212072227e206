"""Opens each broker for a contract case: a name, and a context manager that gives a broker over a world's exchange.

A further broker is one more entry of `OPENERS`: every case of this folder then runs for it.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

import pytest

from tasks.brokers.simulated.broker import SimulatedBroker
from tasks.brokers.simulated.exchange import Exchange
from tasks.brokers.simulated.faults.exchange import FaultyExchange
from tasks.brokers.simulated.snapshot import ExchangeSnapshot
from tasks.model.order_validation import refusal_reason
from tasks.model.orders import OrderRequest
from tasks.ports.broker import Broker
from tests.contract.alpaca.desk import broker_at, open_venue
from tests.contract.ibkr.venue import desk
from tests.contract.world import World


@dataclass(frozen=True)
class Opened:
    """A broker to question, and what it is measured against."""

    broker: Broker
    """Connected; no session is open yet."""
    again: Callable[[], Broker]
    """Another life of the program at the same account: not connected yet, knows nothing of the first."""
    exchange: Exchange | FaultyExchange
    """What stands behind the broker, lies and all."""

    lacks: frozenset[str] = frozenset()
    """What this broker's wire cannot tell, of `auctions` and `statement`: said by name, skipped in view."""

    def must_tell(self, what: str) -> None:
        """Skip the case, visibly, where the wire cannot tell this."""
        if what in self.lacks:
            pytest.skip(f"{self.broker.name} does not tell {what}")

    def must_take(self, request: OrderRequest) -> OrderRequest:
        """The order; skips the case, visibly, where the broker's table does not have it."""
        if reason := refusal_reason(request, self.broker.capabilities):
            pytest.skip(f"{self.broker.name}: {reason}")
        return request

    def truth(self) -> ExchangeSnapshot:
        """The exchange's own book."""
        return self.exchange.truth()

    def move(self, until: datetime) -> datetime:
        """Let time go by behind the broker's back."""
        return self.exchange.advance(until)


Opener = Callable[[World], AbstractContextManager[Opened]]


@contextmanager
def simulated(world: World) -> Iterator[Opened]:
    """In process: the exchange behind the one door."""
    exchange = world.exchange()
    broker = SimulatedBroker(exchange)
    broker.connect()
    yield Opened(broker, lambda: SimulatedBroker(exchange), exchange)


@contextmanager
def ibkr(world: World) -> Iterator[Opened]:
    """Through the client library and the TWS socket protocol; one client id, so a second life ends the first."""
    with desk(world) as opened:
        broker = opened.first_life()
        yield Opened(broker, opened.next_life, opened.venue.exchange, frozenset({"auctions", "statement"}))


@contextmanager
def alpaca(world: World) -> Iterator[Opened]:
    """Over loopback: the real client library against a server that speaks Alpaca."""
    with open_venue(world) as venue:
        broker = broker_at(venue, world.home)
        broker.connect()
        yield Opened(broker, lambda: broker_at(venue, world.home), venue.exchange)


OPENERS: Mapping[str, Opener] = MappingProxyType({"alpaca": alpaca, "ibkr": ibkr, "simulated": simulated})
