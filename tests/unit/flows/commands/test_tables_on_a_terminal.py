"""`sessions` and `orders` on a terminal of 80 columns: no word is broken, no figure is lost."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli.main import app
from tasks.journal import Journal, open_journal
from tasks.model.cycle import Cycle
from tasks.model.ledger_records import ReportRow
from tasks.model.order_records import ParentOrder, Slice
from tasks.model.orders import Algorithm, Execution, OrderRequest, OrderState, OrderType, Side, TimeInForce
from tasks.model.plan_records import PlanRecord

NOON = datetime(2022, 12, 28, 17, 0, tzinfo=UTC)
CYCLE = Cycle(
    "demo:2022-12-28", "demo", date(2022, 12, 28), "main", "manual", 1, "done", "", "b.yaml", "0" * 64, "", NOON, NOON
)
WHY = (
    "2 trades of 14 % turnover wait for an answer: steelyard approve demo --who ... or steelyard refuse demo --who ..."
)


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Journal]:
    """A large session with one order, and a liquidation that stopped with a long sentence."""
    monkeypatch.setenv("STEELYARD_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("STEELYARD_DATABASE_URL", raising=False)
    journal = open_journal(tmp_path)
    journal.fence.take("demo", "this test", lambda: NOON)
    journal.cycles.open(CYCLE)
    journal.cycles.open(replace(CYCLE, cycle_id="demo:liq", kind="liquidation", status="waiting", message=WHY))
    journal.decisions.record_plan(PlanRecord("h", CYCLE.cycle_id, 1, {}, NOON))
    shares, price = Decimal("123456.75"), Decimal("4213.1234")
    order = ParentOrder(
        "o1", CYCLE.cycle_id, "h", "BRK.B", Side.SELL, shares, Algorithm.IMPLEMENTATION_SHORTFALL, "toward_target",
        price, NOON, None, None, (), {"main": shares},
    )  # fmt: skip
    journal.orders.record_orders([order])
    request = OrderRequest("k1", "main", "BRK.B", Side.SELL, shares, OrderType.MARKET, TimeInForce.DAY)
    journal.orders.record_wave(
        CYCLE.cycle_id, 1, NOON, [Slice(request, "o1", 1, 0, NOON, OrderState.INTENDED)], {"notes": []}
    )
    fill = Execution("x", "k1", "BRK.B", Side.SELL, shares, price, Decimal(0), NOON, "main")
    journal.orders.record_fills("simulated", CYCLE.cycle_id, [fill])
    journal.books.record_report(ReportRow(CYCLE.cycle_id, "r.html", "e" * 64, {"shortfall_bps": -123.45}, NOON))
    yield journal
    journal.close()


def shown(*words: str) -> list[str]:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == 0, done.output
    return done.output.splitlines()


@pytest.mark.usefixtures("journal")
def test_sessions_fit_and_a_long_message_stands_below_the_table() -> None:
    lines = shown("sessions", "demo")
    table = [line for line in lines if WHY not in line]
    assert all(len(line) <= 80 for line in table)
    (head,) = [line for line in table if "session  " in line]
    for column in ("kind", "status", "orders", "fills", "USD traded", "bps", "breaks"):
        assert column in head
    assert any("2022-12-28" in line and "520,138,522" in line and "-123.45" in line for line in table)
    assert any("2022-12-28" in line and "liquidation" in line and "waiting" in line for line in table)
    assert f"2022-12-28 liquidation: {WHY}" in lines


@pytest.mark.usefixtures("journal")
def test_orders_fit_with_their_whole_figures() -> None:
    table = shown("orders", "demo", "--session", "2022-12-28")
    assert all(len(line) <= 80 for line in table)
    (row,) = [line for line in table if "BRK.B" in line]
    for cell in ("SELL", "123456.75", "4213.12", "4213.1234", "impl_shortfall"):
        assert cell in row
