"""The orders of a day in one piece: what was traded, what is left, and what a person should look at."""

from pathlib import Path

from flows.order_summary import order_summary
from tasks.model.orders import OrderState
from tests.unit.risk.risk_desk import room


def test_a_day_says_what_was_traded_what_is_left_and_what_wants_a_look(tmp_path: Path) -> None:
    at = room(tmp_path)
    at.sends("k1", OrderState.SENT, OrderState.ACCEPTED, OrderState.FILLED)
    at.sends("k2", OrderState.SENT, OrderState.REJECTED, reason="no permission for AAPL")
    at.sends("k3", OrderState.SENT, OrderState.ACCEPTED)
    at.fills("k1", 10, "100", fee="0.35")
    told = order_summary(at.desk.journal, at.desk.cycle)
    (row,) = told["by_order"]
    assert (row["symbol"], row["filled"], row["average_price"], row["usd"]) == ("AAPL", "10", "100.0000", 1000.0)
    assert told["slices"] == {"accepted": 1, "filled": 1, "rejected": 1}
    assert told["want_a_look"] == ["k2 is rejected: no permission for AAPL"]
    assert told["sentence"] == (
        "demo 2022-12-28: 1 order, 1 fill, bought $1,000, sold $0, fees $0.35; 1 not filled in full, "
        "1 slice refused or unknown, 1 slice still at work"
    )


def test_a_day_without_orders_says_so(tmp_path: Path) -> None:
    at = room(tmp_path)
    told = order_summary(at.desk.journal, at.as_liquidation().desk.cycle)
    assert told["sentence"] == "demo 2022-12-28: no orders"
