"""What holds for any mix of orders the simulated exchange takes, over two sessions."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from every_kind import SYMBOLS, moving_week, play, scripts, trailing_orders
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simulated_world import CLOSE, OPEN, TUESDAY, WEDNESDAY, broker, hours, opened

from tasks.brokers.simulated.account import Order
from tasks.brokers.simulated.broker import SimulatedBroker
from tasks.brokers.simulated.snapshot import ExchangeSnapshot
from tasks.model.order_states import WORKING
from tasks.model.orders import OrderClass, OrderRequest, OrderState, OrderType, Side

in_tmp = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
HELD: dict[str, Any] = {"opening_shares": {"AAA": "500", "BBB": "-200"}, "opening_cash_usd": "5e6"}
FIRST = {"AAA": Decimal(500), "BBB": Decimal(-200)}
WEDNESDAYS_CLOSE = hours(WEDNESDAY)[1]


def two_days(found: SimulatedBroker, script: list) -> ExchangeSnapshot:
    """The script, then the rest of the day and a whole further one."""
    return lived(found, script)[0]


def lived(found: SimulatedBroker, script: list) -> tuple[ExchangeSnapshot, list[OrderRequest]]:
    """As `two_days`, with the orders that were taken, as they were sent."""
    taken = play(found, script)
    found.wait_until(max(found.now(), CLOSE))
    found.open_session(WEDNESDAY)
    found.wait_until(WEDNESDAYS_CLOSE)
    return found.truth(), taken


def filled(orders: Iterable[Order]) -> Decimal:
    return sum((order.filled_shares for order in orders), Decimal(0))


@given(scripts)
@in_tmp
def test_cash_and_positions_are_the_sum_of_the_fills(tmp_path_factory, script):
    truth = two_days(opened(tmp_path_factory.mktemp("b"), moving_week(), **HELD), script)
    cash, positions = Decimal("5e6"), dict(FIRST)
    for e in truth.executions:
        cash -= e.side.sign * e.shares * e.price + e.fee
        positions[e.symbol] += e.side.sign * e.shares
    assert truth.cash == cash
    assert truth.positions == {symbol: shares for symbol, shares in positions.items() if shares}


@given(scripts)
@in_tmp
def test_every_order_and_exit_has_filled_what_its_executions_say_and_no_more_than_it_asked(tmp_path_factory, script):
    truth = two_days(opened(tmp_path_factory.mktemp("b"), moving_week(), **HELD), script)
    assert len({e.execution_id for e in truth.executions}) == len(truth.executions)
    for order in truth.orders:
        assert order.filled_shares == truth.filled(order.key) <= order.request.shares
        assert (order.state is OrderState.FILLED) == (order.filled_shares == order.request.shares)


@given(scripts)
@in_tmp
def test_exits_never_trade_more_than_their_entry_and_of_two_that_cancel_each_other_never_both(tmp_path_factory, script):
    truth, taken = lived(opened(tmp_path_factory.mktemp("b"), moving_week(), **HELD), script)
    for sent in taken:
        (entry,) = truth.orders_with(sent.key)
        exits = [order for order in truth.orders if order.parent == entry.number]
        if sent.order_class is OrderClass.OCO:
            assert filled([entry, *exits]) <= sent.shares
            exits.append(entry)
        elif exits:
            assert filled(exits) <= entry.filled_shares
        # they end together, and the one that is left has nothing to do that the other did
        assert len({order.state in WORKING for order in exits}) <= 1
        assert len({order.remaining for order in exits if order.state in WORKING}) <= 1


@given(scripts)
@in_tmp
def test_an_exit_trades_only_after_its_entry_is_over(tmp_path_factory, script):
    truth = two_days(opened(tmp_path_factory.mktemp("b"), moving_week(), **HELD), script)
    numbered = {order.number: order for order in truth.orders}
    for row in truth.executions:
        (order,) = truth.orders_with(row.key)
        entry = numbered.get(order.parent)
        if entry is None or entry.request.order_class is OrderClass.OCO:
            continue
        assert entry.state not in WORKING
        assert all(bought.at < row.at for bought in truth.executions if bought.key == entry.key)


@given(scripts)
@in_tmp
def test_no_limit_is_ever_passed_and_no_stop_trades_before_the_market_was_there(tmp_path_factory, script):
    found = opened(tmp_path_factory.mktemp("b"), moving_week(), **HELD)
    truth = two_days(found, script)
    for row in truth.executions:
        (order,) = truth.orders_with(row.key)
        if order.request.limit_price is not None:
            assert row.side.sign * (order.request.limit_price - row.price) >= 0
        if order.request.order_type in (OrderType.STOP, OrderType.STOP_LIMIT):
            bars = found.market_bars(row.symbol, order.accepted_at - timedelta(minutes=1), row.at)
            prices = [bar.low if row.side is Side.SELL else bar.high for bar in bars if bar.end <= row.at]
            stop = order.request.stop_price
            assert stop is not None
            assert any(row.side.sign * (price - stop) >= 0 for price in prices)


@given(scripts)
@in_tmp
def test_native_orders_fill_in_their_window_under_their_cap(tmp_path_factory, script):
    found = opened(tmp_path_factory.mktemp("b"), moving_week(), **HELD)
    truth = two_days(found, script)
    for row in truth.executions:
        (order,) = truth.orders_with(row.key)
        if (native := order.request.native) is None:
            continue
        assert native.start is None or row.at >= native.start
        assert native.end is None or row.at <= native.end
        (bar,) = (b for b in found.market_bars(row.symbol, OPEN, CLOSE) if b.start < row.at < b.end)
        assert native.max_participation_pct is not None
        assert row.shares <= bar.volume * native.max_participation_pct / 100


@given(st.lists(trailing_orders(), min_size=1, max_size=4), st.lists(st.integers(1, 45), min_size=3, max_size=15))
@in_tmp
def test_a_trailing_stops_price_never_moves_back(tmp_path_factory, requests, waits):
    found = opened(tmp_path_factory.mktemp("b"), moving_week(), **HELD)
    play(found, requests)
    before = {order.key: order for order in found.truth().orders}
    for minutes in waits:
        found.wait_until(found.now() + timedelta(minutes=minutes))
        for order in found.truth().orders:
            now, then = order.stop_price, before[order.key].stop_price
            assert now is not None
            assert then is not None
            assert order.request.side.sign * (then - now) >= 0
            before[order.key] = order


@given(scripts, st.integers(0, 20))
@in_tmp
def test_a_broker_met_again_in_the_middle_ends_the_days_as_one_that_was_never_left(tmp_path_factory, script, cut):
    whole = two_days(opened(tmp_path_factory.mktemp("whole"), moving_week(), **HELD), script)
    home = tmp_path_factory.mktemp("cut")
    play(opened(home, moving_week(), **HELD), script[:cut])
    again = broker(home, moving_week(), **HELD)
    play(again, script[cut:], first=len(script[:cut]))
    assert two_days(broker(home, moving_week(), **HELD), []) == whole


@given(scripts)
@in_tmp
def test_many_small_waits_do_what_one_long_wait_does(tmp_path_factory, script):
    orders = [step for step in script if not isinstance(step, int | str)]
    small, large = (opened(tmp_path_factory.mktemp("b"), moving_week(), **HELD) for _ in range(2))
    for found in (small, large):
        play(found, orders)
    for seconds in range(0, 390 * 60 + 1, 717):
        small.wait_until(OPEN + timedelta(seconds=seconds))
    assert two_days(small, []) == two_days(large, [])
    for symbol in SYMBOLS:
        assert small.market_bars(symbol, OPEN, CLOSE) == large.market_bars(symbol, OPEN, CLOSE)
    assert small.executions(TUESDAY) == large.executions(TUESDAY)
