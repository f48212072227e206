"""What `doctor` says of the other journals of a user: a few that are still there, and how many there were."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.commands.other_journals import other_journals
from flows.register import Entry, add

MINE = "sqlite:////home/ada/.steelyard/journal.sqlite"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STEELYARD_REGISTER", str(tmp_path / "journals.jsonl"))
    return tmp_path / "journals.jsonl"


def met(folder: Path, name: str, day: int, subject: str = "book", *, gone: bool = False) -> str:
    """A journal that this user worked a book with on a day."""
    file = folder / f"{name}.sqlite"
    if not gone:
        file.touch()
    add([Entry(f"{subject} {name}", name, f"sqlite:///{file}", name)], NOON + timedelta(days=day))
    return f"sqlite:///{file} ({name})"


def test_without_another_journal_nothing_is_said() -> None:
    add([Entry("book demo", "mine", MINE, "demo")], NOON)
    assert other_journals(MINE) == ""


def test_the_newest_that_are_there_are_named_and_the_rest_is_counted(tmp_path: Path, register: Path) -> None:
    there = [met(tmp_path, f"book{n}", n) for n in range(5)]
    for n in range(40):
        met(tmp_path, f"trial{n}", 10 + n, gone=True)
    said = f"{there[4]}, {there[3]}, {there[2]} and 2 more, 40 that are gone"
    assert other_journals(MINE) == f"other journals of this user: {said} (all in {register})"


def test_one_with_real_money_is_named_before_newer_ones(tmp_path: Path) -> None:
    pension = met(tmp_path, "pension", 0, "account U1 at alpaca, real money,")
    for n in range(4):
        met(tmp_path, f"book{n}", 1 + n)
    assert other_journals(MINE).startswith(f"other journals of this user: {pension}, ")


def test_a_journal_at_a_server_is_not_called_gone(register: Path) -> None:
    add([Entry("book core", "theirs", "postgresql+psycopg://ada:***@db/core", "core")], NOON)
    said = "postgresql+psycopg://ada:***@db/core (core)"
    assert other_journals(MINE) == f"other journals of this user: {said} (all in {register})"
