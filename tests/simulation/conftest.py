"""Homes in memory, journals copied from one that was migrated once, and a PostgreSQL server for the tests that ask."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import postgres_url
from tests.simulation.databases import PostgresDatabases, SqliteDatabases, on_tmpfs

__all__ = ["postgres_url"]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=on_tmpfs(), prefix="steelyard-") as name:
        yield Path(name)


@pytest.fixture(scope="module")
def sqlite(folder: Path) -> SqliteDatabases:
    return SqliteDatabases(folder)


@pytest.fixture(scope="module")
def postgresql(request: pytest.FixtureRequest) -> PostgresDatabases:
    """Named after the module, so that two test processes may share one server."""
    prefix = "w_" + request.module.__name__.rpartition(".")[2].removeprefix("test_")[:40]
    return PostgresDatabases(request.getfixturevalue("postgres_url"), prefix)
