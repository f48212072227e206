"""Benchmark prices over bars: windows, own prints, and what cannot be known."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tca_desk import ARRIVED, OPEN, bar, fill, order, session_bars

from tasks.model.orders import Side
from tasks.tca import benchmarks
from tasks.tca.benchmarks import bars_touched, cost_bps, participation_weighted_price, twap, vwap, vwap_of_others
from tasks.tca.costs import measured
from tasks.tca.order_line import order_line, window

PRICES = st.decimals("0.01", 10_000, places=4)


@given(PRICES, st.integers(1, 9), st.sampled_from(Side))
def test_fills_at_the_benchmark_cost_nothing(price, count, side):
    """P5."""
    fills = tuple(fill(n, 100 + n, price, side) for n in range(count))
    filled = order(side, 100_000, fills=fills, market=(bar("ABC", 5, price, 50_000),), arrival_price=price)
    costs = {line.name: line.cost_bps for line in order_line(measured(filled)).benchmarks}
    assert costs["arrival"] == costs["interval VWAP"] == costs["TWAP"] == costs["day VWAP"] == 0


@given(PRICES, PRICES)
def test_a_buyers_cost_is_a_sellers_gain(average, benchmark):
    buyer, seller = cost_bps(Side.BUY, average, benchmark), cost_bps(Side.SELL, average, benchmark)
    assert buyer == -seller
    assert (buyer > 0) == (average > benchmark)


def test_a_window_over_the_whole_session_has_the_day_vwap():
    """P6."""
    market = session_bars("ABC", 50.0, seed=1)
    whole = bars_touched(market, OPEN, OPEN + timedelta(minutes=390))
    assert whole == market
    assert vwap(whole) == vwap(market)


def test_a_window_holds_every_bar_it_touches_and_no_other():
    market = tuple(bar("ABC", minute, "10", 100) for minute in range(10))
    start, end = OPEN + timedelta(minutes=3, seconds=59), OPEN + timedelta(minutes=5)
    assert [b.start for b in bars_touched(market, start, end)] == [OPEN + timedelta(minutes=m) for m in (3, 4)]
    assert [b.start for b in bars_touched(market, end, end)] == [OPEN + timedelta(minutes=5)]


def test_a_bar_that_ends_as_the_window_starts_is_outside_and_an_auction_at_that_instant_inside():
    before, auction = bar("ABC", 389, "10", 100), bar("ABC", 390, "11", 900, "close", length=0)
    at_close = OPEN + timedelta(minutes=390)
    assert bars_touched((before, auction), at_close, at_close) == (auction,)


def test_the_window_ends_with_the_last_fill_when_all_is_filled_and_with_the_order_otherwise():
    first, last = ARRIVED + timedelta(minutes=1), ARRIVED + timedelta(minutes=9)
    fills = (fill(1, 400, "10", at=first), fill(2, 600, "10", at=last))
    assert window(order(shares=1000, fills=fills)) == (ARRIVED, last)
    half_done = order(shares=2000, fills=fills)
    assert window(half_done) == (ARRIVED, half_done.ended_at)


def test_no_volume_means_no_vwap_and_no_participation():
    """P10."""
    quiet = (bar("ABC", 5, "10", 0), bar("ABC", 6, "10", 0))
    line = order_line(measured(order(fills=(fill(1, 10, "10"),), market=quiet)))
    prices = {b.name: b.price for b in line.benchmarks}
    assert prices["interval VWAP"] is None
    assert prices["day VWAP"] is None
    assert line.participation is None
    assert any("no market volume" in flag for flag in line.flags)
    assert prices["TWAP"] == 10


def test_nobody_else_traded_means_no_vwap_of_others():
    market, own = (bar("ABC", 5, "10", 100),), [fill(1, 100, "10")]
    assert vwap_of_others(market, own) is None
    assert vwap(market) == 10


def test_twap_weighs_bars_by_their_length_and_leaves_auctions_out():
    market = (bar("ABC", 0, "99", 5000, "open", 0), bar("ABC", 0, "10", 1, length=3), bar("ABC", 3, "14", 10**6))
    assert twap(market) == 11


def test_a_market_too_thin_for_the_rate_has_no_participation_weighted_price():
    market = (bar("ABC", 5, "10", 500), bar("ABC", 6, "11", 499))
    assert participation_weighted_price(Decimal(100), market) is None
    assert participation_weighted_price(Decimal(50), market) == 10
    assert participation_weighted_price(Decimal(0), market) is None


def test_the_participation_weighted_price_starts_at_arrival():
    """What printed before the order arrived, here at 99, is not held against it."""
    market = (bar("ABC", 0, "99", 10_000), bar("ABC", 5, "10", 1000), bar("ABC", 6, "12", 1000))
    line = order_line(measured(order(fills=(fill(1, 200, "10"),), market=market)))
    assert next(b.price for b in line.benchmarks if b.name == "PWP 10 %") == 11


def test_a_vwap_that_is_mostly_ours_is_footnoted():
    market = (bar("ABC", 5, "10", 1000),)
    ours, theirs = (
        order_line(measured(order(fills=(fill(1, shares, "10"),), market=market))) for shares in (301, 299)
    )  # fmt: skip
    assert any("30 %" in flag for flag in ours.flags)
    assert "our own" in next(b.note for b in ours.benchmarks if b.name == "interval VWAP")
    assert not any("30 %" in flag for flag in theirs.flags)


@given(st.lists(st.tuples(PRICES, st.integers(1, 10_000)), min_size=1, max_size=8), st.integers(1, 100_000), PRICES)
def test_own_prints_shrink_the_vwap_cost_by_the_participation(own, others, other_price):
    """avg - vwap = (1 - p)(avg - vwap of others), with our own prints inside the bar."""
    fills = [fill(n, shares, price) for n, (price, shares) in enumerate(own)]
    ours, value = sum(f.shares for f in fills), sum(f.shares * f.price for f in fills)
    volume = ours + others
    market_price = (value + others * other_price) / volume
    market = (bar("ABC", 5, market_price, int(volume)),)
    average, share = value / ours, benchmarks.participation(ours, market)
    alone, together = vwap_of_others(market, fills), vwap(market)
    assert alone == pytest.approx(other_price)
    assert average - together == pytest.approx((1 - share) * (average - alone), abs=Decimal("1e-15"))


def test_a_benchmark_of_zero_is_refused_and_an_unknown_one_is_not_available():
    assert cost_bps(Side.BUY, Decimal(10), None) is None
    assert cost_bps(Side.BUY, None, Decimal(10)) is None
    with pytest.raises(ValueError, match="pass None"):
        cost_bps(Side.BUY, Decimal(10), Decimal(0))


def test_own_prints_that_do_not_fit_into_the_bars_leave_no_price_of_the_others():
    """A bar of 1,001 shares at 9.00 cannot hold our 1,000 at 10.00: what is left would have cost less than nothing."""
    assert vwap_of_others((bar("ABC", 0, "9", 1001),), (fill(0, 1000, "10"),)) is None
