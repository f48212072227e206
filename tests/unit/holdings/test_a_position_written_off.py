"""A delisted position that the broker shows for ever is written off by name: it counts 0, and nothing trades it."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from deciding_desk import DAYS, decided, line_of, written
from typer.testing import CliRunner, Result

from flows.cli.main import app
from flows.outcome import cycle_summary
from tasks.checkpoints import facts_of
from tasks.execution.wave import _locked
from tasks.reconciliation.owned import owned
from tasks.reconciliation.step import reconcile
from tasks.risk.measure import measured

D = Decimal


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STEELYARD_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("STEELYARD_DATABASE_URL", raising=False)
    return written(tmp_path)


def says(*words: str, who: str = "Ada Byron", because: str = "delisted on Friday") -> Result:
    return CliRunner().invoke(app, ["write-off", "small", *words, "--who", who, "--because", because])


def known_at_fifty(book: Path) -> None:
    """The first session; it was valued with DEAD at 50 USD when it still had a price."""
    with decided(book, DAYS[0]) as desk:
        prices = {s: D(p) for s, p in facts_of(desk, "holdings")["prices"].items()}
        desk.journal.books.record_valuation("small", DAYS[0], D(1), D(1), prices | {"DEAD": D(50)})


def test_it_counts_in_the_worth_until_somebody_writes_it_off_and_then_not_and_nothing_trades_it(book: Path) -> None:
    known_at_fifty(book)
    with decided(book, DAYS[1]) as desk:
        before = D(facts_of(desk, "holdings")["nav_usd"])
        assert line_of(desk, "DEAD")["reason"] == "no_price"
        assert says("DEAD").exit_code == 0
        desk.journal.cycles.begin_attempt(desk.cycle, desk.clock())
    with decided(book, DAYS[1]) as desk:
        facts, line = facts_of(desk, "holdings"), line_of(desk, "DEAD")
        assert before - D(facts["nav_usd"]) == 100 * 50
        assert (line["side"], line["reason"], line["current_weight"]) == (None, "written_off", 0.0)
        for part in ("Ada Byron", "delisted on Friday", "--take-back"):
            assert part in line["sentence"]
        assert "written off by Ada Byron" in _locked(desk, owned(desk))["DEAD"]
        assert measured(desk).loss_pct is not None
        assert measured(desk).loss_pct < 5, "the word of a person is no loss of the market"  # type: ignore[operator]
        reconcile.fn(desk)
        assert desk.journal.books.valuations("small")[-1][3]["DEAD"] == 0
        assert desk.journal.books.breaks("small", open_only=True) == ()
        told = cycle_summary(desk.journal, desk.cycle)["written_off"]
    assert "written off by Ada Byron" in told["DEAD"]
    [status] = json.loads(CliRunner().invoke(app, ["status", "small", "--json"]).stdout)["books"]
    assert status["nav_usd"] == pytest.approx(float(facts["nav_usd"]), rel=0.1)
    assert "written off by Ada Byron" in status["written_off"][0]
    assert status["unpriced"] == []
    traced = CliRunner().invoke(app, ["audit", "trace", f"small:{DAYS[1]}"]).output
    assert "DEAD written off at 0 USD a share by Ada Byron" in " ".join(traced.split())


def test_a_named_price_counts_and_a_word_taken_back_counts_no_more(book: Path) -> None:
    known_at_fifty(book)
    assert says("DEAD", "--price", "0.25").exit_code == 0
    with decided(book, DAYS[1]) as desk:
        assert facts_of(desk, "holdings")["prices"]["DEAD"] == "0.25"
        assert line_of(desk, "DEAD")["reason"] == "written_off"
        assert says("DEAD", "--take-back", because="it trades over the counter").exit_code == 0
        desk.journal.cycles.begin_attempt(desk.cycle, desk.clock())
    with decided(book, DAYS[1]) as desk:
        assert facts_of(desk, "holdings")["prices"]["DEAD"] == "50"
        assert line_of(desk, "DEAD")["reason"] == "no_price"
    words = json.loads(CliRunner().invoke(app, ["write-offs", "small", "--json"]).stdout)
    assert words["standing"] == {}
    assert [(w["said"], w["who"]) for w in words["history"]] == [
        ("written_off", "Ada Byron"),
        ("taken_back", "Ada Byron"),
    ]


def test_what_makes_no_sense_is_told_and_nothing_is_recorded(book: Path) -> None:
    known_at_fifty(book)
    for words, told in (
        (("GONE",), "GONE is not held by book small"),
        (("AAPL",), "session 2022-12-27 found a price of"),
        (("DEAD", "--price", "-1"), "0 or above"),
        (("DEAD", "--take-back"), "DEAD is not written off"),
    ):
        done = says(*words)
        assert (done.exit_code, told in done.stderr) == (2, True), done.stderr
    assert "--who is empty" in says("DEAD", who=" ").stderr
    assert "--because is empty" in says("DEAD", because=" ").stderr
    assert json.loads(CliRunner().invoke(app, ["write-offs", "small", "--json"]).stdout)["history"] == []
