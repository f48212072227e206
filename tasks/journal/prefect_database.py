"""Prefect's own database: beside the journal's where that is on PostgreSQL, unless Prefect's settings name another."""

from collections.abc import Mapping

from sqlalchemy import URL, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from sql.database import URL_VARIABLE
from tasks.errors import ConfigError

DATABASE_VARIABLE = "PREFECT_API_DATABASE_CONNECTION_URL"
OF_PREFECT = ("PREFECT_API_DATABASE_", "PREFECT_SERVER_DATABASE_")
"""Whoever sets one of these decides by himself."""
ENDS_WITH = "_prefect"
UNDERSTOOD = ("host", "port", "sslmode")
"""Settings in a URL that mean the same to Prefect's driver (sslmode as ssl)."""


def prefect_database(environment: Mapping[str, str]) -> str:
    """The URL for Prefect's server; empty where the journal is a file, or Prefect's own settings say where to.

    Raises: ConfigError for a URL that Prefect's driver would not understand.
    """
    named = environment.get(URL_VARIABLE, "")
    if not named or any(name.startswith(OF_PREFECT) and value for name, value in environment.items()):
        return ""
    try:
        journal = make_url(named)
    except ArgumentError as error:
        raise ConfigError(f"{URL_VARIABLE} is no database URL; e.g. postgresql://user@host/steelyard") from error
    if journal.get_backend_name() not in ("postgresql", "postgres"):
        return ""
    return _beside(journal).render_as_string(hide_password=False)


def _beside(journal: URL) -> URL:
    strange = sorted(set(journal.query) - set(UNDERSTOOD))
    if strange:
        raise ConfigError(
            f"{URL_VARIABLE} has {', '.join(strange)}, which Prefect's own driver does not know: name Prefect's "
            f"database too, {DATABASE_VARIABLE}=postgresql+asyncpg://user@host/{journal.database}{ENDS_WITH}"
        )
    query = {"ssl" if name == "sslmode" else name: value for name, value in journal.query.items()}
    return journal.set(drivername="postgresql+asyncpg", database=f"{journal.database}{ENDS_WITH}", query=query)


def make_prefect_database(environment: Mapping[str, str]) -> str:
    """As above, and the database is there afterwards.

    Raises: ConfigError where the server does not answer, or this user may not make a database on it.
    """
    url = prefect_database(environment)
    if url:
        _make(make_url(environment[URL_VARIABLE]).set(drivername="postgresql+psycopg"), str(make_url(url).database))
    return url


def _make(journal: URL, name: str) -> None:
    engine = create_engine(journal, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            if connection.execute(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}).scalar():
                return
            connection.execute(text(f'CREATE DATABASE "{name.replace(chr(34), chr(34) * 2)}"'))
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise ConfigError(
            f"Prefect's database {name} beside the journal {journal.render_as_string(hide_password=True)}: {cause}. "
            f'Have it made: CREATE DATABASE "{name}" OWNER {journal.username}; or name another in {DATABASE_VARIABLE}'
        ) from error
    finally:
        engine.dispose()
