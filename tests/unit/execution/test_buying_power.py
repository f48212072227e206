"""What buys may cost now, while earlier ones are still at work or without an answer."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest

from tasks.book.orders import OrderSettings
from tasks.book.targets import LimitSettings
from tasks.execution.buying_power import spendable_usd
from tasks.orders.collect import slices_of
from tasks.orders.submit import send_fresh
from tests.unit.execution.paper_desk import CASH, PaperBroker, desk_of


@pytest.mark.parametrize("fate", ["taken", "lost"])
def test_cash_that_an_order_at_work_may_still_take_is_not_spent_again(tmp_path: Path, fate: str) -> None:
    """Ten shares at an ask of 130, with 2 % for a market order that slips, and 5 of fees: 1,331 USD."""
    broker = PaperBroker(lost={"k1"} if fate == "lost" else set())
    desk = desk_of(tmp_path, broker, keys=("k1",))
    settings = {"limits": LimitSettings(cash_reserve_pct=0), "orders": OrderSettings(fee_minimum_usd=Decimal(5))}
    desk = replace(desk, book=SimpleNamespace(**(vars(desk.book) | settings)))  # type: ignore[arg-type]
    quotes = broker.quotes(["AAPL"])
    assert spendable_usd(desk, broker.account_state(), quotes) == CASH
    send_fresh(desk, slices_of(desk))
    assert spendable_usd(desk, broker.account_state(), quotes) == CASH - Decimal(1331)
