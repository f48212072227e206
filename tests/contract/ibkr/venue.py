"""An IBKR broker over the TWS venue, for contract cases: the exchange's clock is the broker's, and waiting moves it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tasks.book.broker import FASTEST, IbkrSettings
from tasks.brokers.ibkr.broker import IbkrBroker
from tasks.brokers.sandbox.tws.server import TwsVenue
from tasks.brokers.simulated.faults.exchange import FaultyExchange
from tasks.brokers.simulated.faults.plan import FaultPlan
from tests.contract.ibkr.hurry import HurriedVenue
from tests.contract.world import ACCOUNT, World
from tests.unit.brokers.simulated.simulated_world import hours

PATIENCE_S = 60.0
"""Of the loop's clock, which jumps where no answer will come; real seconds for an answer on a busy machine."""
PATIENT = {"answer_seconds": PATIENCE_S, "ack_seconds": PATIENCE_S, "messages_per_second": FASTEST}


@dataclass(frozen=True)
class ExchangeClock:
    """Moves the exchange behind the wire, as only tests can."""

    exchange: FaultyExchange
    jumps: bool = True

    def now(self) -> datetime:
        return self.exchange.now()

    def wait_until(self, at: datetime) -> datetime:
        return self.exchange.advance(at)


@dataclass
class Desk:
    """The venue, and the brokers that were opened at it."""

    venue: TwsVenue
    brokers: list[IbkrBroker] = field(default_factory=list)

    def broker(self, account: str = ACCOUNT, **settings: Any) -> IbkrBroker:
        """Not connected yet; it must be closed before another one of its client id connects."""
        chosen = IbkrSettings(**{"port": self.venue.port, **PATIENT, **settings})
        made = IbkrBroker(chosen, account, ExchangeClock(self.venue.exchange), hours)
        self.brokers.append(made)
        return made

    def first_life(self) -> IbkrBroker:
        """Connected, before the exchange began to lie: what a start-up makes of lies has cases of its own."""
        exchange, plan = self.venue.exchange, self.venue.exchange.plan
        broker = self.broker()
        exchange.plan = FaultPlan(seed=plan.seed)
        try:
            broker.connect()
        finally:
            exchange.plan = plan
        return broker

    def next_life(self, **settings: Any) -> IbkrBroker:
        """Another process, after all before it have ended."""
        for earlier in self.brokers:
            earlier.close()
        self.wait_for_nobody()
        return self.broker(**settings)

    def wait_for_nobody(self) -> None:
        """Until TWS has noticed that its clients are gone. Raises: TimeoutError."""
        end = time.monotonic() + PATIENCE_S
        while self.venue.clients():
            if time.monotonic() > end:
                raise TimeoutError("a client stays connected")
            time.sleep(0.01)


@contextmanager
def desk(world: World, **venue: Any) -> Iterator[Desk]:
    with HurriedVenue(world.exchange(unique_keys=False), PATIENCE_S, **venue) as running:
        opened = Desk(running)
        try:
            yield opened
        finally:
            for broker in opened.brokers:
                broker.close()
