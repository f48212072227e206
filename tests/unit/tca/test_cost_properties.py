"""What holds of costs and benchmarks for any order and any day: windows, slices, currencies, clocks, corrections."""

from dataclasses import replace
from datetime import UTC, timedelta
from decimal import Decimal
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tca_desk import ARRIVED, CLOSE, OPEN, bar, fill, order, seen
from test_shortfall import MONEY, PRICES, SHARES, times, trades

from tasks.errors import BadDataError
from tasks.model.executions import standing_executions
from tasks.model.market import MarketBar
from tasks.model.money import BPS, allocated, exact_sum, rounded
from tasks.model.orders import Side
from tasks.tca.benchmarks import bars_touched, cost_bps, participation, slippage_usd, twap, vwap
from tasks.tca.costs import measured
from tasks.tca.order_line import flags_of, order_line
from tasks.tca.quoted_fills import QuoteState, quoted_fills
from tasks.tca.shortfall import Convention, implementation_shortfall
from tasks.tca.spreads import effective_spread, price_impact, realized_spread

NEAR = st.decimals(9, 11, places=4)
VOLUMES = st.integers(0, 10_000)
EASTERN = ZoneInfo("America/New_York")


@st.composite
def days(draw: st.DrawFn, least: int = 1) -> tuple[MarketBar, ...]:
    """A session of minutes, some of them without a trade."""
    made = draw(st.lists(st.tuples(NEAR, VOLUMES), min_size=least, max_size=12))
    return tuple(bar("ABC", minute, price, volume) for minute, (price, volume) in enumerate(made))


@given(days())
def test_a_window_that_is_the_session_has_its_vwap(day):
    """P6."""
    assert vwap(bars_touched(day, day[0].start, day[-1].end)) == vwap(day)


@given(st.sampled_from(Side), NEAR, NEAR, NEAR)
def test_the_effective_spread_is_the_realized_one_and_the_impact(side, price, mid, later):
    """P7, exactly."""
    parts = realized_spread(side, price, later) + price_impact(side, mid, later)
    assert effective_spread(side, price, mid) == parts


@given(trades(), st.lists(st.integers(1, 9), min_size=1, max_size=5), st.sampled_from(Convention))
def test_an_order_costs_what_its_slices_cost(trade, weights, convention):
    """P8: cut an order into slices with the same prices around them; every part adds up, whatever each one filled."""
    n = len(weights)
    pieces = [
        replace(
            trade,
            shares=times(trade.shares, Decimal(weight)),
            filled_shares=times(trade.filled_shares, Decimal(weight)),
            filled_value_usd=times(trade.filled_value_usd, Decimal(weight)),
            fees_usd=trade.fees_usd * weight,
        )
        for weight in weights
    ]
    whole = replace(
        trade,
        shares=exact_sum(one.shares for one in pieces),
        filled_shares=exact_sum(one.filled_shares for one in pieces),
        filled_value_usd=exact_sum(one.filled_value_usd for one in pieces),
        fees_usd=exact_sum(one.fees_usd for one in pieces),
    )
    parts = [implementation_shortfall(one, convention).parts for one in pieces]
    together = implementation_shortfall(whole, convention).parts
    assert [exact_sum(one[i] or 0 for one in parts) for i in range(4)] == [part or 0 for part in together]
    assert len(pieces) == n


@given(trades(), st.sampled_from([Decimal("1.25"), Decimal("0.5"), Decimal(150), Decimal("0.0078125")]))
def test_basis_points_are_the_same_in_any_currency(trade, rate):
    """P9: every price, value and fee at one rate of exchange."""
    assert trade.arrival_price is not None
    assert trade.end_price is not None
    abroad = replace(
        trade,
        decision_price=times(trade.decision_price, rate),
        arrival_price=times(trade.arrival_price, rate),
        end_price=times(trade.end_price, rate),
        filled_value_usd=times(trade.filled_value_usd, rate),
        fees_usd=times(trade.fees_usd, rate),
    )
    here, there = implementation_shortfall(trade), implementation_shortfall(abroad)
    for at_home, elsewhere in zip(here.parts, there.parts, strict=True):
        assert times(at_home or Decimal(0), rate) == elsewhere
    home_bps, abroad_bps = here.bps(here.total_usd), there.bps(there.total_usd)
    assert home_bps is not None
    assert abroad_bps is not None
    assert abs(home_bps - abroad_bps) <= abs(home_bps) * Decimal("1e-20")


@given(st.lists(MONEY, min_size=1, max_size=8))
def test_parts_that_are_shown_add_up_to_the_total_that_is_shown(parts):
    """P12: no part moves by a unit, and nothing needs a footnote."""
    shown = allocated(parts)
    assert exact_sum(part or 0 for part in shown) == rounded(exact_sum(parts))
    assert all(abs((one or 0) - exact) < Decimal("0.01") for one, exact in zip(shown, parts, strict=True))


@given(days(least=4), st.sampled_from([1, 2, 3]))
def test_a_clock_of_another_zone_changes_no_benchmark(day, hours):
    """P13: instants are compared, whatever zone or summer time they are written in."""
    start, end = day[0].start + timedelta(seconds=hours), day[-1].end
    elsewhere = bars_touched(
        tuple(replace(one, start=one.start.astimezone(EASTERN), end=one.end.astimezone(EASTERN)) for one in day),
        start.astimezone(UTC),
        end.astimezone(EASTERN),
    )
    here = bars_touched(day, start, end)
    assert (vwap(elsewhere), twap(elsewhere)) == (vwap(here), twap(here))


@given(days(least=3), NEAR)
def test_a_halt_without_trades_moves_no_vwap(day, price):
    """P13: minutes in which nothing trades, whatever price they show."""
    halted = tuple(bar("ABC", len(day) + minute, price, 0) for minute in range(5))
    assert vwap((*day, *halted)) == vwap(day)
    assert participation(Decimal(10), (*day, *halted)) == participation(Decimal(10), day)


@given(days(least=2))
def test_a_half_day_is_measured_by_what_it_had(day):
    """P13: an order whose window ends after the last bar has the benchmarks of the bars that there are."""
    bought = order(shares=10, arrival_at=OPEN, ended_at=CLOSE, fills=(), market=day)
    prices = {line.name: line.price for line in order_line(measured(bought)).benchmarks}
    known = vwap(day)
    assert prices["interval VWAP"] == prices["day VWAP"]
    assert (prices["day VWAP"] is None) == (known is None)


@given(st.lists(st.tuples(st.integers(1, 500), NEAR), min_size=1, max_size=4), st.data())
def test_duplicates_corrections_and_busts_cost_what_the_last_word_says(told, data):
    """P14, in whatever order they come."""
    fills = [fill(n, shares, price) for n, (shares, price) in enumerate(told)]
    corrected = fill(77, data.draw(st.integers(0, 500)), data.draw(NEAR), at=ARRIVED + timedelta(minutes=1))
    corrected = replace(corrected, supersedes=fills[0].execution_id)
    right = order(fills=(corrected, *fills[1:]))
    for some in list(permutations([*fills, corrected, fills[0]]))[:24]:
        assert measured(order(fills=standing_executions(some))).shown == measured(right).shown


def test_one_execution_told_twice_within_a_record_is_refused():
    """P14."""
    with pytest.raises(BadDataError, match="holds one execution id twice"):
        order(fills=(fill(1, 10, "10"), fill(1, 10, "10")))


@given(trades(), st.sampled_from([Decimal(2), Decimal(4), Decimal(10), Decimal("0.5")]), st.sampled_from(Convention))
def test_a_split_between_decision_and_fill_costs_nothing(trade, ratio, convention):
    """P15: with shares and prices restated by the ratio, every dollar and every basis point stays."""
    assert trade.arrival_price is not None
    assert trade.end_price is not None
    restated = replace(
        trade,
        shares=times(trade.shares, ratio),
        filled_shares=times(trade.filled_shares, ratio),
        decision_price=times(trade.decision_price, 1 / ratio),
        arrival_price=times(trade.arrival_price, 1 / ratio),
        end_price=times(trade.end_price, 1 / ratio),
    )
    before, after = implementation_shortfall(trade, convention), implementation_shortfall(restated, convention)
    assert before.parts == after.parts
    assert before.bps(before.total_usd) == after.bps(after.total_usd)


@given(SHARES, SHARES, PRICES)
def test_what_was_filled_beyond_the_order_is_flagged(ordered, more, price):
    """P17."""
    overfilled = order(shares=ordered, fills=(fill(1, exact_sum((ordered, more)), price),))
    row = measured(overfilled)
    assert row.shortfall.overfilled_shares == more
    assert any(flag.startswith("overfilled by") for flag in flags_of(row, ()))


@given(NEAR, NEAR)
def test_a_quote_that_makes_no_sense_is_counted_and_not_used(bid, ask):
    """P18: locked where both are the same, crossed where the bid is above."""
    one = fill(1, 100, "10")
    (quoted,) = quoted_fills(order(fills=(one,), quotes=(seen(one, str(bid), str(ask)),)))
    expected = QuoteState.CROSSED if bid > ask else QuoteState.LOCKED if bid == ask else QuoteState.USED
    assert quoted.state is expected


@given(st.sampled_from(Side), SHARES, PRICES, PRICES)
def test_the_dollars_against_a_benchmark_are_its_basis_points_of_it(side, shares, average, benchmark):
    bps, value = cost_bps(side, average, benchmark), times(shares, average)
    assert bps is not None
    usd = slippage_usd(side, shares, value, benchmark)
    assert abs(times(bps, times(shares, benchmark)) - usd * BPS) <= abs(usd * BPS) * Decimal("1e-20") + Decimal("1e-20")
