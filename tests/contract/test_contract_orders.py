"""Orders at every broker: taken, filled, refused, cancelled, found again, and never doubled."""

from decimal import Decimal

import pytest

from tasks.brokers.simulated.faults.exchange import FaultyExchange
from tasks.errors import OrderRefusedError
from tasks.model.orders import OrderRequest, OrderState, Side, TimeInForce
from tests.contract.conftest import Open
from tests.unit.brokers.simulated.simulated_world import CLOSE, OPEN, TUESDAY, after_open, buy, order, sell

RICH = {"opening_cash_usd": "1e8"}
"""Enough for orders that the market cannot fill in a minute."""


def test_an_order_that_is_taken_is_told_with_its_terms(open_world: Open) -> None:
    opened = open_world()
    opened.broker.open_session(TUESDAY)

    told = opened.broker.submit(buy("k1", 100))

    assert (told.key, told.symbol, told.side, told.shares) == ("k1", "AAA", Side.BUY, Decimal(100))
    assert (told.state, told.filled_shares) == (OrderState.ACCEPTED, Decimal(0))
    assert told.broker_order_id


def test_a_market_order_fills_as_time_goes_by_and_its_executions_are_the_exchanges(open_world: Open) -> None:
    opened = open_world()
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(buy("k1", 100))

    opened.broker.wait_until(after_open(5))

    told, truth = opened.broker.executions(TUESDAY), opened.truth().standing
    assert [(e.key, e.shares, e.price, e.at) for e in told] == [(e.key, e.shares, e.price, e.at) for e in truth]
    assert sum(e.shares for e in told) == 100
    found = opened.broker.find_order("k1")
    assert found is not None
    assert (found.state, found.filled_shares) == (OrderState.FILLED, Decimal(100))


def test_a_limit_order_away_from_the_market_waits_and_expires_at_the_close(open_world: Open) -> None:
    opened = open_world()
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(buy("k1", 100, limit="90"))
    opened.broker.wait_until(after_open(60))
    assert [o.key for o in opened.broker.open_orders()] == ["k1"]

    opened.broker.wait_until(CLOSE)

    found = opened.broker.find_order("k1")
    assert found is not None
    assert found.state is OrderState.EXPIRED
    assert opened.broker.open_orders() == ()


@pytest.mark.parametrize(
    ("when", "at"), [(TimeInForce.AT_OPEN, OPEN), (TimeInForce.AT_CLOSE, CLOSE)], ids=["open", "close"]
)
def test_an_order_for_an_auction_fills_in_it_and_nowhere_else(open_world: Open, when: TimeInForce, at: object) -> None:
    opened = open_world()
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(buy("k1", 100, when=when))

    opened.broker.wait_until(CLOSE)

    assert [e.at for e in opened.broker.executions(TUESDAY)] == [at]


def test_an_order_that_fills_in_parts_tells_each_execution_once(open_world: Open) -> None:
    opened = open_world(**RICH)
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(buy("k1", 20_000))

    opened.broker.wait_until(after_open(2))
    half = opened.broker.find_order("k1")
    opened.broker.wait_until(after_open(30))

    assert half is not None
    assert half.state is OrderState.PARTIALLY_FILLED
    told = opened.broker.executions(TUESDAY)
    assert len(told) > 2
    assert len({e.execution_id for e in told}) == len(told)
    assert sum(e.shares for e in told) == opened.truth().filled("k1") == 20_000


def test_a_cancelled_order_is_told_as_cancelled_with_what_had_filled(open_world: Open) -> None:
    opened = open_world(**RICH)
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(buy("k1", 20_000))
    opened.broker.wait_until(after_open(2))

    told = opened.broker.cancel("k1")

    assert told.state is OrderState.CANCELLED
    assert 0 < told.filled_shares == opened.truth().filled("k1") < 20_000
    assert opened.broker.open_orders() == ()


def test_cancelling_what_has_filled_tells_that_it_has(open_world: Open) -> None:
    opened = open_world()
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(buy("k1", 100))
    opened.broker.wait_until(after_open(5))

    assert opened.broker.cancel("k1").state is OrderState.FILLED


def test_cancelling_what_was_never_sent_is_refused(open_world: Open) -> None:
    opened = open_world()
    opened.broker.open_session(TUESDAY)

    with pytest.raises(OrderRefusedError, match="nothing"):
        opened.broker.cancel("nothing")


def test_an_order_nobody_sent_is_not_found(open_world: Open) -> None:
    opened = open_world()
    opened.broker.open_session(TUESDAY)

    assert opened.broker.find_order("nothing") is None


def test_another_life_finds_the_orders_of_the_first(open_world: Open) -> None:
    opened = open_world()
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(buy("k1", 100, limit="90"))

    other = opened.again()
    other.connect()

    assert [o.key for o in other.open_orders()] == ["k1"]
    assert other.cancel("k1").state is OrderState.CANCELLED


def test_a_key_that_was_seen_gives_back_its_order_where_keys_are_unique(open_world: Open) -> None:
    opened = open_world()
    if not opened.broker.capabilities.keys_are_unique:
        pytest.skip("this broker makes a second order of a key; it says so in its capabilities")
    opened.broker.open_session(TUESDAY)
    first = opened.broker.submit(buy("k1", 100))

    again = opened.broker.submit(buy("k1", 100))

    assert again.broker_order_id == first.broker_order_id
    assert len(opened.truth().orders_with("k1")) == 1


def test_a_key_that_was_cancelled_stays_taken_where_keys_are_unique(open_world: Open) -> None:
    opened = open_world()
    if not opened.broker.capabilities.keys_are_unique:
        pytest.skip("this broker makes a second order of a key; it says so in its capabilities")
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(buy("k1", 100, limit="90"))
    opened.broker.cancel("k1")

    assert opened.broker.submit(buy("k1", 100, limit="90")).state is OrderState.CANCELLED
    assert len(opened.truth().orders_with("k1")) == 1


@pytest.mark.parametrize(
    "request_",
    [
        buy("k1", 0),
        buy("k1", 100, limit="99.999"),
        buy("k1", 100, symbol="ZZZ"),
        buy("k1", 100, account="other"),
        buy("k1", 1_000_000),
    ],
    ids=["no shares", "half a cent", "no such symbol", "another account", "too dear"],
)
def test_what_cannot_be_done_is_refused_and_leaves_no_order(open_world: Open, request_: OrderRequest) -> None:
    opened = open_world()
    opened.broker.open_session(TUESDAY)

    with pytest.raises(OrderRefusedError):
        opened.broker.submit(request_)

    assert opened.truth().orders == ()
    found = opened.broker.find_order("k1")
    assert found is None or found.state is OrderState.REJECTED


def test_a_sale_and_a_purchase_change_cash_by_exactly_what_was_traded(open_world: Open) -> None:
    opened = open_world(opening_shares={"BBB": 500})
    opened.broker.open_session(TUESDAY)
    before = opened.broker.account_state()
    opened.broker.submit(sell("s1", 500, "BBB"))
    opened.broker.submit(buy("k1", 300))

    opened.broker.wait_until(after_open(30))

    after, rows = opened.broker.account_state(), opened.broker.executions(TUESDAY)
    paid = sum((e.side.sign * e.shares * e.price + e.fee for e in rows), Decimal(0))
    assert after.cash == before.cash - paid == opened.truth().cash
    assert after.positions == {"AAA": Decimal(300)}


def test_many_orders_of_one_wave_are_all_told(open_world: Open) -> None:
    opened = open_world()
    opened.broker.open_session(TUESDAY)
    for number in range(25):
        opened.broker.submit(order(f"k{number}", Side.BUY, 10, limit="90"))

    assert [o.key for o in opened.broker.open_orders()] == [f"k{number}" for number in range(25)]


def test_the_exchange_behind_every_broker_can_lie(open_world: Open) -> None:
    assert isinstance(open_world().exchange, FaultyExchange)
