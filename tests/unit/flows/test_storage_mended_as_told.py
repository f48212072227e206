"""Whoever does what is said of a disk or a folder has a program that goes on: each way that a sentence names."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli.main import app
from flows.commands.output import run_command
from tasks.brokers.simulated.store import Store
from tasks.errors import StorageError
from tasks.journal import open_journal
from tasks.storage import REMEDIES, make_folder, must_have_room


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("STEELYARD_DATABASE_URL", raising=False)
    monkeypatch.setenv("STEELYARD_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def status() -> tuple[int, str]:
    done = CliRunner().invoke(app, ["status"])
    return done.exit_code, done.output


ANOTHER_HOME = "set STEELYARD_HOME to"


@pytest.mark.parametrize("number", REMEDIES, ids=[errno.errorcode[number] for number in REMEDIES])
def test_a_command_goes_on_once_the_disk_is_as_it_was_told_or_the_home_is_elsewhere(
    home: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """The disk of one home refuses what is written to it until somebody has mended it."""
    made = Path.mkdir

    def refused(folder: Path, *words: object, **named: object) -> None:
        if folder.is_relative_to(home):
            raise OSError(number, os.strerror(number), str(folder))
        made(folder, *words, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as broken:
        broken.setattr(Path, "mkdir", refused)
        code, said = status()
        assert (code, f"{home}: {REMEDIES[number]}" in " ".join(said.split())) == (1, True), said
        if ANOTHER_HOME in said:
            broken.setenv("STEELYARD_HOME", str(home.with_name("another")))
            assert status()[0] == 0
            broken.setenv("STEELYARD_HOME", str(home))
    assert status()[0] == 0


def opens_the_journal(home: Path) -> None:
    open_journal(home).close()


def opens_the_account(home: Path) -> None:
    Store(home / "broker" / "small.sqlite").close()


def writes_a_snapshot(home: Path) -> None:
    (make_folder(home / "snapshots") / "kept").write_text("bars")


def writes_a_note(home: Path) -> None:
    (home / "prefect.url").write_text("http://127.0.0.1:4200/api")


CASES: dict[str, tuple[str, bool, Callable[[Path], None]]] = {
    "a file for the folder of snapshots": ("snapshots", False, writes_a_snapshot),
    "a file for the folder of accounts": ("broker", False, opens_the_account),
    "a folder for an account": ("broker/small.sqlite", True, opens_the_account),
    "a folder for the journal": ("journal.sqlite", True, opens_the_journal),
    "a folder for a note": ("prefect.url", True, writes_a_note),
}
"""What stands in the way, whether it is a folder, and who meets it."""


@pytest.mark.parametrize("name", CASES)
def test_what_stands_in_the_place_of_another_is_named_and_gone_once_it_is_moved_away(
    home: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    place, is_folder, meets = CASES[name]
    in_the_way = home / place
    in_the_way.parent.mkdir(parents=True)
    in_the_way.mkdir() if is_folder else in_the_way.touch()

    def work() -> dict[str, object]:
        meets(home)
        return {}

    assert run_command(work, as_json=False) == 1
    said = capsys.readouterr().err
    assert str(in_the_way) in said
    assert "move" in said
    assert "away" in said
    in_the_way.rename(home / "away")
    assert run_command(work, as_json=False) == 0


def test_a_disk_that_takes_a_folder_and_no_database_is_told_before_a_server_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk still makes small files: it was found minutes later, as a server that had not started."""
    must_have_room(tmp_path, 4)
    with monkeypatch.context() as full:
        full.setattr("tasks.storage.tempfile.TemporaryFile", lambda dir: Path("/dev/full").open("wb"))  # noqa: ARG005, SIM115
        with pytest.raises(StorageError, match=f"{tmp_path}: the disk is full: free some space"):
            must_have_room(tmp_path, 4)
    must_have_room(tmp_path, 4)
    assert list(tmp_path.iterdir()) == []
