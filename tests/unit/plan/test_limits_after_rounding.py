"""Every limit of the book holds in whole shares as well, or the plan says that it cannot and why."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_desk import costs_nothing, inputs_for, line_of, plan_for, traded

from tasks.book.orders import OrderSettings
from tasks.book.targets import LimitSettings, SectorBound
from tasks.model.cash_reserve import reserve_usd
from tasks.model.plan import Plan
from tasks.plan.book_limits import Facts, Stand, sum_limits, totals
from tasks.plan.build import build_plan

D = Decimal
FREE = OrderSettings(min_trade_usd=D(0), fee_per_share_usd=D(0), fee_minimum_usd=D(0), buy_price_buffer_bps=0)


def weights_after(plan: Plan) -> dict[str, Decimal]:
    return {
        line.symbol: (line.holding_shares + traded(plan).get(line.symbol, D(0))) * line.decision_price / plan.nav_usd
        for line in plan.lines
    }


# ---- one symbol ----------------------------------------------------------------------------------------------------


def test_a_cap_holds_where_the_nearest_number_of_shares_would_break_it():
    """One share at 967 is 3.2 % of 30,000, two are 6.4 %, and the cap is 5 %."""
    plan = plan_for(
        {"AMZN": 0.05}, prices={"AMZN": 967}, cash=30_000, orders=FREE, limits=LimitSettings(max_weight_pct=5)
    )
    assert traded(plan) == {"AMZN": 1}
    assert "from 0.00 % to 3.22 %, target 5.00 %" in line_of(plan, "AMZN").sentence
    assert "limits.max_weight_pct" in line_of(plan, "AMZN").sentence


def test_a_position_above_its_cap_is_sold_under_it_although_the_nearest_number_is_none():
    book = {"prices": {"AMZN": 967}, "held": {"AMZN": 2}, "cash": 30_000 - 1934, "orders": FREE}
    plan = plan_for({"AMZN": 0.05}, **book, limits=LimitSettings(max_weight_pct=5))
    assert traded(plan) == {"AMZN": -1}


def test_a_least_weight_is_rounded_up_to():
    limits = LimitSettings(min_weight_pct=4, max_weight_pct=10)
    plan = plan_for({"KO": 0.04}, prices={"KO": 90}, cash=10_000, orders=FREE, limits=limits)
    assert traded(plan) == {"KO": 5}


def test_where_no_number_of_shares_keeps_both_bounds_the_line_says_so():
    limits = LimitSettings(min_weight_pct=4, max_weight_pct=5)
    plan = plan_for({"AMZN": 0.045}, prices={"AMZN": 2000}, cash=30_000, orders=FREE, limits=limits)
    assert traded(plan) == {}
    assert line_of(plan, "AMZN").reason == "limit_in_the_way"
    assert "it is below limits.min_weight_pct, 4 %" in line_of(plan, "AMZN").sentence


def test_a_cap_that_a_frozen_holding_breaks_is_named_behind_the_reason():
    book = {"prices": {"AMZN": 100}, "held": {"AMZN": 60}, "cash": 4000, "frozen": {"AMZN": "4 equal closes"}}
    line = line_of(plan_for({"AMZN": 0.05}, **book, limits=LimitSettings(max_weight_pct=5)), "AMZN")
    assert line.reason == "bad_data"
    assert line.sentence.endswith("at 60.00 % it stays above limits.max_weight_pct, 5 %")


def test_a_share_of_volume_is_rounded_down_to():
    limits = LimitSettings(max_adv_pct=10)
    plan = plan_for({"XOM": 0.5}, prices={"XOM": 80}, cash=100_000, orders=FREE, limits=limits, adv_shares={"XOM": 999})
    assert traded(plan) == {"XOM": 99}


def test_a_position_is_rounded_up_to_its_floor_or_is_none_at_all():
    limits = LimitSettings(min_position_pct=2, max_weight_pct=100)
    book = {"prices": {"KO": 90, "XOM": 80}, "held": {"XOM": 1}, "cash": 9_920, "orders": FREE}
    assert traded(plan_for({"KO": 0.02, "XOM": 0.0}, **book, limits=limits)) == {"KO": 3, "XOM": -1}


# ---- sums ----------------------------------------------------------------------------------------------------------


def test_a_sector_holds_although_each_of_its_names_rounds_up():
    limits = LimitSettings(sectors={"Tech": SectorBound(max_pct=20)})
    book = {"prices": {"A": 61, "B": 61}, "cash": 3000, "orders": FREE, "facts": Facts({"A": "Tech", "B": "Tech"})}
    plan = plan_for({"A": 0.1, "B": 0.1}, **book, limits=limits)
    assert sum(weights_after(plan).values()) <= D("0.2")
    assert traded(plan) in ({"A": 4, "B": 5}, {"A": 5, "B": 4})
    assert any("sector_max Tech" in line.sentence for line in plan.trades)


def test_what_no_trade_can_mend_is_a_finding_with_its_figures():
    limits = LimitSettings(sectors={"Tech": SectorBound(max_pct=20)})
    book = {"prices": {"A": 50, "B": 50}, "held": {"A": 15}, "cash": 2250, "orders": FREE, "no_sell": ("A",)}
    plan = plan_for({"A": 0.2, "B": 0.2}, **book, limits=limits, facts=Facts({"A": "Tech"}))
    [found] = [f for f in plan.findings if f.check == "limit_not_held"]
    assert "sector_max Tech would be 25.00 %, its bound is 20 %" in found.message


PRICES = st.sampled_from([D("3.17"), D("44.9"), D(150), D(967)])


@st.composite
def any_book(draw):
    symbols = [f"S{i}" for i in range(draw(st.integers(2, 7)))]
    prices = {s: draw(PRICES) for s in symbols}
    parts = [draw(st.floats(0.01, 1)) for _ in symbols]
    whole = sum(parts) / 0.95
    want = {s: min(p / whole, 0.30) for s, p in zip(symbols, parts, strict=True)}
    sectors = {s: draw(st.sampled_from("TU")) for s in symbols}
    scores = {s: draw(st.floats(10, 90)) for s in symbols}
    invested = sum(want.values())
    # The targets keep every limit exactly, some of them at the bound: only rounding can break them.
    limits = LimitSettings(
        cash_reserve_pct=0,
        max_weight_pct=30,
        max_turnover_pct=min(sum(want.values()) * 100 + 1e-7, 400),
        sectors={k: SectorBound(max_pct=sum(w for s, w in want.items() if sectors[s] == k) * 100) for k in "TU"},
        min_esg_score=sum(want[s] * scores[s] for s in symbols) / invested,
    )
    return inputs_for(
        want, prices=prices, cash=draw(st.sampled_from([30_000, 500_000])), orders=FREE, limits=limits,
        facts=Facts(sectors, scores),
    )  # fmt: skip


@given(any_book())
def test_whatever_the_prices_every_limit_holds_or_is_named(inputs):
    plan = build_plan(inputs)
    stands = [Stand(x.symbol, x.holding_shares, traded(plan).get(x.symbol, D(0)), x.decision_price) for x in plan.lines]
    limits = sum_limits(inputs.limits, inputs.facts, inputs.nav_usd, inputs.reserve_usd)
    named = {finding.subject for finding in plan.findings if finding.check == "limit_not_held"}
    for limit, total in zip(limits, totals(limits, stands), strict=True):
        assert limit.excess(total) <= 1e-6 or limit.name in named
    assert all(weight <= D("0.30") for weight in weights_after(plan).values())
    assert sum(weights_after(plan).values()) <= 1


# ---- cash ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nav", "pct", "floor", "kept"),
    [(1_000_000, 5.0, 0, 50_000), (1_000_000, 1.0, 25_000, 25_000), (-5, 5.0, 0, 0), (100_000, 0.0, 0, 0)],
)
def test_the_reserve_is_the_larger_of_its_two_settings(nav, pct, floor, kept):
    assert reserve_usd(D(nav), pct, D(floor)) == kept


def test_a_fixed_amount_of_cash_is_not_invested():
    book = {"prices": {"KO": 10}, "cash": 1000, "orders": FREE, "estimate": costs_nothing}
    plan = plan_for({"KO": 1.0}, **book, cash_reserve_usd=D(250))
    assert traded(plan) == {"KO": 75}


def test_cash_that_is_below_its_reserve_is_raised_by_a_whole_share_more():
    """Reserve 500 of 10,000 USD; selling 5.3 shares rounds to 5 and leaves 495.70 USD."""
    book = {"prices": {"KO": "95.14"}, "held": {"KO": 105}, "cash": "20", "orders": FREE, "cash_reserve_usd": D(500)}
    inputs = inputs_for({"KO": 0.9502}, **book, limits=LimitSettings(cash_reserve_pct=0))
    plan = build_plan(inputs)
    assert inputs.cash_usd - traded(plan)["KO"] * D("95.14") >= 500
