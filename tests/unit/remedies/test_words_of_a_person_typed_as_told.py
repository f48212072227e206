"""The commands by which a person answers are typed as the sentences have them, and what they are to mend is mended."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tasks.checkpoints import facts_of
from tasks.context import StepContext
from tasks.errors import BrokerError
from tests.flows.worlds import commands_in, steelyard_here
from tests.unit.holdings.deciding_desk import DAYS, decided, line_of, written


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Holds 100 DEAD, whose prices ended."""
    monkeypatch.setenv("STEELYARD_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("STEELYARD_DATABASE_URL", raising=False)
    return written(tmp_path)


def leave_the_account(book: Path, where: str) -> None:
    """Positions that the broker has no more, and that nothing on its statement tells of."""
    with closing(sqlite3.connect(book.parent / "home" / "broker" / "small.sqlite")) as memory:
        memory.execute(f"DELETE FROM positions WHERE {where}")
        memory.commit()


def said_of(desk: StepContext, symbol: str) -> str:
    [finding] = [f for f in desk.journal.cycles.findings(desk.cycle) if f.symbol == symbol]
    return finding.message


def test_what_nobody_prices_is_written_off_and_taken_back_as_told_and_booked_when_it_has_left(book: Path) -> None:
    with decided(book, DAYS[0]) as desk:
        write_off, shows, explain = commands_in(said_of(desk, "DEAD"))
    steelyard_here(*write_off)
    with decided(book, DAYS[1]) as desk:
        assert line_of(desk, "DEAD")["reason"] == "written_off"
        [take_back] = commands_in(line_of(desk, "DEAD")["sentence"])
        desk.journal.cycles.begin_attempt(desk.cycle, desk.clock())
    steelyard_here(*take_back)
    leave_the_account(book, "symbol = 'DEAD'")
    with decided(book, DAYS[1]) as desk:
        assert "DEAD" in facts_of(desk, "holdings")["locked"]
    [missing] = [row for row in steelyard_here(*shows)["breaks"] if row["explained_by"] is None]
    told = steelyard_here(*(missing["break_id"] if word == "BREAK" else word for word in explain))
    assert told["closed"] == [missing["break_id"]]
    with decided(book, DAYS[1]) as desk:
        assert not desk.journal.books.breaks("small", open_only=True)


def test_an_account_that_is_truly_empty_is_planned_for_once_each_break_is_explained_as_told(book: Path) -> None:
    with decided(book, DAYS[0]) as desk:
        desk.journal.cycles.begin_attempt(desk.cycle, desk.clock())
    leave_the_account(book, "1 = 1")
    with pytest.raises(BrokerError, match="says that account small is empty") as stopped, decided(book, DAYS[0]):
        pass
    shows, explain = commands_in(str(stopped.value))
    for row in steelyard_here(*shows)["breaks"]:
        steelyard_here(*(row["break_id"] if word == "BREAK" else word for word in explain))
    with decided(book, DAYS[0]) as desk:
        assert line_of(desk, "AAPL")["side"] == "BUY"
