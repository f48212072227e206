"""A rename, a spin-off and a merger: what their sentences say is typed, and the book goes on."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from flows.cli.main import app
from tasks.checkpoints import facts_of
from tasks.context import StepContext
from tests.flows.worlds import commands_in, steelyard_here
from tests.unit.holdings.deciding_desk import DAYS, decided, written


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Holds 100 XOM and 300 KO; its file of actions is told of each test's event."""
    monkeypatch.setenv("STEELYARD_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("STEELYARD_DATABASE_URL", raising=False)
    (tmp_path / "actions.csv").write_text("ex_date,symbol,kind,value\n")
    path = written(tmp_path, data="actions_path: actions.csv, ")
    path.write_text(path.read_text().replace(", DEAD: 100", ""))
    with decided(path, DAYS[0]) as desk:
        desk.journal.cycles.begin_attempt(desk.cycle, desk.clock())
    return path


def on_file(book: Path, row: str) -> None:
    with (book.parent / "actions.csv").open("a") as file:
        file.write(f"{row}\n")


def at_the_broker(book: Path, *statements: str) -> None:
    with closing(sqlite3.connect(book.parent / "home" / "broker" / "small.sqlite")) as memory:
        for statement in statements:
            memory.execute(statement)
        memory.commit()


def locked(desk: StepContext) -> dict[str, str]:
    return dict(facts_of(desk, "holdings")["locked"])


def explained_as_told(message: str, **more: tuple[str, ...]) -> list[dict[str, Any]]:
    """The breaks of the command that the message names, each explained by the other command that it names.

    `more` is added for the break of a symbol: figures that a person knows.
    """
    [explain], [shows] = ([c for c in commands_in(message) if c[0] == name] for name in ("explain", "breaks"))
    told = []
    for row in steelyard_here(*shows)["breaks"]:
        if not any(row["break_id"] in one["closed"] for one in told):
            words = [row["break_id"] if word == "BREAK" else word for word in explain]
            told.append(steelyard_here(*words, *more.get(row["symbol"] or "cash", ())))
    return told


def decides_again(book: Path, day: int = 1) -> tuple[dict[str, str], dict[str, str]]:
    """What holds symbols still on a session, and the findings by symbol; the session is then begun anew."""
    with decided(book, DAYS[day]) as desk:
        told = locked(desk), {f.symbol: f.message for f in desk.journal.cycles.findings(desk.cycle) if f.symbol}
        desk.journal.cycles.begin_attempt(desk.cycle, desk.clock())
    return told


def position(symbol: str) -> dict[str, Any]:
    [book] = steelyard_here("status", "small")["books"]
    return next(row for row in book["positions"] if row["symbol"] == symbol)


def test_a_rename_is_booked_as_told_and_the_new_name_goes_on_at_the_old_ones_cost(book: Path) -> None:
    on_file(book, "2022-12-27,XOM,rename,XOMN")
    message = decides_again(book, 0)[0]["XOM"]
    assert "with --cost-usd for what new ones cost, of the 10692.20 that XOM cost" in message
    at_the_broker(book, "UPDATE positions SET symbol = 'XOMN' WHERE symbol = 'XOM'")
    assert set(decides_again(book)[0]) == {"XOM", "XOMN"}
    explained_as_told(message, XOMN=("--cost-usd", "10692.20"))
    now = decides_again(book)[0]["XOM"]
    assert "Take XOM out of the universe (and out of objective.weights_pct) and name its new symbol there" in now
    for file in (book, book.parent / "bars.csv"):
        file.write_text(file.read_text().replace("XOM", "XOMN").replace("XOMNN", "XOMN"))
    assert decides_again(book) == ({}, {})
    assert (position("XOMN")["shares"], position("XOMN")["average_cost"]) == ("100", 106.922)


def test_a_spin_off_is_over_once_its_new_shares_are_booked_as_told(book: Path) -> None:
    on_file(book, "2022-12-27,XOM,spin_off,")
    message = decides_again(book, 0)[0]["XOM"]
    at_the_broker(book, "INSERT INTO positions VALUES ('NEWCO', '25')")
    assert set(decides_again(book)[0]) == {"XOM", "NEWCO"}
    explained_as_told(message, NEWCO=("--cost-usd", "500"))
    now, found = decides_again(book)
    assert (now, found["XOM"].endswith("; booked already")) == ({}, True)
    assert position("NEWCO")["average_cost"] == 20.0


def test_what_a_merger_paid_is_booked_once_with_the_shares_that_it_took(book: Path) -> None:
    """Both sides of it differ, shares and cash: the proceeds of the one are the whole of the other."""
    on_file(book, "2022-12-27,XOM,merger,")
    message = decides_again(book, 0)[0]["XOM"]
    at_the_broker(book, "DELETE FROM positions WHERE symbol = 'XOM'", "UPDATE account SET cash = cash + 11000")
    decides_again(book)
    [told] = explained_as_told(message, XOM=("--proceeds-usd", "11000"))
    assert [name.split(":")[2] for name in told["closed"]] == ["XOM", "cash"]
    assert "It is not bought. Take XOM out of the universe" in decides_again(book)[0]["XOM"]
    [status] = steelyard_here("status", "small")["books"]
    assert (status["cash_usd"], status["realised_usd"], status["open_breaks"]) == (31_000, 307.8, 0)


def test_cash_that_was_booked_by_itself_is_not_booked_again_with_the_shares(book: Path) -> None:
    on_file(book, "2022-12-27,XOM,merger,")
    decides_again(book, 0)
    at_the_broker(book, "DELETE FROM positions WHERE symbol = 'XOM'", "UPDATE account SET cash = cash + 11000")
    decides_again(book)
    shares, cash = (row["break_id"] for row in steelyard_here("breaks", "small")["breaks"])
    words = ("--book-it", "--who", "Ada", "--because", "merger")
    steelyard_here("explain", "small", cash, *words)
    refused = CliRunner().invoke(app, ["explain", "small", shares, *words, "--proceeds-usd", "11000"])
    assert (refused.exit_code, "Leave it out" in " ".join(refused.output.split())) == (2, True)
    steelyard_here("explain", "small", shares, *words)
    decides_again(book)
    [status] = steelyard_here("status", "small")["books"]
    assert (status["cash_usd"], status["open_breaks"]) == (31_000, 0)
