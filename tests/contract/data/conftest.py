"""Each case of a source runs for every live source: `open_at(instant, what the market holds, settings...)`."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.contract.data.prices import OPENERS, Opened, prices
from tests.contract.world import World
from tests.unit.brokers.simulated.simulated_world import MemorySource, after_open

Open = Callable[..., Opened]
NOON = after_open(150)
"""Of TUESDAY, while its session runs."""


@pytest.fixture(params=sorted(OPENERS))
def provider(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def open_at(provider: str, tmp_path: Path) -> Iterator[Open]:
    """The provider's source over a venue whose clock stands at an instant; closed after the test."""
    with ExitStack() as stack:

        def opened(
            at: datetime = NOON, served: MemorySource | None = None, adjustment: str = "split", **data: Any
        ) -> Opened:
            world = World(tmp_path, source=served or prices())
            found = stack.enter_context(OPENERS[provider](world, adjustment=adjustment, **data))
            found.exchange.advance(at)
            return found

        yield opened
