"""What really struck in a world: faults by their kind, and outages by whether patience can ride them out."""

from collections import Counter
from collections.abc import Iterator

from tasks.book.faults import Fault, FaultKind
from tasks.brokers.simulated.broker import SimulatedBroker
from tasks.brokers.simulated.faults.exchange import FaultyExchange
from tests.simulation.outages import LONGEST_RIDE, SHORTEST_RIDE


def fired(broker: SimulatedBroker) -> Counter[str]:
    """How often each kind of fault really struck."""
    struck: Counter[str] = Counter()
    for fault, times in _struck(broker):
        struck[fault.kind.value] += times
    return struck


def outages(broker: SimulatedBroker) -> Counter[str]:
    """How often the line failed for less and for longer than patience lasts; what is in between may go either way."""
    struck: Counter[str] = Counter()
    for fault, times in _struck(broker):
        if fault.kind is FaultKind.DISCONNECT and fault.lasting < SHORTEST_RIDE:
            struck["outage shorter than patience"] += times
        if fault.kind is FaultKind.DISCONNECT and fault.lasting > LONGEST_RIDE:
            struck["outage longer than patience"] += times
    return struck


def _struck(broker: SimulatedBroker) -> Iterator[tuple[Fault, int]]:
    exchange = broker.exchange
    if isinstance(exchange, FaultyExchange):
        faults = dict(exchange.plan.named)
        yield from ((faults[name], times) for name, times in exchange.fired().items())
