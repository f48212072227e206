"""A journal on each database: SQLite in a folder, and a PostgreSQL server that the tests start themselves."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sql.database import open_database
from tasks.journal import Journal
from tasks.journal.books import Books
from tasks.journal.cycles import Cycles
from tasks.journal.decisions import Decisions
from tasks.journal.orders import Orders


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """STEELYARD_TEST_DATABASE_URL, or a server of our own on a free port; skipped where there is neither."""
    given = os.environ.get("STEELYARD_TEST_DATABASE_URL")
    if given:
        yield given
        return
    programs = _postgres_programs()
    if programs is None:
        pytest.skip("no PostgreSQL: neither STEELYARD_TEST_DATABASE_URL nor initdb and pg_ctl on this machine")
    folder = tmp_path_factory.mktemp("postgres")
    as_user = _as_unprivileged(folder)
    data, port = folder / "data", _free_port()
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    subprocess.run(
        [*as_user, programs / "initdb", "-D", data, "-A", "trust", "-U", "steelyard"], check=True, capture_output=True
    )
    subprocess.run(
        [*as_user, programs / "pg_ctl", "-D", data, "-o", options, "-w", "-l", folder / "log", "start"],
        check=True,
        capture_output=True,
    )
    try:
        yield f"postgresql+psycopg://steelyard@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run(
            [*as_user, programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"], check=False, capture_output=True
        )


@pytest.fixture(params=["sqlite", "postgresql"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    """An empty journal at the newest schema, once on each database."""
    if request.param == "sqlite":
        engine = open_database(f"sqlite:///{tmp_path / 'journal.sqlite'}")
    else:
        url = request.getfixturevalue("postgres_url")
        _empty(url)
        engine = open_database(url)
    yield Journal(engine, Cycles(engine), Decisions(engine), Orders(engine), Books(engine))
    engine.dispose()


def _empty(url: str) -> None:
    from sqlalchemy import create_engine, text

    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()


def _postgres_programs() -> Path | None:
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "pg_ctl").exists() and (place / "initdb").exists()), None)


def _as_unprivileged(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root; then it runs as the user its package made."""
    if os.getuid() != 0:
        return []
    if (
        shutil.which("runuser") is None
        or subprocess.run(["id", "postgres"], capture_output=True, check=False).returncode
    ):
        pytest.skip("running as root without a postgres user: PostgreSQL cannot be started here")
    for place in [folder, *folder.parents]:
        if place != Path("/") and place.stat().st_uid == 0 and place != Path("/tmp"):
            place.chmod(place.stat().st_mode | 0o011)
    shutil.chown(folder, "postgres")
    return ["runuser", "-u", "postgres", "--"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
