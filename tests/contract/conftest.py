"""Runs every contract case once for each broker of the registry, by name."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tasks.book.faults import Fault, FaultKind
from tests.contract.brokers import OPENERS, Opened
from tests.contract.world import World

Open = Callable[..., Opened]


@pytest.fixture(params=sorted(OPENERS))
def broker_name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def open_world(broker_name: str, tmp_path: Path) -> Iterator[Open]:
    """`open_world(fault(...), ..., source=..., **settings)`: a connected broker over a world; closed after the test."""
    with ExitStack() as stack:

        def opened(*faults: Fault, **more: Any) -> Opened:
            source = {"source": more.pop("source")} if "source" in more else {}
            world = World(tmp_path, faults, settings=more, **source)
            return stack.enter_context(OPENERS[broker_name](world))

        yield opened


def fault(kind: FaultKind, **more: Any) -> Fault:
    """A planned lie in few words."""
    return Fault(kind=kind, **more)
