"""Groups, intervals and verdicts."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tca_desk import fill, order

from tasks.tca.costs import measured
from tasks.tca.statistics import Verdict, group_line, grouped, modified_z, outlier_scores, ratio_of_sums

RATES = st.sampled_from([0.125, 0.5, 2.0, 1024.0])


def costing(bps: float, number: int, **known):
    """An order of 1,000 at 10 USD, all filled, that cost this many bps after arriving at the decision price."""
    price = Decimal(10) * (1 + Decimal(repr(bps)) / 10_000)
    facts = {"order_id": f"o{number:03d}", "arrival_price": Decimal(10), "fills": (fill(number, 1000, price),)}
    return measured(order(**(facts | known)))


def test_a_group_under_twenty_five_orders_is_not_judged():
    rows = [costing(10 + n % 3, n) for n in range(24)]
    assert group_line("few", rows).verdict is Verdict.TOO_FEW
    assert group_line("enough", [*rows, costing(10, 24)]).verdict is Verdict.COST


@pytest.mark.parametrize(("shift", "verdict"), [(0, Verdict.NOT_SIGNIFICANT), (20, Verdict.COST), (-20, Verdict.GAIN)])
def test_a_verdict_needs_an_interval_clear_of_zero(shift, verdict):
    rows = [costing(shift + (5 if n % 2 else -5), n) for n in range(30)]
    assert group_line("all", rows).verdict is verdict


def test_a_single_order_has_no_interval():
    line = group_line("one", [costing(10, 1)])
    assert line.costs.total_bps == 10
    assert line.standard_error_bps is line.low_bps is line.high_bps is None
    assert line.verdict is Verdict.TOO_FEW


def test_an_empty_group_has_no_figures():
    line = group_line("nothing", [])
    assert line.orders == 0
    assert line.costs.total_usd is None
    assert line.verdict is Verdict.TOO_FEW


def test_an_order_without_a_total_is_left_out_of_numerator_and_denominator_alike():
    rows = [costing(10, 1), costing(500, 2, end_price=None, session_close=None, shares=Decimal(2000))]
    line = group_line("all", rows)
    assert (line.orders, line.left_out) == (1, 1)
    assert line.costs.total_bps == 10
    assert line.costs.paper_notional_usd == 10_000


def test_orders_without_arrival_are_counted_and_their_delay_is_not_zero():
    line = group_line("all", [costing(10, 1, arrival_price=None)])
    assert line.without_delay == 1
    assert line.costs.delay_usd is None
    assert line.costs.total_bps == 10


def test_groups_come_in_alphabetical_order_and_hold_every_order_once():
    rows = [costing(n, n, sector=sector) for n, sector in enumerate(["Utilities", "Energy", "Utilities"])]
    lines = grouped(rows, lambda row: row.order.sector)
    assert [(line.name, line.orders) for line in lines] == [("Energy", 1), ("Utilities", 2)]


def test_one_wild_order_among_like_ones_stands_out():
    rows = [costing(bps, n) for n, bps in enumerate([4, 5, 6, 5, 4, 6, 5, 250])]
    scores = outlier_scores(rows)
    assert scores["o007"] is not None
    assert scores["o007"] > 3.5
    assert all(abs(z or 0) < 3.5 for name, z in scores.items() if name != "o007")


def test_equal_costs_have_no_scores_rather_than_infinite_ones():
    assert modified_z([5.0, 5.0, 5.0, 9.0]) == (None, None, None, None)
    assert modified_z([]) == ()


@given(st.lists(st.tuples(st.integers(-(10**6), 10**6), st.integers(1, 10**9)), min_size=2, max_size=20), RATES)
def test_counting_in_another_currency_changes_no_basis_point(orders, rate):
    """P9: one exchange rate for costs and notionals cancels; powers of two, so that floats scale exactly."""
    costs, notionals = [float(cost) for cost, _ in orders], [float(size) for _, size in orders]
    here = ratio_of_sums(costs, notionals)
    there = ratio_of_sums([cost * rate for cost in costs], [size * rate for size in notionals])
    assert there == here


def test_a_group_worth_nothing_has_no_mean():
    with pytest.raises(ValueError, match="leave the group out"):
        ratio_of_sums([], [])
