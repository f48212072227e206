"""The broker's own truth: it adds up to the cent, and outlives the process that asked."""

import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simulated_world import (
    CLOSE,
    OPEN,
    TUESDAY,
    MemorySource,
    after_open,
    broker,
    buy,
    flat_week,
    opened,
    quiet_week,
    sell,
)

from tasks.brokers.simulated.broker import SimulatedBroker
from tasks.brokers.simulated.exchange import Exchange
from tasks.errors import BrokerError, OrderRefusedError
from tasks.model.orders import OrderRequest, OrderState, TimeInForce

in_tmp = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SYMBOLS = ("AAA", "BBB")


@st.composite
def requests(draw) -> OrderRequest:
    make = draw(st.sampled_from([buy, sell]))
    limit = draw(st.none() | st.integers(9_800, 10_200).map(lambda cents: str(Decimal(cents) / 100)))
    when = draw(st.sampled_from(TimeInForce))
    return make("", draw(st.integers(1, 6_000)), draw(st.sampled_from(SYMBOLS)), limit=limit, when=when)


steps = st.lists(st.one_of(requests(), st.integers(0, 40), st.just("cancel"), st.just("look")), min_size=1, max_size=30)


def play(found: SimulatedBroker, script: list, first: int = 0) -> None:
    """Submit requests, wait minutes, cancel the oldest; refusals are part of the game."""
    for number, step in enumerate(script, start=first):
        if isinstance(step, OrderRequest):
            one = buy if step.side.sign > 0 else sell
            limit = None if step.limit_price is None else str(step.limit_price)
            request = one(f"k{number}", int(step.shares), step.symbol, limit=limit, when=step.time_in_force)
            try:
                found.submit(request)
            except OrderRefusedError:
                assert found.find_order(f"k{number}") is None
        elif isinstance(step, int):
            found.wait_until(found.now() + timedelta(minutes=step))
        elif step == "cancel" and found.open_orders():
            found.cancel(found.open_orders()[0].key)
        else:
            found.market_bars("AAA", OPEN, CLOSE)


def told(found: SimulatedBroker) -> tuple:
    """Everything the broker would say."""
    executions = found.executions(TUESDAY)
    orders = [found.find_order(f"k{number}") for number in range(60)]
    bars = [found.market_bars(symbol, OPEN, CLOSE) for symbol in SYMBOLS]
    return found.now(), found.account_state(), executions, orders, found.open_orders(), bars, found.quotes(SYMBOLS)


def world() -> MemorySource:
    return quiet_week(*SYMBOLS, volume=400_000)


HELD: dict[str, Any] = {"opening_shares": {"AAA": "500", "BBB": "-200"}}


@given(steps)
@in_tmp
def test_cash_and_positions_change_by_fills_and_fees_exactly(tmp_path_factory, script):
    found = opened(tmp_path_factory.mktemp("b"), world(), **HELD)
    play(found, script)
    found.wait_until(CLOSE)
    cash, positions = Decimal(1_000_000), {"AAA": Decimal(500), "BBB": Decimal(-200)}
    for e in found.executions(TUESDAY):
        assert e.fee >= 0
        assert e.fee == e.fee.quantize(Decimal("0.01"))
        cash -= e.side.sign * e.shares * e.price + e.fee
        positions[e.symbol] += e.side.sign * e.shares
    state = found.account_state()
    assert state.cash == cash
    assert state.positions == {symbol: shares for symbol, shares in positions.items() if shares}
    assert {order.key for order in found.open_orders()} <= lasting(script)


def lasting(script: list) -> set[str]:
    """Keys of the orders that the close does not end."""
    steps = [step.time_in_force if isinstance(step, OrderRequest) else None for step in script]
    return {f"k{number}" for number, when in enumerate(steps) if when is TimeInForce.GOOD_TILL_CANCELLED}


@given(steps)
@in_tmp
def test_an_orders_filled_shares_are_the_sum_of_its_executions_and_never_more_than_it_asked(tmp_path_factory, script):
    found = opened(tmp_path_factory.mktemp("b"), world(), **HELD)
    play(found, script)
    executions = found.executions(TUESDAY)
    assert len({e.execution_id for e in executions}) == len(executions)
    for number in range(len(script)):
        order = found.find_order(f"k{number}")
        if order is not None:
            assert order.filled_shares == sum(e.shares for e in executions if e.key == order.key)
            assert order.filled_shares <= order.shares
            assert (order.state is OrderState.FILLED) == (order.filled_shares == order.shares)


@given(steps, st.integers(0, 30))
@in_tmp
def test_a_broker_met_again_in_the_middle_of_the_day_ends_it_as_one_that_was_never_left(tmp_path_factory, script, cut):
    whole = opened(tmp_path_factory.mktemp("whole"), world(), **HELD)
    play(whole, script)
    home = tmp_path_factory.mktemp("cut")
    play(opened(home, world(), **HELD), script[:cut])
    again = broker(home, world(), **HELD)
    again.open_session(TUESDAY)
    play(again, script[cut:], first=len(script[:cut]))
    assert told(again) == told(whole)


@given(steps)
@in_tmp
def test_many_small_waits_do_what_one_long_wait_does(tmp_path_factory, script):
    orders = [step for step in script if isinstance(step, OrderRequest)]
    small, large = (opened(tmp_path_factory.mktemp("b"), world(), **HELD) for _ in range(2))
    for found in (small, large):
        play(found, orders)
    for seconds in range(0, 390 * 60 + 1, 717):
        small.wait_until(OPEN + timedelta(seconds=seconds))
    for found in (small, large):
        found.wait_until(CLOSE)
    assert told(small) == told(large)


def test_two_brokers_on_one_account_see_each_others_orders_and_clock(tmp_path):
    one = opened(tmp_path, world())
    other = broker(tmp_path, world())
    one.submit(buy("k1", 10))
    assert [order.key for order in other.open_orders()] == ["k1"]
    other.wait_until(after_open(5))
    assert one.now() == after_open(5)
    assert one.submit(buy("k1", 10)).state is OrderState.FILLED
    assert one.account_state() == other.account_state()


def test_an_accounts_opening_counts_once_and_its_own_file_ever_after(tmp_path):
    opened(tmp_path, flat_week("AAA"), opening_cash_usd="500")
    assert broker(tmp_path, flat_week("AAA"), opening_cash_usd="9000").account_state().cash == 500
    assert broker(tmp_path, flat_week("AAA"), account="second").account_state().cash == 1_000_000
    assert sorted(path.name for path in (tmp_path / "broker").glob("*.sqlite")) == ["main.sqlite", "second.sqlite"]


def test_a_call_that_fails_halfway_leaves_the_account_as_it_was(tmp_path):
    found = opened(tmp_path, world())
    found.submit(buy("k1", 10))
    before = found.account_state(), found.open_orders()
    assert isinstance(found.exchange, Exchange)
    store = found.exchange._store
    found.exchange._store = Breaking(store)  # type: ignore[assignment]
    with pytest.raises(RuntimeError):
        found.wait_until(CLOSE)
    found.exchange._store = store
    assert (found.account_state(), found.open_orders()) == before
    found.wait_until(CLOSE)
    assert [e.key for e in found.executions(TUESDAY)] == ["k1"]


class Breaking:
    """A store whose disk is full once positions are to be written."""

    def __init__(self, store):
        self._store = store

    def __getattr__(self, name):
        return getattr(self._store, name)

    def save_positions(self, *_):
        raise RuntimeError("disk full")


def test_a_file_that_is_no_account_is_refused_with_what_to_do(tmp_path):
    (tmp_path / "broker").mkdir()
    (tmp_path / "broker" / "main.sqlite").write_text(
        "not a database, but a long enough piece of text to be read as one"
    )
    with pytest.raises(BrokerError, match=r"main.sqlite.*restore the file"):
        broker(tmp_path, world())


TRADER = """
import sys
sys.path[:0] = [{here!r}, {root!r}]
from pathlib import Path
from typing import Any
from test_simulated_memory import buy, opened, timedelta, world
found = opened(Path({home!r}), world())
for number in range(10_000):
    found.submit(buy(f"k{{number}}", 1))
    found.wait_until(found.now() + timedelta(seconds=7))
    print(number, flush=True)
"""


def test_a_broker_killed_at_any_point_is_met_again_with_every_answered_order_and_books_that_add_up(tmp_path):
    here = Path(__file__).parent
    code = TRADER.format(here=str(here), root=str(here.parents[3]), home=str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as trader:
        assert trader.stdout is not None
        answered = -1
        for line in trader.stdout:
            answered = int(line)
            if answered >= 400:
                break
        trader.kill()
    again = broker(tmp_path, world())
    again.open_session(TUESDAY)
    assert all(again.find_order(f"k{number}") is not None for number in range(answered + 1))
    executions = again.executions(TUESDAY)
    assert executions
    spent = sum(e.shares * e.price + e.fee for e in executions)
    assert again.account_state().cash == 1_000_000 - spent
    assert again.account_state().positions == {"AAA": sum(e.shares for e in executions)}
    again.wait_until(CLOSE)
    assert again.open_orders() == ()
