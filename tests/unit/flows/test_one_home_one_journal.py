"""One home for each user, from whatever folder; and a book belongs to one journal until a person says otherwise."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from typer.testing import CliRunner

from flows.book_file import LoadedBook, load_book
from flows.cli.main import app
from flows.home import chosen_home
from flows.one_journal import adopt, must_be_its_journal
from tasks.context import StepContext
from tasks.errors import SecondJournalError
from tasks.journal import Journal, open_journal
from tasks.model.client_order_ids import is_key_of, slice_key
from tasks.model.cycle import Cycle
from tasks.model.orders import BrokerOrder, OrderState, Side
from tasks.reconciliation.another_memory import must_be_the_only_memory

NOON = datetime(2022, 12, 28, 17, 0, tzinfo=UTC)
BOOK = """
book: core
broker: {name: alpaca, account: core}
data: {source: alpaca}
universe: {symbols: [AAPL, XOM, KO]}
objective: {kind: risk_parity}
"""


@pytest.fixture(autouse=True)
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user with an empty home folder, who stands in a folder of their own."""
    for name in ("STEELYARD_HOME", "STEELYARD_REGISTER", "STEELYARD_DATABASE_URL", "STEELYARD_VENUE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "ada"))
    monkeypatch.setenv("APCA_API_KEY_ID", "PK1")
    (tmp_path / "ada").mkdir()
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "ada"


@pytest.fixture
def book(tmp_path: Path) -> LoadedBook:
    file = tmp_path / "core.yaml"
    file.write_text(BOOK)
    return load_book(file)


def journal_at(folder: Path) -> Journal:
    """A journal that somebody has written into: that is what makes it one."""
    journal = open_journal(folder)
    journal.fence.take("core", f"this test at {folder}", lambda: datetime.now(UTC))
    return journal


@pytest.fixture
def first(tmp_path: Path) -> Iterator[Journal]:
    journal = journal_at(tmp_path / "first")
    yield journal
    journal.close()


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Journal]:
    journal = journal_at(tmp_path / "second")
    yield journal
    journal.close()


# --- the home ---


def test_from_whatever_folder_the_home_is_the_users_own(user: Path, tmp_path: Path, monkeypatch: Any) -> None:
    assert chosen_home().path == user / ".steelyard"
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert chosen_home().path == user / ".steelyard"
    assert not (tmp_path / "elsewhere" / ".steelyard").exists()


def test_a_home_that_was_begun_in_the_working_folder_stays_in_use_and_says_so(user: Path, tmp_path: Path) -> None:
    (tmp_path / "project" / ".steelyard").mkdir()
    chosen = chosen_home()
    assert chosen.path == tmp_path / "project" / ".steelyard"
    assert f"it was begun in this working folder and stays in use; elsewhere it is {user}" in chosen.sentence


def test_a_named_home_is_taken_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEELYARD_HOME", str(tmp_path / "named"))
    assert chosen_home().path == tmp_path / "named"
    assert "named by STEELYARD_HOME" in chosen_home().sentence


def test_doctor_names_the_home_and_why_it_is_this_one(user: Path) -> None:
    told = json.loads(CliRunner().invoke(app, ["doctor", "--json"]).stdout)
    (line,) = [check for check in told["checks"] if check["subject"] == "home"]
    assert str(user / ".steelyard") in line["words"]
    assert "the user's own" in line["words"]


# --- the journal of a book ---


def test_a_second_journal_is_refused_the_account_of_the_first(
    book: LoadedBook, first: Journal, second: Journal, tmp_path: Path
) -> None:
    assert must_be_its_journal(first, book, tmp_path / "first", NOON) == ""
    with pytest.raises(SecondJournalError) as stop:
        must_be_its_journal(second, book, tmp_path / "second", NOON)
    assert f"belongs to the journal sqlite:///{tmp_path}/first/journal.sqlite" in str(stop.value)
    assert f"steelyard adopt {book.path} --who" in str(stop.value)
    assert must_be_its_journal(first, book, tmp_path / "first", NOON) == ""


def test_another_file_of_the_same_account_is_refused_too(
    book: LoadedBook, first: Journal, second: Journal, tmp_path: Path
) -> None:
    must_be_its_journal(first, book, tmp_path / "first", NOON)
    copy = replace(book, path=tmp_path / "copy.yaml")
    with pytest.raises(SecondJournalError, match="account core at alpaca, paper"):
        must_be_its_journal(second, copy, tmp_path / "second", NOON)


def test_another_key_is_another_account(
    book: LoadedBook, first: Journal, second: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key decides whose account it is, whatever a book calls it; that the file had another journal is told."""
    must_be_its_journal(first, book, tmp_path / "first", NOON)
    monkeypatch.setenv("APCA_API_KEY_ID", "PK2")
    told = must_be_its_journal(second, book, tmp_path / "second", NOON)
    assert f"core.yaml was worked with the journal sqlite:///{tmp_path}/first/journal.sqlite so far" in told


def test_a_person_moves_a_book_by_the_advice_that_the_refusal_gives(
    book: LoadedBook, first: Journal, second: Journal, tmp_path: Path
) -> None:
    must_be_its_journal(first, book, tmp_path / "first", NOON)
    moved = adopt(second, book, tmp_path / "second", "Ada Byron", "the old machine is gone", NOON)
    assert len(moved) == 2
    assert must_be_its_journal(second, book, tmp_path / "second", NOON) == ""
    with pytest.raises(SecondJournalError):
        must_be_its_journal(first, book, tmp_path / "first", NOON)


def test_a_journal_that_is_moved_stays_the_same_one(book: LoadedBook, first: Journal, tmp_path: Path) -> None:
    must_be_its_journal(first, book, tmp_path / "first", NOON)
    first.close()
    (tmp_path / "first").rename(tmp_path / "moved")
    again = open_journal(tmp_path / "moved")
    assert must_be_its_journal(again, book, tmp_path / "moved", NOON) == ""
    again.close()


def test_a_home_of_its_own_has_a_simulated_account_of_its_own(first: Journal, second: Journal, tmp_path: Path) -> None:
    """A throw-away home works, and says where the book was worked; another database over one account does not."""
    file = tmp_path / "core.yaml"
    file.write_text(BOOK.replace("name: alpaca, ", "").replace("data: {source: alpaca}\n", ""))
    simulated = load_book(file)
    (tmp_path / "first" / "broker").mkdir()
    (tmp_path / "first" / "broker" / "core.sqlite").touch()
    must_be_its_journal(first, simulated, tmp_path / "first", NOON)
    assert "so far" in must_be_its_journal(second, simulated, tmp_path / "second", NOON)
    with pytest.raises(SecondJournalError, match="at simulated"):
        must_be_its_journal(second, simulated, tmp_path / "first", NOON)


REFUSED_EARLY = """
import sys
from flows.cli.main import app
from typer.testing import CliRunner
words = ["--who", "Ada Byron", "--because", "mandate ended"]
for command in (["run"], ["plan"], ["liquidate", *words]):
    print(CliRunner().invoke(app, [command[0], sys.argv[1], *command[1:], "--json"]).stdout.strip())
print("prefect" in sys.modules)
"""


def test_a_second_journal_is_refused_before_anything_slow_is_started(
    first: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By every command that would start Prefect and the libraries for it."""
    file = tmp_path / "core.yaml"
    file.write_text(BOOK.replace("name: alpaca, ", "").replace("data: {source: alpaca}\n", ""))
    (tmp_path / "first" / "broker").mkdir()
    (tmp_path / "first" / "broker" / "core.sqlite").touch()
    must_be_its_journal(first, load_book(file), tmp_path / "first", NOON)
    monkeypatch.setenv("STEELYARD_HOME", str(tmp_path / "first"))
    monkeypatch.setenv("STEELYARD_DATABASE_URL", f"sqlite:///{tmp_path / 'other.sqlite'}")
    said = subprocess.run([sys.executable, "-c", REFUSED_EARLY, file], capture_output=True, text=True, check=True)
    *answers, started = said.stdout.splitlines()
    assert [json.loads(answer)["error"] for answer in answers] == ["SecondJournalError"] * 3
    assert started == "False"


def test_a_home_that_was_wiped_begins_anew(first: Journal, tmp_path: Path) -> None:
    """With it went the simulated account: there is nothing left to miss."""
    file = tmp_path / "core.yaml"
    file.write_text(BOOK.replace("name: alpaca, ", "").replace("data: {source: alpaca}\n", ""))
    simulated = load_book(file)
    must_be_its_journal(first, simulated, tmp_path / "first", NOON)
    first.close()
    (tmp_path / "first" / "journal.sqlite").unlink()
    again = journal_at(tmp_path / "first")
    assert must_be_its_journal(again, simulated, tmp_path / "first", NOON) == ""
    again.close()


# --- what the broker tells of another memory ---


def desk(journal: Journal, tmp_path: Path, *keys: str) -> StepContext:
    """A desk whose broker works these orders."""
    orders = [BrokerOrder(key, key, "AAPL", Side.BUY, Decimal(1), Decimal(0), OrderState.ACCEPTED, "") for key in keys]
    broker = SimpleNamespace(name="alpaca", open_orders=lambda: orders)
    cycle = Cycle(
        "core:d", "core", date(2022, 12, 28), "core", "manual", 1, "running", "", "", "0" * 64, "", NOON, NOON
    )
    return StepContext(
        cast(Any, SimpleNamespace(book="core")), tmp_path, tmp_path, cycle, journal, cast(Any, None),
        cast(Any, broker), lambda: NOON,
    )  # fmt: skip


KEY = slice_key("core", date(2022, 12, 28), 3, "BRK.B", Side.SELL, 7, 1)


def test_an_order_of_ours_that_we_never_made_means_another_memory(first: Journal, tmp_path: Path) -> None:
    with pytest.raises(SecondJournalError, match=f"1 order of book core at work at alpaca.*{KEY}"):
        must_be_the_only_memory(desk(first, tmp_path, KEY, "made by hand"))


def test_orders_of_others_are_no_second_memory(first: Journal, tmp_path: Path) -> None:
    other = slice_key("side", date(2022, 12, 28), 1, "AAPL", Side.BUY, 1, 0)
    must_be_the_only_memory(desk(first, tmp_path, other, "", "3f1c9a52-0d6f-4a5e-9d0a-1f6f2f7f3c11"))


def test_a_key_tells_the_book_that_made_it() -> None:
    assert is_key_of("core", KEY)
    assert not is_key_of("side", KEY)
    assert not is_key_of("core", KEY[:-1] + "0")
    assert not is_key_of("core", "999999-AAPL-B001.0-aaaaaaaaaaaa")
