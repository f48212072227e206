"""What the guard lets through while the book is reducing."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tasks.brokers.guard import GuardedBroker
from tasks.errors import BrokerError, HaltedError
from tasks.model.account import AccountState, HaltState
from tasks.model.orders import BrokerOrder, OrderRequest, OrderState, OrderType, Side, TimeInForce

SELL = OrderRequest("k1", "main", "AAPL", Side.SELL, Decimal(10), OrderType.MARKET, TimeInForce.DAY, None)


class Reducing:
    def require_lease(self) -> None:
        """The lease is ours."""

    def halt_state(self) -> HaltState:
        return HaltState.REDUCING


class HoldsTen:
    """Ten shares are held, and four of them are being sold already."""

    def account_state(self) -> AccountState:
        return AccountState("main", datetime(2022, 12, 28, 17, 0, tzinfo=UTC), Decimal(0), {"AAPL": Decimal(10)})

    def open_orders(self) -> tuple[BrokerOrder, ...]:
        return (BrokerOrder("k0", "b0", "AAPL", Side.SELL, Decimal(5), Decimal(1), OrderState.PARTIALLY_FILLED),)

    def submit(self, request: OrderRequest) -> BrokerOrder:
        return BrokerOrder(request.key, "b1", "AAPL", request.side, request.shares, Decimal(0), OrderState.ACCEPTED)


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


def test_while_reducing_a_position_is_never_sold_through_zero_whatever_fills() -> None:
    """Of ten shares four are on their way out: six more may go, a seventh might be a short sale."""
    guard = GuardedBroker(HoldsTen(), Reducing())  # type: ignore[arg-type]
    assert guard.submit(replace(SELL, shares=Decimal(6))).state is OrderState.ACCEPTED
    for shares in (7, 10, 11):
        with pytest.raises(HaltedError, match=f"SELL {shares} AAPL was not sent"):
            guard.submit(replace(SELL, shares=Decimal(shares)))
    with pytest.raises(HaltedError):
        guard.submit(replace(SELL, side=Side.BUY, shares=Decimal(1)))


def test_in_mode_research_no_order_goes_out_whoever_asks() -> None:
    silent = Silent()
    with pytest.raises(HaltedError, match="mode research, which sends nothing: SELL 10 AAPL was not sent"):
        GuardedBroker(silent, Reducing(), researches=True).submit(SELL)  # type: ignore[arg-type]
    assert silent.asked == 0
