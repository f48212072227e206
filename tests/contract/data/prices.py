"""Three months of made-up prices, and each live source opened over a venue that holds them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from tasks.book.data import DataSettings
from tasks.brokers.price_sources import open_source
from tasks.brokers.rate_limit import Unlimited
from tasks.brokers.sandbox.alpaca.server import AlpacaVenue
from tasks.brokers.sandbox.tws.server import TwsVenue
from tasks.brokers.simulated.faults.exchange import FaultyExchange
from tasks.market_data import calendar
from tasks.market_data.frames import daily_frame
from tasks.ports.prices import DAILY_COLUMNS, Source
from tests.contract.alpaca.desk import KEY_ID, SECRET, open_venue
from tests.contract.ibkr.hurry import HurriedVenue
from tests.contract.ibkr.venue import PATIENCE_S
from tests.contract.world import World
from tests.unit.brokers.simulated.simulated_world import HALF_DAY, MemorySource

FIRST = date(2022, 9, 1)
SYMBOLS = ("AAA", "BBB", "CCC")


def prices(*symbols: str, first: date = FIRST, last: date = HALF_DAY, **more: Any) -> MemorySource:
    """A random walk of each symbol: prices in cents, whole volumes."""
    rows: list[dict[str, Any]] = []
    for number, symbol in enumerate(symbols or SYMBOLS):
        sessions = calendar.sessions_between(first, last)
        random = np.random.default_rng(number)
        closes = 100 * np.exp(np.cumsum(random.normal(0, 0.01, len(sessions))))
        volumes = random.integers(1_000_000, 9_000_000, len(sessions))
        for session, close, volume in zip(sessions, closes, volumes, strict=True):
            told = {"open": close * 0.995, "high": close * 1.01, "low": close * 0.98, "close": close}
            cents = {name: round(float(price), 2) for name, price in told.items()}
            rows.append({"session": session.date(), "symbol": symbol, **cents, "volume": float(volume)})
    return MemorySource(rows, **more)


def behind(source: MemorySource, symbols: tuple[str, ...], first: date, last: date) -> pd.DataFrame:
    """What stands behind the venue, in the shape of a source's answer."""
    rows = [row for row in source.daily if row["symbol"] in symbols and first <= row["session"] <= last]
    return daily_frame([row[name] for name in DAILY_COLUMNS] for row in rows)


@dataclass(frozen=True)
class Opened:
    """A source to question, and the venue it asks."""

    source: Source
    venue: AlpacaVenue | TwsVenue
    exchange: FaultyExchange
    stop: Callable[[], None]
    """End the venue: nobody listens any more."""


@contextmanager
def alpaca(world: World, **data: Any) -> Iterator[Opened]:
    """Over loopback, opened as a book opens it: key and hosts from an environment."""
    with open_venue(world) as venue:
        settings = DataSettings(source="alpaca", **data)
        exchange = venue.exchange
        assert isinstance(exchange, FaultyExchange)
        source = open_source(settings, Path(), environment_of(venue), lambda _scope, _limit: Unlimited())

        def stop() -> None:
            venue.shutdown()
            venue.server_close()

        yield Opened(source, venue, exchange, stop)


def environment_of(venue: AlpacaVenue) -> dict[str, str]:
    key = {"APCA_API_KEY_ID": KEY_ID, "APCA_API_SECRET_KEY": SECRET}
    return {**key, "APCA_API_BASE_URL": venue.url, "APCA_API_DATA_URL": venue.url}


@contextmanager
def ibkr(world: World, **data: Any) -> Iterator[Opened]:
    """Through the client library and the socket of TWS."""
    venue = HurriedVenue(world.exchange(unique_keys=False), PATIENCE_S)
    with venue:
        own = {"port": venue.port, "answer_seconds": PATIENCE_S, **data.pop("ibkr", {})}
        source = open_source(DataSettings.model_validate({"source": "ibkr", "ibkr": own, **data}), Path(), {})
        yield Opened(source, venue, venue.exchange, venue.shut)


Opener = Callable[..., AbstractContextManager[Opened]]
OPENERS: Mapping[str, Opener] = MappingProxyType({"alpaca": alpaca, "ibkr": ibkr})
