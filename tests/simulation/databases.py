"""Journals for worlds: copies of one that was migrated once, on SQLite and on PostgreSQL."""

import shutil
import sqlite3
from itertools import count
from pathlib import Path
from typing import Protocol

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from sql.database import open_database

_numbers = count(1)


class Databases(Protocol):
    def new(self, home: Path) -> str:
        """URL of an empty journal at the newest schema."""
        ...

    def drop(self, url: str) -> None: ...


def on_tmpfs() -> Path | None:
    """A folder in memory, where the machine has one."""
    shared = Path("/dev/shm")
    return shared if shared.is_dir() else None


class SqliteDatabases:
    def __init__(self, folder: Path) -> None:
        self._template = folder / "template.sqlite"
        open_database(f"sqlite:///{self._template}").dispose()
        with sqlite3.connect(self._template) as sql:
            sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        sql.close()

    def new(self, home: Path) -> str:
        shutil.copyfile(self._template, home / "journal.sqlite")
        return f"sqlite:///{home / 'journal.sqlite'}"

    def drop(self, url: str) -> None:
        """The file goes with its home."""


class PostgresDatabases:
    def __init__(self, server: str, prefix: str = "world") -> None:
        self._server, self._prefix = make_url(server), prefix
        self._admin = create_engine(server, isolation_level="AUTOCOMMIT")
        self._template = f"{prefix}_template"
        self._run(f"DROP DATABASE IF EXISTS {self._template}", f"CREATE DATABASE {self._template}")
        open_database(self._url(self._template)).dispose()

    def new(self, home: Path) -> str:  # noqa: ARG002 (the protocol's)
        return self.copy_of(self._url(self._template))

    def copy_of(self, url: str) -> str:
        """Another database with the same rows; nobody may be connected to the first one."""
        name = f"{self._prefix}_{next(_numbers)}"
        source = make_url(url).database
        self._run(f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name} TEMPLATE {source}")
        return self._url(name)

    def drop(self, url: str) -> None:
        self._run(f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")

    def _url(self, name: str) -> str:
        return self._server.set(database=name).render_as_string(hide_password=False)

    def _run(self, *statements: str) -> None:
        with self._admin.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
