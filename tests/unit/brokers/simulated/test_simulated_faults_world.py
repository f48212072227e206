"""What happens at the exchange by itself: trades broken, positions closed, halts, dead lines, wrong clocks."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from simulated_world import CLOSE, OPEN, TUESDAY, after_open, broker, buy, flat_week, opened, sell

from tasks.brokers.simulated.broker import SimulatedBroker
from tasks.errors import BrokerError, OrderUnknownError
from tasks.model.orders import OrderState, Side, TimeInForce

CASH = Decimal(1_000_000)


def liar(home, *faults: dict[str, Any], **settings: Any) -> SimulatedBroker:
    return opened(home, flat_week("AAA", "BBB"), faults=list(faults), **settings)


def test_a_busted_trade_is_superseded_and_the_account_is_as_if_it_had_never_been(tmp_path):
    found = liar(tmp_path, {"kind": "bust", "call": "executions", "nth": 2})
    found.submit(buy("k1", 10))
    found.wait_until(after_open(2))
    (trade,) = found.executions(TUESDAY)
    first, bust = found.executions(TUESDAY)
    assert first == trade
    assert (bust.supersedes, bust.key, bust.shares, bust.fee) == (trade.execution_id, "k1", 0, 0)
    assert bust.execution_id != trade.execution_id
    assert found.truth().standing == ()
    assert (found.account_state().cash, found.account_state().positions) == (CASH, {})
    order = found.find_order("k1")
    assert order is not None
    assert (order.state, order.filled_shares) == (OrderState.FILLED, 0)


def test_an_order_that_still_works_asks_again_for_the_shares_of_a_busted_trade(tmp_path):
    found = liar(tmp_path, {"kind": "bust"}, opening_cash_usd="1e8")
    found.submit(buy("k1", 30_000))
    found.wait_until(after_open(2))
    found.submit(buy("k2", 10, "BBB"))
    found.wait_until(CLOSE)
    assert found.truth().filled("k1") == 30_000
    assert sum(e.shares for e in found.truth().executions if e.key == "k1") > 30_000
    assert sum(e.fee for e in found.truth().standing if e.key == "k1") == found.truth().orders[0].fees == 105


def test_a_correction_moves_cash_and_shares_by_the_difference(tmp_path):
    fault = {"kind": "correction", "call": "executions", "fraction": "0.3", "price_bps": 100}
    found = liar(tmp_path, fault)
    found.submit(buy("k1", 11))
    found.wait_until(after_open(2))
    old, new = found.executions(TUESDAY)
    assert (new.supersedes, new.shares, new.price) == (
        old.execution_id,
        3,
        (old.price * Decimal("1.01")).quantize(old.price),
    )
    assert found.truth().standing == (new,)
    assert found.account_state().positions == {"AAA": 3}
    assert found.account_state().cash == CASH - 3 * new.price - new.fee


def test_a_fill_after_a_correction_never_pays_fees_back(tmp_path):
    found = liar(tmp_path, {"kind": "correction", "fraction": "0.1", "nth": 2}, opening_cash_usd="1e8")
    found.submit(buy("k1", 30_000))
    found.wait_until(after_open(1))
    found.submit(buy("k2", 10, "BBB"))
    found.wait_until(after_open(2))
    of = [e for e in found.truth().executions if e.key == "k1"]
    assert [e.supersedes != "" for e in of] == [False, True, False]
    assert of[0].fee == of[1].fee > 0
    assert of[2].fee == 0


@pytest.mark.parametrize("held", [100, -100])
def test_the_broker_closes_a_part_of_the_largest_position_under_a_key_nobody_sent(tmp_path, held):
    fault = {"kind": "liquidation", "call": "account", "fraction": "0.3"}
    found = liar(tmp_path, fault, opening_shares={"AAA": str(held), "BBB": "50"})
    assert found.account_state().positions["AAA"] == held
    found.wait_until(after_open(5))
    assert found.account_state().positions == {"AAA": held * Decimal("0.7"), "BBB": 50}
    (trade,) = found.executions(TUESDAY)
    assert (trade.symbol, trade.shares, trade.side) == ("AAA", 30, Side.SELL if held > 0 else Side.BUY)
    assert trade.key.startswith("LIQUIDATION")
    assert found.open_orders() == ()


def test_a_halted_symbol_has_no_quote_no_bar_and_no_fill_until_it_trades_again(tmp_path):
    halt = {"kind": "halt", "call": "quotes", "symbol": "AAA", "seconds": 270}
    found = liar(tmp_path, halt)
    found.wait_until(after_open(0.5))
    assert sorted(found.quotes(["AAA", "BBB"])) == ["BBB"]
    found.submit(buy("k1", 10))
    found.submit(buy("k2", 10, "BBB"))
    found.wait_until(after_open(4.9))
    assert [e.key for e in found.executions(TUESDAY)] == ["k2"]
    assert sorted(found.quotes(["AAA", "BBB"])) == ["BBB"]
    found.wait_until(after_open(9))
    (late,) = [e for e in found.executions(TUESDAY) if e.key == "k1"]
    assert late.at == after_open(5.5)
    assert sorted(found.quotes(["AAA", "BBB"])) == ["AAA", "BBB"]
    minutes = {bar.start for bar in found.market_bars("AAA", OPEN, CLOSE) if bar.auction is None}
    assert minutes == {after_open(minute) for minute in (0, 5, 6, 7, 8)}


def test_a_halt_gives_the_same_fills_in_one_long_wait_and_in_many_small_ones(tmp_path):
    halt = {"kind": "halt", "call": "place", "seconds": 100, "times": 3, "probability": 0.8}
    told = []
    for home, waits in ((tmp_path / "one", [60]), (tmp_path / "many", [n / 7 for n in range(7, 421)])):
        found = liar(home, halt, opening_cash_usd="1e8")
        found.wait_until(after_open(0.2))
        for number in range(3):
            found.submit(buy(f"k{number}", 20_000))
        for minutes in waits:
            found.wait_until(after_open(minutes))
        told.append((found.executions(TUESDAY), found.account_state()))
    assert told[0] == told[1]


@pytest.mark.parametrize("when", [TimeInForce.AT_OPEN, TimeInForce.AT_CLOSE])
def test_an_order_the_auction_passes_by_expires_while_the_next_one_fills(tmp_path, when):
    found = liar(tmp_path, {"kind": "auction_expires"})
    found.submit(buy("day", 10))
    for key in ("passed", "served"):
        assert found.submit(buy(key, 10, when=when)).state is OrderState.ACCEPTED
    found.wait_until(CLOSE)
    states = {order.key: order.state for order in found.truth().orders}
    assert states == {"day": OrderState.FILLED, "passed": OrderState.EXPIRED, "served": OrderState.FILLED}
    assert found.truth().filled("passed") == 0


def test_while_the_line_is_down_every_call_fails_time_passes_and_orders_fill(tmp_path):
    found = liar(tmp_path, {"kind": "disconnect", "call": "place", "nth": 2, "seconds": 180})
    found.submit(buy("k1", 10))
    found.wait_until(after_open(1))
    with pytest.raises(OrderUnknownError, match="k2: not connected"):
        found.submit(buy("k2", 10))
    for call in (
        found.account_state,
        found.open_orders,
        lambda: found.executions(TUESDAY),
        lambda: found.find_order("k1"),
        lambda: found.quotes(["AAA"]),
        lambda: found.market_bars("AAA", OPEN, CLOSE),
        lambda: found.statement(TUESDAY, TUESDAY),
        lambda: found.open_session(TUESDAY),
    ):
        with pytest.raises(BrokerError, match="not connected"):
            call()
    with pytest.raises(OrderUnknownError):
        found.cancel("k1")
    assert found.wait_until(after_open(3.9)) == after_open(3.9)
    with pytest.raises(BrokerError, match="not connected"):
        found.account_state()
    found.wait_until(after_open(4))
    assert found.account_state().positions == {"AAA": 10}
    assert found.find_order("k2") is None


def test_who_only_asks_again_gets_out_of_a_dead_line_too(tmp_path):
    found = liar(tmp_path, {"kind": "disconnect", "call": "account", "seconds": 60})
    for _ in range(12):
        with pytest.raises(BrokerError, match="not connected"):
            found.account_state()
    found.account_state()


@pytest.mark.parametrize("skew", [-45, 45])
def test_a_skewed_clock_is_told_and_waited_for_while_the_exchange_keeps_its_own(tmp_path, skew):
    found = liar(tmp_path, {"kind": "clock_skew", "call": "account", "skew_seconds": skew, "seconds": 600})
    found.wait_until(after_open(1))
    found.account_state()
    assert found.now() == after_open(1) + timedelta(seconds=skew)
    assert found.truth().clock == after_open(1)
    assert found.wait_until(after_open(5)) == found.now() == after_open(5)
    assert found.truth().clock == after_open(5) - timedelta(seconds=skew)
    assert found.wait_until(after_open(30)) == found.truth().clock == after_open(30)


def test_a_clock_that_was_behind_jumps_when_its_skew_ends_and_nobody_waits_for_ever(tmp_path):
    found = liar(tmp_path, {"kind": "clock_skew", "call": "account", "skew_seconds": -300, "seconds": 60})
    found.account_state()
    began = found.truth().clock
    assert found.wait_until(began) == began + timedelta(seconds=60)


# ---- one connection ------------------------------------------------------------------------------------------------


def test_where_keys_are_not_unique_the_same_key_makes_a_second_order(tmp_path):
    found = opened(tmp_path, flat_week("AAA"), unique_keys=False)
    first, second = found.submit(buy("k1", 10)), found.submit(buy("k1", 10))
    assert first.key == second.key == "k1"
    assert first.broker_order_id != second.broker_order_id
    assert not found.capabilities.keys_are_unique
    assert found.capabilities.absence_proves_after == timedelta(seconds=60)
    assert found.find_order("k1") == first
    assert found.cancel("k1").broker_order_id == first.broker_order_id
    assert found.find_order("k1") == second
    found.wait_until(after_open(2))
    assert [e.key for e in found.executions(TUESDAY)] == ["k1"]
    newest = found.find_order("k1")
    assert newest is not None
    assert (newest.broker_order_id, newest.state) == (second.broker_order_id, OrderState.FILLED)
    assert found.account_state().positions == {"AAA": 10}
    assert [order.key for order in found.truth().orders_with("k1")] == ["k1", "k1"]


def test_both_orders_of_one_key_fill(tmp_path):
    found = opened(tmp_path, flat_week("AAA"), unique_keys=False)
    for _ in range(3):
        found.submit(buy("k1", 10))
    found.submit(buy("k10", 1))
    found.wait_until(after_open(2))
    assert found.truth().filled("k1") == 30
    assert found.account_state().positions == {"AAA": 31}
    assert len(found.truth().orders_with("k1")) == 3


def test_a_newer_connection_takes_over_and_the_older_one_can_still_look_but_not_send(tmp_path):
    old = opened(tmp_path, flat_week("AAA"), unique_keys=False)
    old.submit(buy("k1", 10))
    new = broker(tmp_path, flat_week("AAA"), unique_keys=False)
    assert [order.key for order in new.open_orders()] == ["k1"]
    old.submit(buy("k2", 10))
    new.connect()
    for write in (lambda: old.submit(buy("k3", 10)), lambda: old.cancel("k1"), lambda: old.open_session(TUESDAY)):
        with pytest.raises(BrokerError, match="connection taken over") as met:
            write()
        assert not isinstance(met.value, OrderUnknownError)
    assert sorted(order.key for order in old.open_orders()) == ["k1", "k2"]
    assert new.cancel("k1").state is OrderState.CANCELLED
    assert new.submit(buy("k3", 10)).state is OrderState.ACCEPTED


def test_a_write_never_connects_by_itself_with_faults_or_without(tmp_path):
    """A process that wakes up late and has never connected must not take the account over with an order."""
    for name, faults in (("plain", []), ("lying", [{"kind": "reply_lost", "nth": 99}])):
        late, working = (broker(tmp_path / name, flat_week("AAA"), unique_keys=False, faults=faults) for _ in range(2))
        working.connect()
        working.open_session(TUESDAY)
        for write in (lambda b=late: b.submit(buy("k1", 10)), lambda b=late: b.cancel("k1")):
            with pytest.raises(BrokerError, match="not connected"):
                write()
        working.submit(buy("k1", 10))
        assert [order.key for order in working.truth().orders] == ["k1"]


def test_where_keys_are_unique_any_object_may_send(tmp_path):
    one, other = opened(tmp_path, flat_week("AAA")), broker(tmp_path, flat_week("AAA"))
    one.submit(sell("k1", 10))
    other.submit(sell("k2", 10))
    assert one.cancel("k2").state is OrderState.CANCELLED
