"""Stops, trailing stops and orders that last, at every broker: triggered by the market, and only by it."""

from decimal import Decimal

import pytest

from tasks.model.orders import OrderRequest, OrderState, TimeInForce
from tests.contract.brokers import Opened
from tests.contract.conftest import Open
from tests.unit.brokers.simulated.simulated_world import (
    CLOSE,
    TUESDAY,
    WEDNESDAY,
    after_open,
    buy,
    hours,
    sell,
    stepping_week,
    trailing,
    with_stop,
)

GTC = TimeInForce.GOOD_TILL_CANCELLED
STILL = {"impact_coefficient": 0.0, "half_spread_bps": 0.0, "opening_shares": {"AAA": 100}}
"""Prices are the path's own; a hundred shares to sell."""
FALLS = [100.0] * 5 + [98.0] * 5
RISES = [100.0] * 5 + [102.0] * 5


def fills(opened: Opened, key: str = "k1") -> list[tuple[Decimal, Decimal]]:
    """Shares and price of each execution of TUESDAY, which are the exchange's own."""
    told = [e for e in opened.broker.executions(TUESDAY) if e.key == key]
    true = [e for e in opened.truth().standing if e.key == key]
    assert [(e.shares, e.price, e.at) for e in told] == [(e.shares, e.price, e.at) for e in true]
    return [(e.shares, e.price) for e in told]


def state(opened: Opened, key: str = "k1") -> OrderState:
    found = opened.broker.find_order(key)
    assert found is not None
    return found.state


@pytest.mark.parametrize(
    ("request_", "path", "price"),
    [(with_stop(sell("k1", 100), "99"), FALLS, "98"), (with_stop(buy("k1", 100), "101"), RISES, "102")],
    ids=["sell", "buy"],
)
def test_a_stop_waits_until_the_market_trades_at_it_or_worse_and_is_a_market_order_then(
    open_world: Open, request_: OrderRequest, path: list[float], price: str
) -> None:
    opened = open_world(source=stepping_week("AAA", path), **STILL)
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(opened.must_take(request_))
    opened.broker.wait_until(after_open(5))
    assert (fills(opened), [o.key for o in opened.broker.open_orders()]) == ([], ["k1"])

    opened.broker.wait_until(after_open(8))

    assert fills(opened) == [(Decimal(100), Decimal(price))]
    assert state(opened) is OrderState.FILLED


@pytest.mark.parametrize(
    ("request_", "path"),
    [(with_stop(sell("k1", 100), "97"), FALLS), (with_stop(buy("k1", 100), "103"), RISES)],
    ids=["sell", "buy"],
)
def test_a_stop_the_market_does_not_reach_expires_at_the_close(
    open_world: Open, request_: OrderRequest, path: list[float]
) -> None:
    opened = open_world(source=stepping_week("AAA", path), **STILL)
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(opened.must_take(request_))

    opened.broker.wait_until(CLOSE)

    assert (fills(opened), state(opened)) == ([], OrderState.EXPIRED)


def test_a_stop_limit_is_a_limit_order_once_it_is_triggered(open_world: Open) -> None:
    opened = open_world(source=stepping_week("AAA", [*FALLS, 98.0, 98.8]), **STILL)
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(opened.must_take(with_stop(sell("k1", 100, limit="98.50"), "99")))
    opened.broker.wait_until(after_open(10))
    assert (fills(opened), [o.key for o in opened.broker.open_orders()]) == ([], ["k1"])

    opened.broker.wait_until(after_open(20))

    assert fills(opened) == [(Decimal(100), Decimal("98.8"))]


@pytest.mark.parametrize("distance", [{"usd": "1.50"}, {"pct": "1.5"}], ids=["in dollars", "in percent"])
def test_a_trailing_stop_follows_the_market_up_and_sells_when_it_has_fallen_by_the_distance(
    open_world: Open, distance: dict[str, str]
) -> None:
    """It would have to fall to 98.50 from where it began; from 103 it sells at 101.40."""
    path = [100.0, 101.0, 102.0, 103.0, 102.0, 101.4, 101.4, 101.4]
    opened = open_world(source=stepping_week("AAA", path), **STILL)
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(opened.must_take(trailing(sell("k1", 100), **distance)))
    opened.broker.wait_until(after_open(5))
    assert fills(opened) == []

    opened.broker.wait_until(after_open(8))

    assert fills(opened) == [(Decimal(100), Decimal("101.4"))]


def test_a_trailing_stop_to_buy_follows_the_market_down(open_world: Open) -> None:
    opened = open_world(source=stepping_week("AAA", [100.0, 98.0, 97.0, 98.2, 98.2]), **STILL)
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(opened.must_take(trailing(buy("k1", 100), usd="1.00")))

    opened.broker.wait_until(after_open(10))

    assert fills(opened) == [(Decimal(100), Decimal("98.2"))]


def test_an_order_good_till_cancelled_outlives_the_session_and_fills_in_the_next(open_world: Open) -> None:
    opened = open_world(source=stepping_week("AAA", [100.0], later=[100.0, 94.0, 100.0]), **STILL)
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(opened.must_take(buy("k1", 100, limit="95", when=GTC)))
    opened.broker.submit(buy("day", 100, limit="95"))
    opened.broker.wait_until(CLOSE)
    assert [o.key for o in opened.broker.open_orders()] == ["k1"]

    opened.broker.open_session(WEDNESDAY)
    opened.broker.wait_until(hours(WEDNESDAY)[1])

    assert (state(opened), state(opened, "day")) == (OrderState.FILLED, OrderState.EXPIRED)
    told = opened.broker.executions(WEDNESDAY)
    assert [(e.key, e.shares) for e in told] == [("k1", Decimal(100))]
    assert opened.broker.executions(TUESDAY) == ()


def test_an_order_good_till_cancelled_fills_in_parts_over_two_sessions(open_world: Open) -> None:
    """The market gives 250 shares a minute, and there are ten minutes left."""
    opened = open_world(source=stepping_week("AAA", [100.0], volume=1_000.0), opening_cash_usd="1e8")
    opened.broker.open_session(TUESDAY)
    opened.broker.wait_until(after_open(380))
    opened.broker.submit(opened.must_take(buy("k1", 5_000, when=GTC)))
    opened.broker.wait_until(CLOSE)
    first = opened.broker.find_order("k1")
    assert first is not None
    assert 0 < first.filled_shares < 5_000

    opened.broker.open_session(WEDNESDAY)
    opened.broker.wait_until(hours(WEDNESDAY)[1])

    parts = [sum(e.shares for e in opened.broker.executions(day)) for day in (TUESDAY, WEDNESDAY)]
    assert parts == [first.filled_shares, 5_000 - first.filled_shares]
    assert opened.truth().filled("k1") == 5_000


def test_a_stop_good_till_cancelled_is_triggered_in_a_later_session(open_world: Open) -> None:
    opened = open_world(source=stepping_week("AAA", [100.0], later=[100.0, 96.0, 96.0, 96.0]), **STILL)
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(opened.must_take(with_stop(sell("k1", 100, when=GTC), "97")))
    opened.broker.wait_until(CLOSE)

    opened.broker.open_session(WEDNESDAY)
    opened.broker.wait_until(hours(WEDNESDAY)[1])

    assert [(e.key, e.price) for e in opened.broker.executions(WEDNESDAY)] == [("k1", Decimal(96))]


def test_an_order_good_till_cancelled_is_cancelled_in_a_later_session(open_world: Open) -> None:
    opened = open_world(**STILL)
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(opened.must_take(buy("k1", 100, limit="90", when=GTC)))

    opened.broker.open_session(WEDNESDAY)

    assert opened.broker.cancel("k1").state is OrderState.CANCELLED
    assert opened.broker.open_orders() == ()


def test_another_life_finds_a_stop_that_waits_and_the_market_triggers_it(open_world: Open) -> None:
    opened = open_world(source=stepping_week("AAA", FALLS), **STILL)
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(opened.must_take(with_stop(sell("k1", 100), "99")))

    other = opened.again()
    other.connect()
    assert [o.key for o in other.open_orders()] == ["k1"]
    other.wait_until(after_open(8))

    assert [(e.key, e.price) for e in other.executions(TUESDAY)] == [("k1", Decimal(98))]
