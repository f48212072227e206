"""A venue before a session, and a broker at it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.brokers.alpaca.broker import AlpacaBroker
from tasks.brokers.sandbox.alpaca.server import AlpacaVenue
from tests.contract.alpaca.desk import broker_at, open_venue
from tests.contract.world import World
from tests.unit.brokers.simulated.simulated_world import TUESDAY

RICH = {"opening_cash_usd": "1e8"}


@pytest.fixture
def venue(tmp_path: Path) -> Iterator[AlpacaVenue]:
    """Stands half an hour before TUESDAY's open; takes fractions."""
    settings = {"fractional": True, "opening_shares": {"BBB": 10}, **RICH}
    with open_venue(World(tmp_path, settings=settings)) as opened:
        opened.exchange.begin(TUESDAY)
        yield opened


@pytest.fixture
def broker(venue: AlpacaVenue, tmp_path: Path) -> AlpacaBroker:
    return broker_at(venue, tmp_path)
