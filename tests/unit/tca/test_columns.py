"""Many orders measured at once come to the same figures as each of them alone, to the last digit."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from columns_of import bars_of, fills_of, orders_of, windows_of
from hypothesis import given
from hypothesis import strategies as st
from tca_desk import ARRIVED, OPEN, bar, fill, order, session_bars

from tasks.model.money import allocated, rounded
from tasks.model.orders import Side
from tasks.tca.columns.against import CostColumns, against, price_benchmark, window_benchmarks
from tasks.tca.columns.exact import Exact, divided, sums
from tasks.tca.columns.groups import MeasuredColumns, group_line_of, group_lines, outlier_columns
from tasks.tca.columns.rounding import allocated_columns
from tasks.tca.columns.shortfalls import filled_columns, shortfall_columns
from tasks.tca.costs import measured
from tasks.tca.inputs import OrderRecord
from tasks.tca.order_line import order_line
from tasks.tca.shortfall import Convention
from tasks.tca.statistics import group_line, grouped, outlier_scores

PRICES = st.decimals("0.0001", 100_000, places=6)
SHARES = st.one_of(
    st.integers(1, 10**7).map(Decimal), st.decimals("0.000000001", 5000, places=9).filter(lambda shares: shares > 0)
)
NUMBERS = st.decimals(-(10**12), 10**12, places=9)
TAPES = [session_bars("ABC", 50.0, seed=1), session_bars("ABC", 7.31, seed=2, daily_volume=9_000)]


@st.composite
def orders(draw: st.DrawFn, market: Sequence[int] = (0,)) -> OrderRecord:
    """Filled in part, in whole, beyond it, or not; arrival and end known or not."""
    side, shares = draw(st.sampled_from(Side)), draw(SHARES)
    count = draw(st.integers(0, 4))
    fills = tuple(
        fill(
            number,
            draw(SHARES) if draw(st.booleans()) else max(shares / 4, Decimal("1E-9")).quantize(Decimal("1E-9")),
            draw(PRICES),
            side,
            fee=draw(st.decimals(-3, 40, places=4)),
            at=ARRIVED + timedelta(seconds=draw(st.integers(0, 22_800))),
        )
        for number in range(count)
    )
    maybe = st.one_of(st.none(), PRICES)
    return order(
        side,
        shares,
        fills=fills,
        decision_price=draw(PRICES),
        arrival_price=draw(maybe),
        arrival_at=draw(st.one_of(st.none(), st.integers(-900, 24_000).map(lambda s: OPEN + timedelta(seconds=s)))),
        end_price=draw(maybe),
        session_close=draw(maybe),
        ended_at=OPEN + timedelta(seconds=draw(st.integers(600, 24_000))),
        market=TAPES[draw(st.sampled_from(market))],
    )


@given(st.lists(orders(), min_size=1, max_size=6), st.sampled_from(Convention))
def test_the_shortfall_of_each_order_is_the_same(many, convention):
    found = shortfall_columns(orders_of(many), filled_columns(fills_of(many)), convention)
    for place, one in enumerate(many):
        row = measured(one, convention)
        shown = row.shown
        for part, wanted in enumerate(row.shortfall.parts):
            assert _known(found.parts[part], found.known[part], place) == wanted
        cents = (shown.delay_usd, shown.trading_usd, shown.opportunity_usd, shown.fees_usd)
        bps = (shown.delay_bps, shown.trading_bps, shown.opportunity_bps, shown.fees_bps)
        assert tuple(_known(c, k, place) for c, k in zip(found.cents, found.known, strict=True)) == cents
        assert tuple(_known(c, k, place) for c, k in zip(found.bps, found.known, strict=True)) == bps
        assert _known(found.total_cents, found.has_total, place) == shown.total_usd
        assert _known(found.total_bps, found.has_total, place) == shown.total_bps
        assert found.notional_usd.rounded(2).decimal(place) == shown.paper_notional_usd


@given(st.lists(orders(market=(0, 1)), min_size=1, max_size=6))
def test_every_benchmark_of_each_order_is_the_same(many):
    tapes, bars = [TAPES.index(one.market) for one in many], bars_of(TAPES)
    filled, columns = filled_columns(fills_of(many)), orders_of(many)
    market = window_benchmarks(bars, windows_of(many, tapes, bars), filled)
    found = {
        "decision": price_benchmark(columns.decision, np.ones(len(many), bool)),
        "arrival": price_benchmark(columns.arrival, columns.has_arrival),
        "interval VWAP": market.interval,
        "day VWAP": market.day,
        "TWAP": market.twap,
        "PWP 10 %": market.pwp,
    }
    costs = {name: against(benchmark, columns.sign, filled) for name, benchmark in found.items()}
    for place, one in enumerate(many):
        for line in order_line(measured(one)).benchmarks:
            if line.name in costs:
                assert _line(costs[line.name], place) == (line.price, line.cost_bps, line.cost_usd), line.name


@given(st.lists(orders(), max_size=8))
def test_groups_come_to_what_their_orders_come_to(many):
    columns, filled = orders_of(many), filled_columns(fills_of(many))
    found = MeasuredColumns(columns, filled, shortfall_columns(columns, filled))
    rows = [measured(one) for one in many]
    assert group_line_of("total", found, np.arange(len(many))) == group_line("total", rows)
    sides = group_lines(found, [one.side.value for one in many])
    assert sides == grouped(rows, lambda row: row.order.side.value)


def test_orders_that_stand_out_are_the_same_ones():
    many = [
        order(Side.BUY, 100, fills=(fill(0, 100, price),), order_id=str(price), end_price=Decimal(10))
        for price in ("10.01", "10.02", "10.05", "12.50")
    ]
    columns, filled = orders_of(many), filled_columns(fills_of(many))
    wanted = outlier_scores([measured(one) for one in many])
    found = outlier_columns(shortfall_columns(columns, filled))
    assert found.tolist() == pytest.approx([wanted[one.order_id] for one in many], rel=1e-12)


def test_our_own_prints_are_taken_out_of_the_vwap_of_the_others():
    many = [order(Side.BUY, 700, fills=(fill(0, 400, "50.10"), fill(1, 300, "50.25")), market=TAPES[0])]
    filled = filled_columns(fills_of(many))
    bars = bars_of(TAPES)
    found = against(window_benchmarks(bars, windows_of(many, [0], bars), filled).others, _signs(many), filled)
    (wanted,) = [line for line in order_line(measured(many[0])).benchmarks if line.name == "interval VWAP, others"]
    assert _line(found, 0) == (wanted.price, wanted.cost_bps, wanted.cost_usd)


@given(
    st.lists(st.tuples(*[st.one_of(st.none(), NUMBERS)] * 4), min_size=1, max_size=5),
    st.one_of(st.none(), st.decimals("0.0001", 10**9, places=4)),
)
def test_parts_are_rounded_as_those_of_one_order(rows, under):
    known = [np.array([row[part] is not None for row in rows]) for part in range(4)]
    parts = [Exact.of(row[part] or Decimal(0) for row in rows) for part in range(4)]
    of = None if under is None else Exact.of([under] * len(rows))
    found = allocated_columns(parts, known, 2, of=of)
    for place, row in enumerate(rows):
        wanted = allocated([None if x is None or under is None else x / under for x in row] if under else row)
        shown = tuple(_known(part, mask, place) for part, mask in zip(found, known, strict=True))
        assert sum(x or 0 for x in shown) == sum(x or 0 for x in wanted)
        if under is None:
            assert shown == wanted


@given(st.lists(NUMBERS, min_size=1), st.lists(NUMBERS, min_size=1), st.integers(0, 6))
def test_numbers_in_columns_reckon_as_decimals_do(left, right, decimals):
    count = min(len(left), len(right))
    left, right = left[:count], right[:count]
    a, b = Exact.of(left), Exact.of(right)
    for place, (x, y) in enumerate(zip(left, right, strict=True)):
        assert (a + b).decimal(place) == x + y
        assert (a - b).decimal(place) == x - y
        assert a.rounded(decimals).decimal(place) == rounded(x, Decimal(1).scaleb(-decimals))


@given(st.lists(NUMBERS), st.data())
def test_sums_over_ranges_lose_nothing(numbers, data):
    bounds = sorted(data.draw(st.lists(st.integers(0, len(numbers)), min_size=2, max_size=2)))
    found = sums(Exact.of(numbers), np.array([bounds[0]]), np.array([bounds[1]]))
    assert found.decimal(0) == sum(numbers[bounds[0] : bounds[1]], Decimal(0))


def test_numbers_too_large_for_the_machine_stay_exact():
    large = Exact.of([Decimal(10) ** 17, -(Decimal(10) ** 17)])
    assert (large * large).decimal(1) == Decimal(10) ** 34
    thirds = divided(large * large, Exact.of([Decimal(3)] * 2), 2)
    assert thirds.units[0] == 10**36 // 3


@given(NUMBERS.map(lambda number: number * 10**7))
def test_as_floats_they_are_the_nearest(number):
    assert Exact.of([number]).floats()[0] == float(number)


def test_what_is_no_number_is_refused():
    with pytest.raises(ValueError, match="no number"):
        Exact.of([Decimal(1), Decimal("NaN")])


def test_bars_that_overlap_are_refused():
    with pytest.raises(ValueError, match="overlap"):
        bars_of([(bar("ABC", 0, "10", 100, length=5), bar("ABC", 1, "10", 100))])


def _known(column: Exact, mask, place: int) -> Decimal | None:
    return column.decimal(place) if mask[place] else None


def _line(found: CostColumns, place: int) -> tuple[Decimal | None, ...]:
    cost = found.has_cost
    return _known(found.price, found.known, place), _known(found.bps, cost, place), _known(found.usd, cost, place)


def _signs(many: Sequence[OrderRecord]):
    return np.array([one.side.sign for one in many])
