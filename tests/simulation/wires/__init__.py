"""How the lives of a world reach their exchange through a real client library and a server that speaks its wire.

A broker's library is imported only where a world names the broker.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from importlib import import_module
from types import MappingProxyType

from tasks.brokers.simulated.faults.exchange import FaultyExchange
from tasks.brokers.simulated.snapshot import ExchangeSnapshot
from tests.simulation.facts import Facts, draw
from tests.simulation.life import Access, Ground, open_liar
from tests.simulation.memory import Exchange
from tests.simulation.outages import draw_outages

Ids = Mapping[str, str]


@dataclass(frozen=True)
class Nature:
    """What a broker is, whatever a seed has drawn."""

    keys_are_unique: bool
    commission: bool
    fractional: bool
    auctions_in_minutes: bool
    """Whether its minute bars have the auctions' volume in them."""
    not_carried: Mapping[str, str]
    """Kinds of lies that this wire cannot tell, each with the reason: left out of its worlds by name."""
    most_reruns: int = 20
    """After its planned lives a world must come to its end within so many runs."""


NATURES: Mapping[str, Nature] = MappingProxyType(
    {
        "alpaca": Nature(
            keys_are_unique=True,
            commission=False,
            fractional=True,
            auctions_in_minutes=False,
            not_carried={},
        ),
        "ibkr": Nature(
            keys_are_unique=False,
            commission=True,
            fractional=False,
            auctions_in_minutes=True,
            not_carried={},
            # Connecting asks everything once: a silence of many questions ends a run after the other.
            most_reruns=60,
        ),
    }
)


def over(wire: str, facts: Facts) -> Facts:
    """The same world with the exchange behind a wire, which fails for a while in most worlds."""
    nature = NATURES[wire]
    return replace(
        facts,
        wire=wire,
        unique_keys=nature.keys_are_unique,
        commission=nature.commission,
        fractional=nature.fractional,
        faults=tuple(
            fault for fault in (*facts.faults, *draw_outages(facts.seed)) if fault["kind"] not in nature.not_carried
        ),
    )


def draw_over(wire: str) -> Callable[[int], Facts]:
    """As `draw`; an empty wire is none."""
    return (lambda seed: over(wire, draw(seed))) if wire else draw


def opened(wire: str, exchange: FaultyExchange, seed: int) -> AbstractContextManager[Access]:
    """A server of this wire over the exchange."""
    return import_module(f"tests.simulation.wires.{wire}").opened(exchange, seed)


@contextmanager
def reached(ground: Ground) -> Iterator[None]:
    """While it is open, the lives of the world reach their exchange through the wire of its facts, if there is one."""
    if not ground.facts.wire:
        yield
        return
    exchange = open_liar(ground)
    try:
        with opened(ground.facts.wire, exchange, ground.facts.seed) as access:
            ground.access = access
            yield
    finally:
        ground.access = None
        exchange.inner.store.close()


def as_told(wire: str, book: Exchange, truth: ExchangeSnapshot) -> Exchange:
    """The exchange's book under the ids that the wire gives to executions, and with what it says that they correct."""
    ids, corrected = import_module(f"tests.simulation.wires.{wire}").names(truth)
    rows = [
        {**row, "execution_id": ids[row["execution_id"]], "supersedes": corrected[row["execution_id"]]}
        for row in book.executions
    ]
    return replace(book, executions=rows)


@dataclass(frozen=True)
class ExchangeClock:
    """Moves the exchange behind the wire, as only tests can; `move` lets the server tell at once what happened."""

    exchange: FaultyExchange
    move: Callable[[datetime], datetime]
    jumps: bool = True

    def now(self) -> datetime:
        return self.exchange.now()

    def wait_until(self, at: datetime) -> datetime:
        return self.move(at)
