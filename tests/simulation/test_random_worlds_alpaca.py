"""The random worlds behind Alpaca's own client library and a server of its HTTP: no law breaks over the wire."""

from pathlib import Path

import pytest

from tests.simulation.databases import SqliteDatabases
from tests.simulation.many_worlds import run_over_wire


@pytest.mark.timeout(3600)
def test_no_law_is_broken_in_random_worlds_over_the_wire_of_alpaca(sqlite: SqliteDatabases, folder: Path) -> None:
    run_over_wire("alpaca", sqlite, folder)
