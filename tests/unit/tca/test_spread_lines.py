"""Spreads, improvement and the split of trading cost: by hand, on fills small enough for a pencil."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from tca_desk import ARRIVED, CLOSE, OPEN, bar, fill, order, report_inputs, seen

from tasks.model.orders import OrderState, Side
from tasks.model.quotes_seen import Moment
from tasks.tca.inputs import OrderRecord, SliceRecord
from tasks.tca.quoted_fills import QuoteState, quoted_fills
from tasks.tca.report import build_report
from tasks.tca.spread_lines import SpreadLine
from tasks.tca.spread_lines import spread_line as of_quoted

BARS = tuple(bar("ABC", minute, Decimal("10.00") + minute * Decimal("0.01"), 1000) for minute in range(30))


def spread_line(name: str, orders: Sequence[OrderRecord]) -> SpreadLine:
    return of_quoted(name, [(one, quoted_fills(one)) for one in orders])


PRICES = st.decimals(9, 11, places=4)


def bought_at(price: str, bid: str, ask: str, shares: int = 100, number: int = 1):
    one = fill(number, shares, price)
    return one, seen(one, bid, ask)


def test_the_far_touch_costs_the_whole_spread_and_improves_nothing():
    one, quote = bought_at("10.02", "9.98", "10.02")
    line = spread_line("total", [order(fills=(one,), quotes=(quote,))])
    assert (line.fills, line.used, line.measured_value_usd) == (1, 1, 1000)
    assert (line.quoted_bps, line.effective_bps, line.effective_over_quoted) == (40, 40, 1)
    assert (line.improvement_usd, line.at_quote, line.spread_capture) == (0, 1, 0)


def test_a_fill_at_the_mid_has_no_effective_spread_and_captures_half():
    one, quote = bought_at("10.00", "9.98", "10.02")
    line = spread_line("total", [order(fills=(one,), quotes=(quote,))])
    assert (line.effective_bps, line.improvement_usd, line.spread_capture) == (0, 2, Decimal("0.5"))
    assert (line.improved, line.at_quote, line.disimproved) == (1, 0, 0)


def test_averages_are_dollars_over_dollars_and_shares_of_shares():
    """300 shares pay 2 cents of half-spread, 100 pay nothing: 400 shares at a mid of 10."""
    first, q1 = bought_at("10.02", "9.98", "10.02", 300, 1)
    other, q2 = bought_at("10.00", "9.98", "10.02", 100, 2)
    line = spread_line("total", [order(fills=(first, other), quotes=(q1, q2))])
    assert line.effective_bps == Decimal("30.00"), "2 x 0.02 x 300 over 4,000 dollars"
    assert line.effective_over_quoted == Decimal("0.75")
    assert (line.improved, line.at_quote, line.disimproved) == (Decimal("0.25"), Decimal("0.75"), 0)


def test_realized_spread_and_price_impact_share_out_the_effective_spread():
    """Bought at 13:35 for 10.04 around a mid of 10.02; five minutes later the market deals at 10.09."""
    one, quote = bought_at("10.04", "10.00", "10.04")
    line = spread_line("total", [order(fills=(one,), quotes=(quote,), market=BARS)])
    assert line.marked == 1
    assert line.realized_bps == Decimal("-99.80"), "2 x (10.04 - 10.09) over 10.02"
    assert line.impact_bps == Decimal("139.72"), "2 x (10.09 - 10.02) over 10.02"
    assert line.realized_bps + line.impact_bps == line.effective_bps


def test_where_the_session_was_over_there_is_no_later_price():
    late = fill(1, 100, "10.02", at=OPEN + timedelta(minutes=28))
    line = spread_line("total", [order(fills=(late,), quotes=(seen(late, "9.98", "10.02"),), market=BARS)])
    assert (line.used, line.marked, line.realized_bps, line.impact_bps) == (1, 0, None, None)


def test_locked_crossed_stale_and_missing_quotes_are_counted_and_left_out():
    fills = tuple(fill(number, 100, "10.02") for number in range(1, 6))
    quotes = (
        seen(fills[0], "9.98", "10.02"),
        seen(fills[1], "10.00", "10.00"),
        seen(fills[2], "10.02", "9.98"),
        seen(fills[3], "9.98", "10.02", at=ARRIVED - timedelta(seconds=61)),
    )
    sent = tuple(SliceRecord(f.key, ARRIVED, Decimal(100), OrderState.FILLED, ARRIVED) for f in fills)
    line = spread_line("total", [order(fills=fills, quotes=quotes, slices=sent)])
    assert (line.fills, line.used, line.locked, line.crossed, line.stale, line.not_recorded) == (5, 1, 1, 1, 1, 1)
    assert line.effective_bps == 40
    assert (line.split_orders, line.spread_usd) == (0, None), "a part of an order is not split"


def test_without_any_quote_every_figure_is_not_available():
    line = spread_line("total", [order(fills=(fill(1, 100, "10.02"),))])
    assert (line.used, line.not_recorded) == (0, 1)
    assert {line.quoted_bps, line.effective_bps, line.effective_over_quoted, line.improvement_usd} == {None}
    assert {line.improved, line.spread_capture, line.realized_bps, line.spread_usd} == {None}
    assert line.sources == ()


@given(PRICES, PRICES, st.integers(1, 500))
def test_the_same_distance_to_the_mid_costs_a_seller_what_it_costs_a_buyer(price, mid, shares):
    bid, ask = mid - Decimal("0.02"), mid + Decimal("0.02")
    bought = fill(1, shares, price)
    sold = fill(1, shares, 2 * mid - price, Side.SELL)
    buyer = spread_line("b", [order(Side.BUY, fills=(bought,), quotes=(seen(bought, str(bid), str(ask)),))])
    seller = spread_line("s", [order(Side.SELL, fills=(sold,), quotes=(seen(sold, str(bid), str(ask)),))])
    for measure in ("effective_bps", "effective_over_quoted", "improvement_usd", "improved", "spread_capture"):
        assert getattr(buyer, measure) == getattr(seller, measure)


@given(PRICES, PRICES, st.integers(1, 500))
def test_the_three_parts_add_up_to_the_trading_cost_to_the_cent(price, mid, shares):
    one = fill(1, shares, price)
    worked = order(shares=shares, fills=(one,), quotes=(seen(one, str(mid - 1), str(mid + 1)),))
    report = build_report(report_inputs((worked,)))
    parts = report.spread
    known = [part for part in (parts.spread_usd, parts.beyond_touch_usd, parts.timing_usd) if part is not None]
    assert len(known) == 3
    assert report.total.costs.trading_usd is not None
    assert abs(sum(known) - report.total.costs.trading_usd) <= CENT


CENT = Decimal("0.01")
"""Shortfall rounds all its parts together, the split its three alone."""


def test_a_quote_at_the_collection_says_how_long_after_the_fill_it_was_asked_for():
    one = fill(1, 100, "10.02")
    late = seen(one, "10.10", "10.14", Moment.FILLED, ARRIVED + timedelta(minutes=29))
    (shown,) = quoted_fills(order(fills=(one,), quotes=(seen(one, "9.98", "10.02"), late)))
    assert (shown.state, shown.collected, shown.collected_after_s) == (QuoteState.USED, late, 1740)
    assert spread_line("total", [order(fills=(one,), quotes=(late,))]).used == 0, "it measures nothing"


def test_the_total_counts_every_order():
    one, q1 = bought_at("10.02", "9.98", "10.02")
    orders = (order(fills=(one,), quotes=(q1,), ended_at=CLOSE), order(fills=(fill(2, 100, "10.02"),)))
    line = spread_line("total", orders)
    assert (line.fills, line.used, line.split_orders) == (2, 1, 1)
