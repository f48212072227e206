"""The random worlds behind a broker's own client library and a server of its protocol: no law breaks over the wire."""

from pathlib import Path

import pytest

from tests.parts import in_parts
from tests.simulation.databases import SqliteDatabases
from tests.simulation.many_worlds import run_over_wire


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("wire", in_parts(2, ["alpaca", "ibkr"]))
def test_no_law_is_broken_in_random_worlds_over_the_wire(wire: str, sqlite: SqliteDatabases, folder: Path) -> None:
    run_over_wire(wire, sqlite, folder)
