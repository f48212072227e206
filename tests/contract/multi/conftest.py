"""The fixtures of the shared cases, for several brokers as one."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tasks.book.faults import Fault
from tests.contract.brokers import Opened
from tests.contract.conftest import Open
from tests.contract.multi.opener import several
from tests.contract.world import World


@pytest.fixture
def broker_name() -> str:
    return "several"


@pytest.fixture
def open_world(tmp_path: Path) -> Iterator[Open]:
    with ExitStack() as stack:

        def opened(*faults: Fault, **more: Any) -> Opened:
            source = {"source": more.pop("source")} if "source" in more else {}
            return stack.enter_context(several(World(tmp_path, faults, settings=more, **source)))

        yield opened
