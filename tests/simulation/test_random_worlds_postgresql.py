"""The random worlds with their journal on PostgreSQL."""

from pathlib import Path

import pytest

from tests.simulation.databases import PostgresDatabases
from tests.simulation.many_worlds import WHOLE, run_quarter


@pytest.mark.timeout(1800)
def test_no_law_is_broken_in_random_worlds_on_postgresql(postgresql: PostgresDatabases, folder: Path) -> None:
    run_quarter(0, postgresql, folder, 500 if WHOLE else 50, postgresql=True)
