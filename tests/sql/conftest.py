"""A journal on each database: SQLite in a folder, and a PostgreSQL server that the tests start themselves.

The migrations are walked once on each; every test has a copy of the empty journal that they made.
"""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from sql.database import open_database
from tasks.journal import Journal
from tests.databases import postgres_url

__all__ = ["postgres_url"]

MIGRATED, OF_THE_TEST = "steelyard_migrated", "steelyard_test"


@pytest.fixture(scope="session")
def sqlite_copy(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], str]:
    """Puts an empty journal into a folder; its URL."""
    migrated = tmp_path_factory.mktemp("migrated") / "journal.sqlite"
    open_database(f"sqlite:///{migrated}").dispose()

    def copied(folder: Path) -> str:
        return f"sqlite:///{shutil.copy(migrated, folder)}"

    return copied


@pytest.fixture(scope="session")
def postgres_copy(postgres_url: str) -> Callable[[], str]:
    """Makes a database with an empty journal, instead of the one before; its URL."""

    def named(name: str) -> str:
        return make_url(postgres_url).set(database=name).render_as_string(hide_password=False)

    def again(name: str, template: str) -> None:
        engine = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        engine.dispose()

    def copied() -> str:
        again(OF_THE_TEST, MIGRATED)
        return named(OF_THE_TEST)

    again(MIGRATED, "template0")
    open_database(named(MIGRATED)).dispose()
    return copied


@pytest.fixture(params=["sqlite", "postgresql"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    """An empty journal at the newest schema, once on each database."""
    if request.param == "sqlite":
        engine = open_database(request.getfixturevalue("sqlite_copy")(tmp_path))
    else:
        engine = open_database(request.getfixturevalue("postgres_copy")())
    journal = Journal.over(engine)
    journal.fence.take("demo", "this test", lambda: datetime.now(UTC))
    yield journal
    engine.dispose()
