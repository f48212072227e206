"""The random worlds: whatever the exchange does and whoever dies, every law holds."""

from pathlib import Path

import pytest

from tests.simulation.databases import SqliteDatabases
from tests.simulation.many_worlds import run_quarter


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("quarter", range(4), ids="part {}".format)
def test_no_law_is_broken_in_random_worlds(quarter: int, sqlite: SqliteDatabases, folder: Path) -> None:
    run_quarter(quarter, sqlite, folder)
