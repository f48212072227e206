"""A venue in a process of its own, so that its work and the client's are not done by the same interpreter."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tasks.brokers.sandbox.tws.server import TwsVenue
from tasks.brokers.simulated.exchange import Exchange
from tasks.brokers.simulated.faults.exchange import FaultyExchange
from tasks.brokers.simulated.snapshot import ExchangeSnapshot
from tests.contract.alpaca.desk import open_venue
from tests.contract.world import World
from tests.unit.brokers.simulated.simulated_world import TUESDAY, MemorySource, after_open, flat_week

ENDS_WITHIN_S = 10.0
AFTER_THE_OPEN = after_open(5)


@dataclass
class FarVenue:
    """Five minutes after the open of TUESDAY; its clock moves only when it is told to."""

    port: int
    _line: Connection

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, what: str, *words: Any) -> Any:
        """`truth`, `advance` (an instant), `clients` (how many are connected to TWS)."""
        self._line.send((what, *words))
        return self._line.recv()


@contextmanager
def far_venue(wire: str, world: World, **venue: Any) -> Iterator[FarVenue]:
    """`wire` is alpaca or ibkr; `venue` are the settings of its server."""
    context = multiprocessing.get_context("spawn")
    near, far = context.Pipe()
    process = context.Process(target=_serve, args=(wire, world, venue, far), daemon=True)
    process.start()
    try:
        yield FarVenue(near.recv(), near)
    finally:
        near.send(("end",))
        process.join(ENDS_WITHIN_S)
        process.kill()


def _serve(wire: str, world: World, venue: dict[str, Any], line: Connection) -> None:
    if wire == "alpaca":
        with open_venue(world, **venue) as alpaca:
            _answer(alpaca.exchange, alpaca.server_address[1], lambda: 0, line)
    else:
        with TwsVenue(world.exchange(unique_keys=False), **venue) as tws:
            _answer(tws.exchange, tws.port, lambda: len(tws.clients()), line)


def _answer(exchange: Exchange | FaultyExchange, port: int, clients: Any, line: Connection) -> None:
    exchange.begin(TUESDAY)
    exchange.advance(AFTER_THE_OPEN)
    line.send(port)
    while (asked := line.recv())[0] != "end":
        line.send(_told(exchange, clients, *asked))


def _told(
    exchange: Exchange | FaultyExchange, clients: Any, what: str, *words: Any
) -> ExchangeSnapshot | datetime | int:
    if what == "truth":
        return exchange.truth()
    return clients() if what == "clients" else exchange.advance(*words)


@dataclass(frozen=True)
class StillClock:
    """Shows what the far venue's exchange shows, as long as nobody moves it."""

    at: datetime = AFTER_THE_OPEN
    jumps: bool = True

    def now(self) -> datetime:
        return self.at

    def wait_until(self, at: datetime) -> datetime:
        del at
        return self.at


def world_at(home: Path, source: MemorySource | None = None, **settings: Any) -> World:
    """Rich enough for every order."""
    return World(
        home, source=source or flat_week("AAA", "BBB", "CCC"), settings={"opening_cash_usd": "1e9", **settings}
    )
