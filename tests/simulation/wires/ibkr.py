"""Lives at Interactive Brokers: all have one client id, and a life that stands still may keep it or lose it."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tasks.book.broker import IbkrSettings
from tasks.brokers.ibkr.broker import IbkrBroker
from tasks.brokers.sandbox.tws import order_status
from tasks.brokers.sandbox.tws.server import TwsVenue
from tasks.brokers.simulated.faults.exchange import FaultyExchange
from tasks.brokers.simulated.snapshot import ExchangeSnapshot
from tasks.ports.broker import Broker
from tests.contract.ibkr.hurry import HurriedVenue
from tests.simulation.market import hours
from tests.simulation.wires import ExchangeClock, Ids

ANSWERS_WITHIN_S = 60.0
"""Of the loop's clock, which jumps where no answer will come; real seconds on a busy machine."""
UNPACED = {"answer_seconds": ANSWERS_WITHIN_S, "ack_seconds": ANSWERS_WITHIN_S, "messages_per_second": 100_000}
KEEPS_ITS_SOCKET = 0.5
"""Chance of a world in which TWS turns the newer process away; in the others the older one's machine is cut off."""


@dataclass
class Tws:
    venue: TwsVenue
    older_keeps_its_socket: bool
    _alive: list[Broker] = field(default_factory=list)

    @contextmanager
    def life(self) -> Iterator[Broker]:
        self._make_room()
        settings = IbkrSettings(port=self.venue.port).model_copy(update=UNPACED)
        exchange = self.venue.exchange
        broker = IbkrBroker(settings, exchange.account_name, ExchangeClock(exchange, self.venue.advance), hours)
        self._alive.append(broker)
        try:
            yield broker
        finally:
            self._alive.remove(broker)
            broker.close()

    def _make_room(self) -> None:
        """Sockets of the dead are gone; that of a life that stands still is reset, or keeps its client id."""
        if self._alive and self.older_keeps_its_socket:
            return
        if self._alive:
            self.venue.cut()
        end = time.monotonic() + ANSWERS_WITHIN_S
        while self.venue.clients():
            if time.monotonic() > end:
                raise TimeoutError("a client stays connected")
            time.sleep(0.002)


@contextmanager
def opened(exchange: FaultyExchange, seed: int) -> Iterator[Tws]:
    keeps = random.Random(f"steelyard wire {seed}").random() < KEEPS_ITS_SOCKET
    with HurriedVenue(exchange, silence_s=ANSWERS_WITHIN_S) as venue:
        yield Tws(venue, keeps)


def names(truth: ExchangeSnapshot) -> tuple[Ids, Ids]:
    """The executions' ids on the wire, and what each is said to correct, by the exchange's own ids.

    All corrections of a report name the first one: reports in between need not have been seen.
    """
    ids = order_status.names(truth.executions)
    firsts = {name: f"{name.rpartition('.')[0]}.01" for name in ids.values()}
    return ids, {row.execution_id: firsts[ids[row.execution_id]] if row.supersedes else "" for row in truth.executions}
