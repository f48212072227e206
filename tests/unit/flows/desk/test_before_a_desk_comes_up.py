"""What would keep a desk from coming up is said before anything is started, with what to do."""

import http.server
import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from flows.desk.preflight import ready
from tasks.errors import ConfigError, StorageError
from tasks.journal.prefect_database import prefect_database

ROOT = Path(__file__).parents[4]


@pytest.fixture(autouse=True)
def in_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for name in [name for name in os.environ if name.startswith(("PREFECT_", "STEELYARD_DATABASE"))]:
        monkeypatch.delenv(name)


@contextmanager
def prefect_of(home: str) -> Iterator[int]:
    """A server that answers as Prefect's does, for a home; its port."""

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"home": home}).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: ARG002 - its name is the library's
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_where_all_is_well_the_programs_share_the_home(tmp_path: Path) -> None:
    port = free_port()
    settings = ready(tmp_path, port)
    assert settings.environment["STEELYARD_HOME"] == str(tmp_path)
    assert settings.environment["PREFECT_API_URL"] == f"http://127.0.0.1:{port}/api"
    assert settings.environment["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"] == "30"
    assert settings.deployments == ROOT / "prefect.yaml"
    assert settings.database == ""


def test_a_port_that_another_program_has_is_told_with_another_one(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"port {port} .* cannot be had .*`steelyard up --port \d+`"):
            ready(tmp_path, port)


def test_a_prefect_server_of_another_home_is_told_as_that(tmp_path: Path) -> None:
    with prefect_of("/srv/other/prefect") as port, pytest.raises(ConfigError) as told:
        ready(tmp_path, port)
    assert f"another Prefect server that keeps its state in /srv/other/prefect answers at port {port}" in str(
        told.value
    )


def test_a_prefect_server_of_this_home_that_up_did_not_start_is_told_as_that(tmp_path: Path) -> None:
    with prefect_of(str(tmp_path / "prefect")) as port, pytest.raises(ConfigError) as told:
        ready(tmp_path, port)
    assert f"a Prefect server of this home answers at port {port}" in str(told.value)


def test_a_home_that_cannot_be_written_is_told_first(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file stands here")
    with pytest.raises(StorageError, match="a file stands where a folder belongs"):
        ready(tmp_path / "home", free_port())


def test_a_folder_without_deployments_has_those_of_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert ready(tmp_path / "home", free_port()).deployments == tmp_path / "home" / "prefect.yaml"


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({}, ""),
        ({"STEELYARD_DATABASE_URL": "sqlite:////srv/journal.sqlite"}, ""),
        (
            {"STEELYARD_DATABASE_URL": "postgresql://desk:a%40b@db:5433/books?sslmode=require"},
            "postgresql+asyncpg://desk:a%40b@db:5433/books_prefect?ssl=require",
        ),
        (
            {"STEELYARD_DATABASE_URL": "postgresql+psycopg:///books?host=/run/postgresql"},
            "postgresql+asyncpg:///books_prefect?host=%2Frun%2Fpostgresql",
        ),
        (
            {
                "STEELYARD_DATABASE_URL": "postgresql://db/books",
                "PREFECT_API_DATABASE_CONNECTION_URL": "sqlite+aiosqlite:////srv/prefect.db",
            },
            "",
        ),
        ({"STEELYARD_DATABASE_URL": "postgresql://db/books", "PREFECT_SERVER_DATABASE_HOST": "other"}, ""),
    ],
)
def test_one_variable_names_both_databases_unless_prefects_own_settings_do(
    environment: dict[str, str], url: str
) -> None:
    assert prefect_database(environment) == url


def test_a_setting_that_prefects_driver_does_not_know_is_told_with_the_other_variable() -> None:
    with pytest.raises(
        ConfigError, match=r"has options, which .*PREFECT_API_DATABASE_CONNECTION_URL=postgresql\+asyncpg"
    ):
        prefect_database({"STEELYARD_DATABASE_URL": "postgresql://db/books?options=-csearch_path%3Dx"})


def test_a_database_that_does_not_answer_is_told_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEELYARD_DATABASE_URL", f"postgresql://desk:secret@127.0.0.1:{free_port()}/books")
    with pytest.raises(ConfigError, match='CREATE DATABASE "books_prefect" OWNER desk') as told:
        ready(tmp_path, free_port())
    assert "secret" not in str(told.value)
