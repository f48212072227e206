"""A home that cannot be written, a full disk, an impossible port, a day outside the data: one sentence, and at once."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from flows.cli.main import app
from flows.commands.output import run_command

ROOT = Path(__file__).parents[3]
BOOK = "book: core\nuniverse: {symbols: [AAPL, XOM, KO]}\nobjective: {kind: risk_parity}\n"


@pytest.fixture
def no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file stands where the home belongs: nobody, not even root, can write into it."""
    monkeypatch.delenv("STEELYARD_DATABASE_URL", raising=False)
    (tmp_path / "file").touch()
    monkeypatch.setenv("STEELYARD_HOME", str(tmp_path / "file" / "home"))
    return tmp_path


def answer(*words: str, status: int) -> dict[str, Any]:
    done = CliRunner().invoke(app, [*words, "--json"])
    assert done.exit_code == status, done.output
    return json.loads(done.stdout)


@pytest.mark.usefixtures("no_home")
@pytest.mark.parametrize("words", [("status",), ("sessions", "core"), ("halt", "core", "--who", "Ada", "--why", "so")])
def test_a_home_that_cannot_be_is_told_with_what_to_do(words: tuple[str, ...]) -> None:
    said = answer(*words, status=1)
    assert said["error"] == "StorageError"
    assert "set STEELYARD_HOME to another folder" in said["message"]


def test_a_run_without_a_home_is_told_before_anything_starts(no_home: Path) -> None:
    (no_home / "core.yaml").write_text(BOOK)
    assert answer("run", str(no_home / "core.yaml"), status=1)["error"] == "StorageError"


@pytest.mark.usefixtures("no_home")
def test_doctor_finds_a_home_that_cannot_be_written_and_looks_at_the_rest() -> None:
    found = {check["subject"]: check for check in answer("doctor", status=1)["checks"]}
    assert not found["database"]["well"]
    assert not found["disk"]["well"]
    assert "STEELYARD_HOME" in found["disk"]["words"]
    assert found["calendar"]["well"]


def test_a_full_disk_is_told_wherever_it_is_met(capsys: pytest.CaptureFixture[str]) -> None:
    """The kernel's own full disk: every write to it is one too many."""

    def work() -> dict[str, Any]:
        with Path("/dev/full").open("wb", buffering=0) as disk:
            try:
                disk.write(b"a report")
            except OSError as fault:
                raise OSError(fault.errno, os.strerror(fault.errno or 0), "/reports/report.html") from fault
        return {}

    assert run_command(work, as_json=False) == 1
    assert "/reports/report.html: the disk is full: free some space" in capsys.readouterr().err


def test_a_fault_that_is_not_the_disks_is_not_called_one() -> None:
    def work() -> dict[str, Any]:
        raise ConnectionResetError(errno.ECONNRESET, "reset by peer")

    with pytest.raises(ConnectionResetError):
        run_command(work, as_json=False)


@pytest.mark.parametrize("words", [("ui",), ("venue", "alpaca")])
@pytest.mark.parametrize("port", ["99999", "-1"])
def test_a_port_that_no_machine_has_is_wrong_use(words: tuple[str, ...], port: str) -> None:
    done = CliRunner().invoke(app, [*words, "--port", port])
    assert done.exit_code == 2
    assert "65535" in done.output or "than or equal to" in done.output  # a bound, by whichever version says it


@pytest.mark.parametrize("verb", [("run",), ("plan",), ("liquidate", "--who", "Ada", "--because", "so")])
def test_a_session_outside_the_data_is_told_before_anything_slow_is_imported(
    verb: tuple[str, ...], tmp_path: Path
) -> None:
    """Neither Prefect's server nor the optimizer is even imported for it."""
    (tmp_path / "core.yaml").write_text(BOOK)
    program = (
        "import sys; from flows.cli.main import app\n"
        "try: app()\n"
        "except SystemExit as ended:\n"
        "    print(ended.code, sorted({'prefect', 'cvxpy', 'great_expectations'} & set(sys.modules)))"
    )
    words = [verb[0], str(tmp_path / "core.yaml"), *verb[1:], "--session", "2031-01-02"]
    environment = {**os.environ, "STEELYARD_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program, *words], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1] == "2 []", done.stderr
    assert "2031-01-02 is outside the data" in done.stderr


def test_the_version_is_one_line() -> None:
    from importlib.metadata import version

    assert CliRunner().invoke(app, ["--version"]).output == f"steelyard {version('steelyard')}\n"


def test_no_anchors_of_a_working_folder_are_committed() -> None:
    assert ".steelyard-anchors/" in (ROOT / ".gitignore").read_text().splitlines()
