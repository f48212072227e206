"""A PostgreSQL server for the tests: the one that STEELYARD_TEST_DATABASE_URL names, or one of their own."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class NoPostgresError(Exception):
    """There is no server and none can be started; the message says why."""


@contextmanager
def postgres_server(folder: Path) -> Iterator[str]:
    """URL of a server that lasts as long as the block; its files are in `folder`. Raises: NoPostgresError."""
    given = os.environ.get("STEELYARD_TEST_DATABASE_URL")
    if given:
        yield given
        return
    programs = _programs()
    if programs is None:
        raise NoPostgresError(
            "no PostgreSQL: neither STEELYARD_TEST_DATABASE_URL nor initdb and pg_ctl on this machine"
        )
    folder.mkdir(parents=True, exist_ok=True)
    as_user = _as_unprivileged(folder)
    data, port = folder / "data", _free_port()
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    _run(*as_user, programs / "initdb", "-D", data, "-A", "trust", "-U", "steelyard")
    _run(*as_user, programs / "pg_ctl", "-D", data, "-o", options, "-w", "-l", folder / "log", "start")
    try:
        yield f"postgresql+psycopg://steelyard@127.0.0.1:{port}/postgres"
    finally:
        stop = [*as_user, programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"]
        subprocess.run(stop, check=False, capture_output=True)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A server for the whole session of tests; skipped, visibly, where there is none.

    Its files are beside pytest's folders, not in them: another run of pytest closes those to the server's own user.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="steelyard-pg-", ignore_cleanup_errors=True) as name:  # noqa: SIM117
            with postgres_server(Path(name)) as url:
                yield url
    except NoPostgresError as reason:
        pytest.skip(str(reason))


def _run(*command: object) -> None:
    subprocess.run([str(word) for word in command], check=True, capture_output=True)


def _programs() -> Path | None:
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((place for place in places if (place / "pg_ctl").exists() and (place / "initdb").exists()), None)


def _as_unprivileged(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root; then it runs as the user its package made. Raises: NoPostgresError."""
    if os.getuid() != 0:
        return []
    known = subprocess.run(["id", "postgres"], capture_output=True, check=False).returncode == 0
    if shutil.which("runuser") is None or not known:
        raise NoPostgresError("running as root without a postgres user: PostgreSQL cannot be started here")
    for place in [folder, *folder.parents]:
        if place != Path("/") and place.stat().st_uid == 0 and place != Path("/tmp"):
            place.chmod(place.stat().st_mode | 0o011)
    shutil.chown(folder, "postgres")
    return ["runuser", "-u", "postgres", "--"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
