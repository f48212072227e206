"""Lives at Alpaca: each has a client of its own, and none holds anything that keeps another one out."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tasks.brokers.alpaca.broker import AlpacaBroker
from tasks.brokers.sandbox.alpaca.encode import activity_id
from tasks.brokers.sandbox.alpaca.server import AlpacaVenue
from tasks.brokers.simulated.faults.exchange import FaultyExchange
from tasks.brokers.simulated.snapshot import ExchangeSnapshot
from tasks.ports.broker import Broker
from tests.contract.alpaca.desk import KEY_ID, SECRET, wire_to
from tests.simulation.wires import ExchangeClock, Ids

HOLDS_S = 0.01
"""Real seconds for which an unanswered request is kept waiting: what matters is that no answer comes."""


@dataclass
class Alpaca:
    venue: AlpacaVenue
    exchange: FaultyExchange

    @contextmanager
    def life(self) -> Iterator[Broker]:
        wire = wire_to(self.venue)
        clock = ExchangeClock(self.exchange, self.exchange.advance)
        broker = AlpacaBroker(wire, clock, self.exchange.account_name)
        try:
            yield broker
        finally:
            broker.close()
            for client in (wire._trading, wire._data):
                client._session.close()


@contextmanager
def opened(exchange: FaultyExchange, seed: int) -> Iterator[Alpaca]:
    """Nothing here is left to chance."""
    del seed
    with AlpacaVenue(exchange, KEY_ID, SECRET, holds_s=HOLDS_S) as venue:
        yield Alpaca(venue, exchange)


def names(truth: ExchangeSnapshot) -> tuple[Ids, Ids]:
    """The executions' ids on the wire, and what each is said to correct, by the exchange's own ids."""
    orders = {order.broker_order_id: order for order in truth.orders}
    ids = {row.execution_id: activity_id(row, orders[row.execution_id.rpartition("-")[0]]) for row in truth.executions}
    return ids, {row.execution_id: ids.get(row.supersedes, "") for row in truth.executions}
