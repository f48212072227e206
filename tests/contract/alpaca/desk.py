"""A venue on this machine and brokers at it: the real client library, a clock that jumps, an allowance without end."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tasks.brokers.alpaca.broker import AlpacaBroker
from tasks.brokers.alpaca.client import Wire
from tasks.brokers.alpaca.credentials import Credentials, Endpoints
from tasks.brokers.rate_limit import Unlimited
from tasks.brokers.sandbox.alpaca.server import AlpacaVenue
from tasks.brokers.sandbox.clock import VenueClock
from tests.contract.alpaca.documents import DocumentedVenue
from tests.contract.world import ACCOUNT, World

KEY_ID, SECRET = "PKCONTRACT", "marker-secret-5d1c"
WITHOUT_COMMISSION = {"fee_per_share_usd": 0, "fee_minimum_usd": 0}
SILENCE_S = 0.02
"""How long the venue keeps an unanswered request waiting: what matters is that no answer comes."""

AT_MOST_S = 60


def until(happened: Callable[[], bool]) -> None:
    """Give another thread the time it needs; how long that is proves nothing."""
    ends = time.monotonic() + AT_MOST_S
    while not happened():
        assert time.monotonic() < ends, "it never happened"
        time.sleep(0.01)


def open_venue(world: World, **more: Any) -> AlpacaVenue:
    """Not started yet: a context manager that holds each answer against Alpaca's documents where they are at hand."""
    return DocumentedVenue(world.exchange(**WITHOUT_COMMISSION), KEY_ID, SECRET, **{"holds_s": SILENCE_S, **more})


def wire_to(venue: AlpacaVenue, **more: Any) -> Wire:
    limits = {"trading": Unlimited(), "data": Unlimited()}
    return Wire(Credentials(KEY_ID, SECRET), Endpoints(venue.url, venue.url), **{**limits, **more})


def broker_at(venue: AlpacaVenue, home: Path) -> AlpacaBroker:
    """Another life of the program: nothing is shared with the ones before."""
    del home
    return AlpacaBroker(wire_to(venue), VenueClock(venue.url), ACCOUNT, advanced=True)
