"""What the guard lets through while the book is reducing, where the broker cannot say what is held."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tasks.brokers.guarded import GuardedBroker
from tasks.errors import BrokerError, HaltedError
from tasks.terms import HaltState, OrderRequest, OrderType, Side, TimeInForce

SELL = OrderRequest("k1", "main", "AAPL", Side.SELL, Decimal(10), OrderType.MARKET, TimeInForce.DAY, None)


class Reducing:
    def require_lease(self) -> None:
        """The lease is ours."""

    def halt_state(self) -> HaltState:
        return HaltState.REDUCING


class Silent:
    """Answers nothing; its clock shows how long somebody waited."""

    def __init__(self) -> None:
        self.asked = 0
        self.waited: list[datetime] = []

    def account_state(self) -> Any:
        self.asked += 1
        raise BrokerError("no answer")

    def now(self) -> datetime:
        return datetime(2022, 12, 28, 17, 0, tzinfo=UTC)

    def wait_until(self, at: datetime) -> datetime:
        self.waited.append(at)
        return at

    def submit(self, request: OrderRequest) -> Any:
        pytest.fail(f"{request.key} was sent")


def test_while_reducing_an_order_is_withheld_at_once_when_nobody_says_what_is_held() -> None:
    """With the patience of a question it would go out minutes later, after its time."""
    silent = Silent()
    with pytest.raises(HaltedError, match="SELL 10 AAPL was not sent"):
        GuardedBroker(silent, Reducing()).submit(SELL)  # type: ignore[arg-type]
    assert (silent.asked, silent.waited) == (1, [])
