"""A journal on each database: SQLite in a folder, and a PostgreSQL server that the tests start themselves."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sql.database import open_database
from tasks.journal import Journal
from tests.databases import postgres_url

__all__ = ["postgres_url"]


@pytest.fixture(params=["sqlite", "postgresql"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    """An empty journal at the newest schema, once on each database."""
    if request.param == "sqlite":
        engine = open_database(f"sqlite:///{tmp_path / 'journal.sqlite'}")
    else:
        url = request.getfixturevalue("postgres_url")
        _empty(url)
        engine = open_database(url)
    journal = Journal.over(engine)
    journal.fence.take("demo", "this test", lambda: datetime.now(UTC))
    yield journal
    engine.dispose()


def _empty(url: str) -> None:
    from sqlalchemy import create_engine, text

    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
