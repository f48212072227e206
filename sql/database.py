"""Opens the journal's database, at the newest schema: SQLite by default, PostgreSQL by STEELYARD_DATABASE_URL."""

import os
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url

MIGRATIONS = Path(__file__).parent / "migrations"
URL_VARIABLE = "STEELYARD_DATABASE_URL"
READS_ONLY = "reads_only"
"""Execution option of a connection: on SQLite its transactions look at one moment and keep no writer waiting."""
ONE_BY_ONE = "one_by_one"
"""Execution option of a connection: on SQLite each of its statements is a transaction of its own."""


def database_url(home: Path) -> str:
    """The URL from the environment, or a SQLite file in `home`; a bare postgresql:// means the psycopg 3 driver."""
    url = os.environ.get(URL_VARIABLE) or f"sqlite:///{home / 'journal.sqlite'}"
    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed.render_as_string(hide_password=False)


def open_database(url: str) -> Engine:
    """Connect, and bring the schema to its newest revision (a no-op when it is there already)."""
    is_file = make_url(url).get_backend_name() == "sqlite"
    # Whether a server still answers is asked before each use of a connection; a file needs no asking.
    engine = create_engine(url, pool_pre_ping=not is_file, connect_args={"timeout": 30} if is_file else {})
    if is_file:
        event.listen(engine, "connect", _sqlite_pragmas)
        event.listen(engine, "begin", _begin)
    if _revision(engine) != HEAD:
        _upgrade(engine)
    return engine


HEAD = "0013"
"""Newest migration; a test holds it against the migrations folder, so that opening needs no Alembic import."""


def _sqlite_pragmas(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Any) -> None:
    """Take the write lock at once, so that two writers queue instead of failing halfway."""
    options = connection.get_execution_options()
    if not options.get(ONE_BY_ONE):
        connection.exec_driver_sql("BEGIN" if options.get(READS_ONLY) else "BEGIN IMMEDIATE")


def _revision(engine: Engine) -> str | None:
    if not inspect(engine).has_table("alembic_version"):
        return None
    with engine.connect() as connection:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(engine: Engine) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # A table can only be rebuilt while nobody insists on its references; the pragma needs no transaction.
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        with connection.begin():
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        if engine.dialect.name == "sqlite":
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")  # type: ignore[union-attr]
