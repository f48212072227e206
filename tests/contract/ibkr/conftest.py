"""A venue with its brokers for each case: `at_tws(faults..., strict=True)` opens it over a world."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tasks.book.faults import Fault
from tasks.brokers.ibkr.broker import IbkrBroker
from tests.contract.ibkr.venue import Desk, desk
from tests.contract.world import World
from tests.unit.brokers.simulated.simulated_world import OPEN

AtTws = Callable[..., Desk]


@pytest.fixture
def at_tws(tmp_path: Path) -> Iterator[AtTws]:
    with ExitStack() as stack:

        def opened(*faults: Fault, venue: dict[str, Any] | None = None, **settings: Any) -> Desk:
            found = stack.enter_context(desk(World(tmp_path, faults, settings=settings), **(venue or {})))
            found.venue.advance(OPEN)
            return found

        yield opened


def trading(found: Desk, **settings: Any) -> IbkrBroker:
    """A connected broker at the open of the session."""
    broker = found.broker(**settings)
    broker.connect()
    return broker
