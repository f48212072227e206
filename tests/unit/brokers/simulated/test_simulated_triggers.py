"""Stops against single bars, and against what everybody is told of the market."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulated_world import (
    CLOSE,
    OPEN,
    TUESDAY,
    WEDNESDAY,
    after_open,
    buy,
    flat_week,
    opened,
    sell,
    stepping_week,
    trailing,
    with_stop,
)

from tasks.book.faults import Call, Fault, FaultKind
from tasks.brokers.simulated.account import Order
from tasks.brokers.simulated.engine.contingent import after_bar, reached
from tasks.model.market import MarketBar
from tasks.model.orders import OrderRequest, OrderState, TimeInForce

STILL: dict[str, Any] = {"impact_coefficient": 0.0, "half_spread_bps": 0.0, "opening_shares": {"AAA": "1000"}}
prices = st.integers(9_000, 11_000).map(lambda cents: Decimal(cents) / 100)


def bar(low: str | Decimal, high: str | Decimal) -> MarketBar:
    low, high = Decimal(low), Decimal(high)
    return MarketBar("AAA", OPEN, OPEN + timedelta(minutes=1), low, high, low, high, 100, low)


def working(request: OrderRequest, best: str | None = None) -> Order:
    return Order(request, 1, TUESDAY, OPEN, Decimal(0), best_price=None if best is None else Decimal(best))


@pytest.mark.parametrize(
    ("request_", "low", "high", "is_reached"),
    [
        (with_stop(sell("k", 1), "99"), "99", "100", True),
        (with_stop(sell("k", 1), "99"), "99.01", "100", False),
        (with_stop(buy("k", 1), "101"), "100", "101", True),
        (with_stop(buy("k", 1), "101"), "100", "100.99", False),
    ],
)
def test_a_stop_is_reached_by_a_trade_at_its_price_or_beyond(request_, low, high, is_reached):
    assert reached(working(request_), bar(low, high)) is is_reached


def test_a_trailing_stop_is_held_against_its_price_of_before_the_bar():
    """The bar goes up to 103 and down to 100.5: from 103 the stop would be 101, but nobody knows which came first."""
    before = working(trailing(sell("k", 1), usd="2"), best="101")
    after = after_bar(before, bar("100.5", "103"))
    assert (after.is_triggered, after.best_price, after.stop_price) == (False, Decimal(103), Decimal(101))
    assert after_bar(after, bar("101", "102")).is_triggered


def test_a_distance_in_percent_is_of_the_best_price():
    assert working(trailing(sell("k", 1), pct="5"), best="200").stop_price == 190
    assert working(trailing(buy("k", 1), pct="5"), best="200").stop_price == 210


@given(st.lists(st.tuples(prices, prices), max_size=20), st.booleans(), prices)
def test_a_trailing_stop_never_moves_away_from_the_market(bars, sells, best):
    request = trailing((sell if sells else buy)("k", 1), pct="3")
    order = working(request, best=str(best))
    for one, other in bars:
        before = order.stop_price
        order = after_bar(order, bar(min(one, other), max(one, other)))
        assert before is not None
        assert order.stop_price is not None
        assert request.side.sign * (before - order.stop_price) >= 0
        if order.is_triggered:
            return


def test_the_print_of_the_opening_auction_triggers_for_the_first_minute(tmp_path):
    found = opened(tmp_path, stepping_week("AAA", [97.0, 96.0]), **STILL)
    found.submit(with_stop(sell("k1", 100), "98"))
    found.wait_until(after_open(5))
    assert [(e.price, e.at) for e in found.executions(TUESDAY)] == [(Decimal(97), after_open(0.5))]


def test_a_stop_that_comes_in_the_middle_of_a_minute_is_not_triggered_by_it(tmp_path):
    found = opened(tmp_path, stepping_week("AAA", [100.0] * 5 + [97.0] + [100.0] * 5), **STILL)
    found.wait_until(after_open(5.5))
    found.submit(with_stop(sell("k1", 100), "98"))
    found.wait_until(after_open(20))
    assert found.executions(TUESDAY) == ()


def test_a_stop_is_triggered_by_what_our_own_buying_does_to_the_market(tmp_path):
    """The tape never leaves 100; only our impact lifts it."""
    source, world = flat_week("AAA"), {"opening_cash_usd": "1e9", "half_spread_bps": 0.0}
    found = opened(tmp_path, source, **world)
    found.submit(with_stop(buy("k1", 10), "100.05"))
    found.wait_until(after_open(5))
    assert found.executions(TUESDAY) == ()
    found.submit(buy("k2", 30_000))
    found.wait_until(after_open(60))
    assert max(b.high for b in found.market_bars("AAA", OPEN, CLOSE)) >= Decimal("100.05")
    assert "k1" in [e.key for e in found.executions(TUESDAY)]


def test_a_print_of_our_own_triggers_like_any_other(tmp_path):
    """Everybody else trades at 100.00; we pay the ask, 100.02."""
    found = opened(tmp_path, flat_week("AAA"), impact_coefficient=0.0, half_spread_bps=2.0)
    found.submit(with_stop(buy("k1", 10), "100.01"))
    found.wait_until(after_open(5))
    assert found.executions(TUESDAY) == ()
    found.submit(buy("k2", 10))
    found.wait_until(after_open(10))
    assert [(e.key, e.at) for e in found.executions(TUESDAY)] == [("k2", after_open(5.5)), ("k1", after_open(6.5))]


def test_a_minute_without_trades_triggers_nothing(tmp_path):
    """The last trade before the stop came was below it; the next one, minutes later, is above."""
    source = stepping_week("AAA", [100.0] * 4 + [97.0] + [100.0] * 20)
    quiet = [after_open(minute) for minute in range(5, 10)]
    source.intraday = [bar for bar in source.intraday if bar["start"] not in quiet]
    found = opened(tmp_path, source, **STILL)
    found.wait_until(after_open(4.5))
    found.submit(with_stop(sell("k1", 100), "98"))
    found.wait_until(after_open(20))
    assert found.executions(TUESDAY) == ()


def test_a_halted_symbol_triggers_nothing_until_it_trades_again(tmp_path):
    halt = Fault(kind=FaultKind.HALT, call=Call.PLACE, symbol="AAA", seconds=600)
    found = opened(tmp_path, stepping_week("AAA", [100.0, 97.0]), faults=[halt], **STILL)
    found.wait_until(OPEN - timedelta(minutes=1))
    found.submit(with_stop(sell("k1", 100), "98"))
    found.wait_until(after_open(9))
    assert found.executions(TUESDAY) == ()
    found.wait_until(after_open(20))
    assert [e.key for e in found.executions(TUESDAY)] == ["k1"]


def test_a_stop_that_the_last_minute_triggers_works_in_the_next_session_if_it_lasts(tmp_path):
    path = [100.0] * 389 + [97.0]
    found = opened(tmp_path, stepping_week("AAA", path, later=[99.0]), **STILL)
    found.submit(with_stop(sell("k1", 100, when=TimeInForce.GOOD_TILL_CANCELLED), "98"))
    found.submit(with_stop(sell("day", 100), "98"))
    found.wait_until(CLOSE)
    day = found.find_order("day")
    assert day is not None
    assert day.state is OrderState.EXPIRED
    assert found.executions(TUESDAY) == ()
    found.wait_until(CLOSE + timedelta(days=1))
    assert [(e.key, e.price) for e in found.executions(WEDNESDAY)] == [("k1", Decimal(99))]


def test_a_stop_to_buy_sets_its_cash_aside_above_the_stop_price(tmp_path):
    """8,000 shares at 110, held to 2 percent above it, and their commission."""
    found = opened(tmp_path, flat_week("AAA"), opening_cash_usd="900000")
    found.submit(with_stop(buy("k1", 8_000), "110"))
    (order,) = found.truth().orders
    assert order.worst_price == Decimal("112.2")
