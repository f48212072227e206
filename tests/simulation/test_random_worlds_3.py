"""Part 3 of 4 of the random worlds: whatever the exchange does and whoever dies, every law holds."""

from pathlib import Path

import pytest

from tests.simulation.databases import SqliteDatabases
from tests.simulation.many_worlds import run_quarter


@pytest.mark.timeout(900)
def test_no_law_is_broken_in_random_worlds(sqlite: SqliteDatabases, folder: Path) -> None:
    run_quarter(2, sqlite, folder)
