"""A wave keeps the reserve that the plan keeps: a share of all that the book owns, quoted today or not."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from tasks.book.targets import LimitSettings
from tasks.execution.buying_power import spendable_usd, worth_usd
from tasks.model.account import AccountState
from tasks.model.market import Quote
from tasks.model.plan_records import PlanRecord
from tests.unit.execution.morning_desk import morning, order
from tests.unit.execution.paper_desk import CYCLE, NOON, PaperBroker

D = Decimal


def test_the_reserve_counts_positions_that_nothing_is_ordered_in(tmp_path: Path) -> None:
    """A book of a million, 100,000 of it in cash: 5 % are 50,000, although only AAPL is quoted."""
    desk = morning(tmp_path, PaperBroker(), order("AAPL"))
    lines = [{"symbol": "KO", "decision_price": "45"}, {"symbol": "AAPL", "decision_price": "130"}]
    desk.journal.decisions.record_plan(PlanRecord("h2", CYCLE, 2, {"lines": lines}, NOON))
    desk.book.limits = LimitSettings(cash_reserve_pct=5)  # type: ignore[misc]
    account = AccountState("main", NOON, D(100_000), {"KO": D(20_000)})
    quotes = {"AAPL": Quote("AAPL", NOON, D(130), D(130), D(130))}
    assert worth_usd(desk, account, quotes) == 1_000_000
    assert spendable_usd(desk, account, quotes) == 50_000


def test_a_position_that_the_plan_does_not_know_is_priced_by_the_broker(tmp_path: Path) -> None:
    desk = morning(tmp_path, PaperBroker(), order("AAPL"))
    account = AccountState("main", NOON, D(1000), {"NEW": D(10)})
    assert worth_usd(desk, account, {}) == 1000 + 10 * 130


def test_a_fixed_reserve_is_kept_where_it_is_the_larger(tmp_path: Path) -> None:
    desk = morning(tmp_path, PaperBroker(), order("AAPL"))
    desk.book.limits = LimitSettings(cash_reserve_pct=1, cash_reserve_usd=D(30_000))  # type: ignore[misc]
    account = replace(desk.broker.account_state(), positions={})
    assert spendable_usd(desk, account, {}) == 70_000
