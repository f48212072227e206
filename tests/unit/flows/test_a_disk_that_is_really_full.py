"""A file system without room: what was committed stays, the disk is named, and room is all that is needed."""

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

import pytest

from tasks.errors import JournalError, StorageError
from tasks.journal import Journal, open_journal
from tasks.model.account import HaltState
from tasks.model.halts import Halt
from tasks.storage import must_have_room

SIZE = "8m"
FULL = "full: free some space"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of eight megabytes; skipped where none can be mounted, and nothing else shows this then."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("no small file system can be mounted: this user is not root, or there is no `mount`")
    command = [mount, "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)]
    made = subprocess.run(command, capture_output=True, check=False)
    if made.returncode:
        pytest.skip(f"no small file system can be mounted: {made.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def filled(disk: Path) -> Path:
    """To the last byte."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 9, 1):
            with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
                written_for_ever(file, size)
    return ballast


def written_for_ever(file: FileIO, size: int) -> None:
    while file.write(bytes(size)):
        pass


def halted(journal: Journal, why: str) -> None:
    journal.halts.record(Halt("demo", HaltState.HALTED, "Ada Byron", why, {}, datetime(2022, 12, 28, tzinfo=UTC)))


def test_a_journal_on_a_full_disk_says_so_keeps_what_was_written_and_goes_on_with_room(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STEELYARD_DATABASE_URL", raising=False)
    journal = open_journal(disk)
    halted(journal, "prices look wrong")
    ballast = filled(disk)
    with pytest.raises(JournalError, match=FULL):
        halted(journal, "x" * 500_000)
    assert [halt.why for halt in journal.halts.history("demo")] == ["prices look wrong"]
    ballast.unlink()
    halted(journal, "the disk was full")
    assert {halt.why for halt in journal.halts.history("demo")} == {"prices look wrong", "the disk was full"}
    journal.close()


def test_a_full_home_is_told_before_anything_is_started_and_is_used_once_there_is_room(disk: Path) -> None:
    must_have_room(disk, 4)
    ballast = filled(disk)
    with pytest.raises(StorageError, match=f"{disk}: the disk is {FULL}"):
        must_have_room(disk, 4)
    ballast.unlink()
    must_have_room(disk, 4)
