"""The two commands of a person who meets a break: look at it, and explain it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from reconciliation_world import D, World, more_cash, more_shares, take_lease, world

from flows.commands.approve import explain_break, show_breaks
from tasks.errors import ConfigError, LeaseHeldError
from tasks.model.capabilities import StatementLine
from tasks.reconciliation.break_text import COMPARE_AGAIN
from tests.flows.worlds import commands_in, steelyard_here
from tests.unit.brokers.simulated.simulated_world import buy

BOOK = Path(__file__).parents[3] / "books" / "demo.yaml"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A book whose recorded text is a real book file, in the STEELYARD_HOME of the command."""
    monkeypatch.setenv("STEELYARD_HOME", str(tmp_path))
    return world(tmp_path, book_text=BOOK.read_text(encoding="utf-8"))


def found(desk: World, kind: str) -> str:
    return desk.open_breaks()[kind].break_id


def test_a_manual_trade_is_booked_by_the_command_once_no_run_is_at_work(desk: World):
    desk.broker.inner.submit(buy("by hand", 5, "BBB"))
    desk.minutes_pass()
    desk.compare()
    name = found(desk, "missing_fill")
    with pytest.raises(LeaseHeldError):
        explain_break("demo", name, "Ada", "my own trade", book_it=True, as_json=True)
    desk.journal.fence.release()
    told = explain_break("demo", name, " Ada ", "my own trade", book_it=True, as_json=True)
    assert told == {"break_id": name, "explained_by": "Ada", "booked": True, "closed": [name]}
    take_lease(desk.journal)
    assert desk.agrees()
    assert {row["explained_by"] for row in show_breaks("demo", as_json=True)["breaks"]} == {"Ada", "steelyard"}


def test_what_a_fill_explains_is_told_to_close_with_the_next_comparison(
    desk: World, capsys: pytest.CaptureFixture[str]
):
    desk.broker.inner.submit(buy("by hand", 5, "BBB"))
    desk.minutes_pass()
    desk.compare()
    shares, fill = found(desk, "shares"), found(desk, "missing_fill")
    desk.journal.fence.release()
    told = explain_break("demo", shares, "Ada", "my own trade", book_it=True, as_json=False)
    assert (told["closed"], told["explained_by"]) == ([fill], None)
    said = capsys.readouterr().out
    assert "BBB stays locked by another break" in said
    assert f"{shares}: closes with the next comparison" in said


def test_a_first_word_stands_and_nothing_is_booked_twice(desk: World):
    desk.broker.account = more_shares("AAA", 3)
    desk.compare()
    name = found(desk, "shares")
    explain_break("demo", name, "Ada", "a gift", book_it=True, as_json=True)
    again = explain_break("demo", name, "Bob", "no, mine", book_it=True, as_json=True)
    assert again["explained_by"] == "Ada"
    assert desk.agrees()
    assert [e.shares for e in desk.journal.books.entries("demo", "main") if e.kind == "balance"] == [D(3)]


def a_manual_trade(desk: World) -> None:
    desk.broker.inner.submit(buy("by hand", 5, "BBB"))
    desk.minutes_pass()


def shares_from_nowhere(desk: World) -> None:
    desk.broker.account = more_shares("AAA", 3)


def cash_from_nowhere(desk: World) -> None:
    desk.broker.account = more_cash("-3.21")


def a_liquidation(desk: World) -> None:
    assert desk.incidents.liquidate(lambda _symbol, _key: True, D("0.3"))


def a_fee_of_the_month(desk: World) -> None:
    line = StatementLine("L1", desk.broker.inner.now(), "fee", "", D(0), D("-1.50"), "of the month")
    desk.broker.statement = lambda _first, _last: (line,)
    desk.broker.account = more_cash("-1.50")


@pytest.mark.parametrize(
    "happens", [a_manual_trade, shares_from_nowhere, cash_from_nowhere, a_liquidation, a_fee_of_the_month]
)
def test_the_command_under_the_breaks_typed_for_each_that_closes_with_no_other_closes_all_of_them(
    desk: World, capsys: pytest.CaptureFixture[str], happens: Callable[[World], None]
):
    happens(desk)
    desk.compare()
    assert "--book-it" in " ".join(row.sentence for row in desk.open_breaks().values())
    show_breaks("demo", as_json=False)
    [told] = commands_in(capsys.readouterr().out)
    desk.journal.fence.release()
    own = [row for row in desk.open_breaks().values() if "this closes with it" not in row.sentence]
    for row in own:
        steelyard_here(*(row.break_id if word == "BREAK" else word for word in told))
    take_lease(desk.journal)
    assert desk.agrees()
    show_breaks("demo", as_json=False)
    assert commands_in(capsys.readouterr().out) == [], "nothing is open, nothing is told to type"


def test_an_order_of_a_stranger_is_over_once_it_is_cancelled_and_compared_as_told(desk: World):
    desk.broker.inner.submit(buy("stranger", 5, "BBB", limit="1"))
    desk.compare()
    said = desk.open_breaks()["open_order"].sentence
    assert said.endswith(f"cancel it at the broker, then {COMPARE_AGAIN}")
    desk.broker.inner.cancel("stranger")
    assert desk.agrees()


def test_breaks_are_shown_with_their_cause(desk: World, capsys: pytest.CaptureFixture[str]):
    desk.broker.inner.submit(buy("by hand", 5, "BBB"))
    desk.minutes_pass()
    desk.compare()
    show_breaks("demo", as_json=False)
    assert "manual" in capsys.readouterr().out


@pytest.mark.usefixtures("desk")
def test_an_explanation_without_a_name_or_of_no_break_is_refused():
    with pytest.raises(ConfigError, match="--who"):
        explain_break("demo", "x", " ", "why", book_it=False, as_json=True)
    with pytest.raises(ConfigError, match="no break x"):
        explain_break("demo", "x", "Ada", "why", book_it=False, as_json=True)
