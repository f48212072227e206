"""One look at the database that takes no lock and no more round trips than it must."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from sql.database import READS_ONLY


@contextmanager
def looking(engine: Engine) -> Iterator[Connection]:
    """A connection for a single statement that only reads: it sees what is committed, and keeps no writer waiting."""
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        else:
            connection = connection.execution_options(**{READS_ONLY: True})
        yield connection
