"""`steelyard status` after a plan, in the middle of a session, after a crash and after a withdrawal."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from flows.cli.main import app
from tasks.journal import Journal, open_journal
from tasks.journal.lease_owners import this_process
from tasks.model.cycle import Checkpoint, Cycle
from tasks.model.ledger_records import LedgerRow
from tasks.model.order_records import OrderEvent, ParentOrder, Slice
from tasks.model.orders import Algorithm, Execution, OrderRequest, OrderState, OrderType, Side, TimeInForce
from tasks.model.plan_records import PlanRecord

SESSION = date(2022, 12, 28)
OPENING, NOON = datetime(2022, 12, 28, 14, 0, tzinfo=UTC), datetime(2022, 12, 28, 17, 0, tzinfo=UTC)
CYCLE = Cycle(
    "demo:2022-12-28", "demo", SESSION, "main", "manual", 1, "running", "", "b.yaml", "0" * 64, "", NOON, NOON
)
REQUEST = OrderRequest("demo-k1", "main", "XOM", Side.BUY, Decimal(100), OrderType.MARKET, TimeInForce.DAY)


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Journal]:
    """10,000 USD and 900 AAPL at 100 were taken over this morning; XOM, not held yet, stands at 50."""
    monkeypatch.setenv("STEELYARD_HOME", str(tmp_path))
    monkeypatch.delenv("STEELYARD_DATABASE_URL", raising=False)
    journal = open_journal(tmp_path)
    journal.fence.take("demo", this_process(), lambda: datetime.now(UTC))
    journal.cycles.open(CYCLE)
    cash = LedgerRow("cash", "demo", "main", "opening", OPENING, None, None, Decimal(10_000), None, "")
    shares = replace(cash, entry_id="a", symbol="AAPL", shares=Decimal(900), amount_usd=None, price=Decimal(100))
    journal.books.record_entries([cash, shares])
    facts = {"prices": {"AAPL": "100", "XOM": "50"}}
    journal.cycles.record_step(CYCLE, Checkpoint("holdings", {"sentence": "", "facts": facts}, 0.1, OPENING))
    yield journal
    journal.close()


def status() -> dict[str, Any]:
    done = CliRunner().invoke(app, ["status", "demo", "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)["books"][0]


def shown() -> str:
    """On a terminal of 80 columns."""
    return CliRunner().invoke(app, ["status", "demo"]).output


def buys_xom(journal: Journal, *states: OrderState) -> None:
    """100 XOM at the broker."""
    journal.decisions.record_plan(PlanRecord("h", CYCLE.cycle_id, 1, {}, NOON))
    order = ParentOrder(
        "o1", CYCLE.cycle_id, "h", "XOM", Side.BUY, Decimal(100), Algorithm.TWAP, "toward_target", Decimal(50), NOON,
        None, None, (), {"main": Decimal(100)},
    )  # fmt: skip
    journal.orders.record_orders([order])
    journal.orders.record_wave(
        CYCLE.cycle_id, 1, NOON, [Slice(REQUEST, "o1", 1, 0, NOON, OrderState.INTENDED)], {"notes": []}
    )
    journal.orders.add_events([OrderEvent(REQUEST.key, state, NOON) for state in states])


def closes(journal: Journal, day: date, aapl: int) -> None:
    prices = {"AAPL": Decimal(aapl), "XOM": Decimal(50)}
    journal.books.record_valuation("demo", day, Decimal(0), Decimal(0), prices)


def test_after_a_plan_the_book_is_worth_all_of_it(journal: Journal) -> None:
    """Not its cash alone: what the plan was decided on is known."""
    journal.cycles.set_status(CYCLE.cycle_id, "planned", "", NOON)
    told = status()
    assert (told["nav_usd"], told["cash_usd"]) == (100_000, 10_000)
    assert told["positions"][0]["value_usd"] == 90_000
    assert told["as_of"].startswith("at the prices that 2022-12-28 was decided on")
    assert "2022-12-28 14:00 UTC" in told["as_of"]


def test_the_gain_of_the_book_is_the_sum_of_the_gains_that_its_positions_show(journal: Journal) -> None:
    """Two gains of 0.004 USD are 0.00 each, and not 0.01 together."""
    row = LedgerRow("b", "demo", "main", "balance", NOON, "XOM", Decimal(1), None, Decimal("49.996"), "by hand")
    more = replace(row, entry_id="c", symbol="KO", price=Decimal("59.996"))
    journal.books.record_entries([row, more])
    prices = {"AAPL": Decimal(100), "XOM": Decimal(50), "KO": Decimal(60)}
    journal.books.record_valuation("demo", SESSION, Decimal(0), Decimal(0), prices)
    told = status()
    assert [position["unrealised_usd"] for position in told["positions"]] == [0, 0, 0]
    assert told["unrealised_usd"] == 0
    assert told["as_of"].startswith("at the broker's last prices of 2022-12-28"), "a file may have another close"


def test_the_table_of_positions_fits_a_terminal(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    row = LedgerRow("b", "demo", "main", "balance", NOON, "XOM", Decimal("123456.75"), None, Decimal(50), "by hand")
    journal.books.record_entries([row])
    (line,) = [line for line in shown().splitlines() if line.startswith("XOM")]
    assert len(line) <= 80
    for figure in ("123456.75", "6,172,837.50", "50.00", "0.00"):
        assert figure in line


def test_after_a_crash_in_mid_session_the_worth_is_whole_and_the_orders_at_the_broker_are_named(
    journal: Journal,
) -> None:
    """60 of 100 XOM are booked; the process is dead; what filled since then nobody here can know."""
    buys_xom(journal, OrderState.SENT, OrderState.ACCEPTED)
    fill = Execution("x", REQUEST.key, "XOM", Side.BUY, Decimal(60), Decimal(50), Decimal(0), NOON, "main")
    journal.orders.record_fills("simulated", CYCLE.cycle_id, [fill])
    journal.fence.release()
    told = status()
    assert (told["nav_usd"], told["orders_working"], told["worked_by"]) == (100_000, 1, None)
    assert "1 order is at the broker, and what was filled since is not in it" in told["as_of"]
    assert told["message"].startswith("was interrupted, and nobody works it now; 1 order may still work")


def test_the_list_of_sessions_says_of_one_that_was_interrupted_that_nobody_works_it(journal: Journal) -> None:
    buys_xom(journal, OrderState.SENT, OrderState.ACCEPTED)
    journal.fence.release()
    done = CliRunner().invoke(app, ["sessions", "demo", "--json"])
    (row,) = json.loads(done.stdout)["sessions"]
    assert row["message"].startswith("was interrupted, and nobody works it now; 1 order may still work at the broker")


def test_a_session_at_work_waits_for_no_answer(journal: Journal) -> None:
    buys_xom(journal, OrderState.SENT, OrderState.ACCEPTED)
    told = status()
    assert (told["status"], told["message"], told["worked_by"]) == ("running", "1 order is at work", this_process())


def test_what_no_price_is_known_for_leaves_the_worth_not_known(journal: Journal) -> None:
    """A position without a price makes no figure that looks like the whole."""
    row = LedgerRow("g", "demo", "main", "balance", NOON, "GONE", Decimal(5), None, None, "by hand")
    journal.books.record_entries([row])
    told = status()
    assert (told["nav_usd"], told["drawdown_pct"], told["unpriced"]) == (None, None, ["GONE"])
    assert told["cash_usd"] == 10_000
    assert "nav usd not known" in shown()
    assert "no price is on record for GONE" in shown()


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize("columns", ["40", "80", "120"])
def test_no_terminal_parts_a_figure_from_its_name(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    figures = "".join(shown().partition("Positions")[0].partition("\n")[2])
    for name in ("nav", "cash", "realised", "unrealised", "fees", "high water"):
        assert re.search(rf"\b{name} usd [-\d,.]+\d", figures), name
    for name in ("gross", "net", "drawdown"):
        assert re.search(rf"\b{name} pct [-\d,.]+\d", figures), name


def test_before_a_session_has_read_the_account_nothing_is_known(journal: Journal) -> None:
    journal.cycles.open(
        replace(CYCLE, cycle_id="new:1", book="new", account="new", status="stopped", message="no data")
    )
    told = json.loads(CliRunner().invoke(app, ["status", "new", "--json"]).stdout)["books"][0]
    assert (told["nav_usd"], told["cash_usd"], told["message"]) == (None, None, "no data")
    assert "nothing is known of the account" in told["as_of"]


def test_what_stands_over_after_the_newest_session_is_told(journal: Journal) -> None:
    for step, name, sentence in (
        ("orders", "standing_over", "XOM: cut; 1,090 shares stand over"),
        ("confirm", "not_filled", "KO: 19 of 100 shares were not bought"),
    ):
        facts = {name: {sentence[: sentence.index(":")]: sentence}}
        journal.cycles.record_step(CYCLE, Checkpoint(step, {"sentence": "", "facts": facts}, 0.1, NOON))
    assert status()["stands_over"] == ["XOM: cut; 1,090 shares stand over", "KO: 19 of 100 shares were not bought"]
    assert "XOM: cut; 1,090 shares stand over" in " ".join(shown().split())


def test_the_opening_counts_in_the_drawdown(journal: Journal) -> None:
    """100,000 in the morning, 91,000 at the first close: 9 % down, though no close was ever higher."""
    closes(journal, SESSION, 90)
    told = status()
    assert (told["high_water_usd"], told["drawdown_pct"]) == (100_000, pytest.approx(9))


def test_a_withdrawal_is_no_drawdown(journal: Journal) -> None:
    """8,000 of 100,000 are taken out: the book is at its high, in the terms of today's deposits."""
    closes(journal, SESSION, 100)
    row = LedgerRow("w", "demo", "main", "cash_flow", NOON, None, None, Decimal(-8_000), None, "to the bank")
    journal.books.record_entries([row])
    told = status()
    assert (told["nav_usd"], told["high_water_usd"], told["drawdown_pct"]) == (92_000, 92_000, 0)
