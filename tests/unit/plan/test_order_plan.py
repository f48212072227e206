"""One line for every symbol, each with its reason, and never more cash spent than there is."""

import math
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_desk import costs_nothing, inputs_for, line_of, plan_for, traded

from tasks.book.execution import ExecutionSettings
from tasks.book.orders import GateSettings, OrderSettings
from tasks.book.targets import LimitSettings
from tasks.errors import BadDataError
from tasks.model.money import rounded
from tasks.model.orders import Algorithm, Side
from tasks.model.plan import CostEstimate, PlanLine
from tasks.model.plan_json import plan_hash
from tasks.plan.build import build_plan
from tasks.plan.inputs import OrderFigures

D = Decimal
FREE = OrderSettings(min_trade_usd=D(0), fee_per_share_usd=D(0), fee_minimum_usd=D(0), buy_price_buffer_bps=0)
NO_COST: dict[str, Any] = {"orders": FREE, "estimate": costs_nothing}
TWO = {"AAPL": 100, "MSFT": 50}


# --- sizing ---


def test_weights_become_whole_shares_to_the_nearest():
    plan = plan_for({"AAPL": 0.503, "MSFT": 0.4974}, prices=TWO, held={"AAPL": 100}, cash=0, orders=FREE)
    assert traded(plan) == {"AAPL": -50, "MSFT": 99}


def test_fractions_are_traded_where_the_broker_takes_them():
    plan = plan_for({"AAPL": 0.5}, prices={"AAPL": 300}, cash=1000, share_step=D("0.001"), orders=FREE)
    assert traded(plan) == {"AAPL": D("1.667")}


def test_a_whole_position_is_sold_to_the_last_share_and_no_further():
    plan = plan_for({"AAPL": 0.0, "MSFT": 0.0}, prices=TWO, held={"AAPL": "10.6", "MSFT": 7}, orders=FREE)
    assert traded(plan) == {"AAPL": -10, "MSFT": -7}


def test_a_fractional_position_is_sold_exactly_where_fractions_trade():
    book = {"prices": {"AAPL": "99.99"}, "held": {"AAPL": "10.123456789"}, "share_step": D("0.000000001")}
    assert traded(plan_for({"AAPL": 0.0}, orders=FREE, **book)) == {"AAPL": D("-10.123456789")}


def test_a_whole_share_book_sells_the_fraction_it_holds_where_the_broker_takes_it():
    book = {"prices": TWO, "held": {"AAPL": "10.37", "MSFT": "4.5"}, "orders": FREE, "closing_step": D("0.01")}
    assert traded(plan_for({"AAPL": 0.0, "MSFT": 0.1}, **book)) == {"AAPL": D("-10.37"), "MSFT": -2}


def test_a_long_short_book_may_cross_zero():
    book = {"prices": TWO, "held": {"AAPL": 10}, "cash": 1000, "orders": FREE}
    assert traded(plan_for({"AAPL": -0.5}, **book, long_only=False)) == {"AAPL": -20}
    assert traded(plan_for({"AAPL": -0.5}, **book)) == {"AAPL": -10}


def test_sells_come_before_buys_before_non_trades_each_by_symbol():
    want = {"E": 0.2, "D": 0.2, "B": 0.0, "A": 0.0, "C": 0.2}
    plan = plan_for(want, prices=dict.fromkeys(want, 10), held={"A": 30, "B": 30, "C": 20}, cash=200, orders=FREE)
    assert [(line.symbol, line.side) for line in plan.lines] == [
        ("A", Side.SELL), ("B", Side.SELL), ("D", Side.BUY), ("E", Side.BUY), ("C", None),
    ]  # fmt: skip


def test_a_trade_carries_reason_figures_algorithm_and_forecast():
    line = line_of(plan_for({"AAPL": 0.5}, prices=TWO, cash=10_000, adv_shares={"AAPL": 1000.0}), "AAPL")
    assert line.reason == "toward_target"
    assert line.sentence == "AAPL: buy 50 shares, $5,000.00 at 100: from 0.00 % to 50.00 %, target 50.00 %"
    assert line.algorithm is Algorithm.POV
    assert line.estimate is not None
    assert line.estimate.spread_usd == pytest.approx(1.0)
    assert line.estimate.impact_usd == pytest.approx(0.015 * 5000**1.5 / 100_000**0.5)
    assert line.estimate.fees_usd == pytest.approx(0.35 * 13)


# --- reasons ---


def reason(want=None, *, symbol="AAPL", held=None, **more) -> tuple[str, str]:
    book = {"prices": TWO, "held": {"AAPL": 40} if held is None else held, "cash": 6000, "orders": FREE, **more}
    line = line_of(plan_for(want or {"AAPL": 0.6, "MSFT": 0.0}, **book), symbol)
    return line.reason, line.sentence


def test_a_locked_symbol_is_not_traded():
    code, sentence = reason(locked={"AAPL": "broker has 41 shares, we have 40"})
    assert code == "locked_by_break"
    assert "broker has 41 shares" in sentence


@pytest.mark.parametrize("kind", ["locked_by_break", "locked_by_split", "locked_by_company_event", "written_off"])
def test_the_short_reason_says_what_kind_of_thing_holds_the_symbol_still(kind: str):
    code, sentence = reason(locked={"AAPL": "AAPL: what happened"}, locked_by={"AAPL": kind})
    assert code == kind
    assert "what happened" in sentence


def test_a_holding_beside_the_universe_without_a_price_is_not_said_to_be_sold_by_must_exit():
    code, sentence = reason(symbol="DEAD", held={"DEAD": 10})
    assert code == "no_price"
    assert "must_exit" not in sentence


def test_a_symbol_with_bad_data_is_frozen():
    assert reason(frozen={"AAPL": "4 equal closes"}) == (
        "bad_data",
        "AAPL: frozen by the data checks: 4 equal closes (mend the data, or take the symbol out of the universe)",
    )


def test_a_restricted_symbol_is_not_even_sold_when_it_must_go():
    assert reason(gate=GateSettings(restricted=("AAPL",)), must_exit=("AAPL",))[0] == "restricted"


@pytest.mark.parametrize("prices", [{"MSFT": 50}, {"AAPL": 0, "MSFT": 50}, {"AAPL": -1, "MSFT": 50}])
def test_a_symbol_without_a_price_is_not_sized(prices):
    code, sentence = reason(prices=prices, held={})
    assert code == "no_price"
    assert "cannot be sized" in sentence


def test_no_buy_lets_sells_through():
    assert reason(no_buy=("AAPL",))[0] == "no_buy"
    assert reason({"AAPL": 0.1}, no_buy=("AAPL",))[0] == "toward_target"


def test_no_sell_lets_buys_through():
    assert reason({"AAPL": 0.1}, no_sell=("AAPL",))[0] == "no_sell"
    assert reason(no_sell=("AAPL",))[0] == "toward_target"


def test_a_symbol_that_the_drift_rule_left_alone_says_where_it_is():
    assert reason({"AAPL": 0.4}) == ("at_target", "AAPL: at its target of 40.00 %")
    code, sentence = reason({"AAPL": 0.4}, target_weights={"AAPL": 0.405})
    assert code == "inside_band"
    assert "40.00 % against a target of 40.50 %: -0.50 % of drift may stay" in sentence


def test_a_line_that_a_share_is_too_large_for_says_so_and_is_not_called_at_target():
    code, sentence = reason({"AAPL": 0.404})
    assert code == "below_share_step"
    assert sentence.startswith(
        "AAPL: 0.40 points under the 40.40 % that is wanted: 0.4 of a share is missing, and 1 share is $100.00"
    )
    assert "orders.fractional: true" in sentence


def test_a_holding_without_target_is_left_alone_and_reported():
    code, sentence = reason(symbol="SPINOFF", held={"AAPL": 40, "SPINOFF": 3}, prices={**TWO, "SPINOFF": 5})
    assert code == "outside_universe"
    assert "3 shares held and no target" in sentence


def test_what_must_go_is_sold_even_without_a_target_or_below_the_minimum():
    code, _ = reason(
        symbol="OLD",
        held={"AAPL": 40, "OLD": 3},
        prices={**TWO, "OLD": 5},
        must_exit=("OLD",),
        orders=OrderSettings(),
    )
    assert code == "must_exit"


def test_a_small_trade_is_a_non_trade_with_both_figures():
    code, sentence = reason({"AAPL": 0.41}, orders=OrderSettings(min_trade_usd=D(150)))
    assert (code, sentence) == (
        "below_minimum_trade",
        "AAPL: 1 share is $100.00, below the minimum of $150.00 (lower orders.min_trade_usd, or give the symbol "
        "another target)",
    )


def test_a_trade_of_exactly_the_minimum_is_traded():
    assert reason({"AAPL": 0.41}, orders=OrderSettings(min_trade_usd=D(100)))[0] == "toward_target"


def test_a_sale_that_would_not_pay_its_fees_is_not_made():
    code, sentence = reason(
        {"AAPL": 0.0}, prices={"AAPL": "0.01"}, held={"AAPL": 30}, orders=OrderSettings(min_trade_usd=D(0))
    )
    assert code == "below_minimum_trade"
    assert "would not pay its fees" in sentence


def test_the_first_build_names_itself():
    assert reason(held={}, drift_rule="first_build")[0] == "first_build"


def test_a_least_trade_above_every_target_is_said_with_both_figures():
    book = {"prices": TWO, "cash": 500, "orders": OrderSettings(min_trade_usd=D(100))}
    [found] = plan_for({"AAPL": 0.049, "MSFT": 0.049}, **book).findings
    assert found.check == "least_trade_too_large"
    assert "is $100.00 and the largest target is worth $24.50: nothing is ever bought" in found.message
    assert not plan_for({"AAPL": 0.3}, **book).findings


# --- cash ---


def test_buys_are_scaled_to_the_cash_and_say_so():
    """1,000 USD, worst prices 1 % up: room for 990.09 USD of buys instead of 1,000."""
    tight = OrderSettings(min_trade_usd=D(0), fee_per_share_usd=D(0), fee_minimum_usd=D(0), buy_price_buffer_bps=100)
    plan = plan_for({"AAPL": 0.5, "MSFT": 0.5}, prices={"AAPL": 1, "MSFT": 1}, cash=1000, orders=tight)
    assert traded(plan) == {"AAPL": 495, "MSFT": 495}
    line = line_of(plan, "AAPL")
    assert line.reason == "scaled_to_cash"
    assert "buy 495 of 500 shares wanted" in line.sentence
    assert "$1,000.00 for all buys" in line.sentence
    assert [f.check for f in plan.findings] == ["cash_short"]


def test_what_is_left_after_scaling_buys_single_shares_by_largest_remainder():
    plan = plan_for({"A": 0.2, "B": 0.3, "C": 0.6}, prices=dict.fromkeys("ABC", 10), cash=100, **NO_COST)
    assert traded(plan) == {"A": 2, "B": 3, "C": 5}


def test_cash_that_is_short_by_less_than_a_share_takes_one_share_from_one_name():
    """566 USD are wanted and 560 there: the name of which most shares are bought has one less, the others are whole."""
    names = {"A": 12, "B": 10, "C": 9, "D": 40}
    want = {"A": 0.2, "B": 0.25, "C": 0.36, "D": 0.1334}
    plan = plan_for(want, prices=names, cash=600, settled_cash_usd=D(560), **NO_COST)
    assert traded(plan) == {"A": 10, "B": 15, "C": 23, "D": 2}
    assert [line.symbol for line in plan.lines if line.reason == "scaled_to_cash"] == ["C"]


def test_a_line_that_cash_cuts_still_says_which_limit_shaped_it():
    limits = LimitSettings(max_weight_pct=30, cash_reserve_pct=0)
    book = {"prices": {"AAPL": 110, "MSFT": 10}, "cash": 1000, "limits": limits, **NO_COST}
    shaped = line_of(plan_for({"AAPL": 0.3, "MSFT": 0.3}, **book), "AAPL")
    assert "would break limits.max_weight_pct" in shaped.sentence
    cut = line_of(plan_for({"AAPL": 0.3, "MSFT": 0.3}, **book, settled_cash_usd=D(300)), "AAPL")
    assert cut.reason == "scaled_to_cash"
    assert "would break limits.max_weight_pct; cash, sale proceeds and reserve leave $300.00" in cut.sentence


def test_the_forecast_of_a_size_is_made_once_however_often_it_is_asked():
    """A plan of many names that is short of cash asks again and again; it takes little longer than one that is not."""
    names, asked = {f"S{n:02d}": 10 + n for n in range(40)}, []

    def counted(order: OrderFigures) -> CostEstimate:
        asked.append((order.symbol, order.shares))
        return CostEstimate(0.1, 0.0, 0.0, "")

    book = {"prices": names, "cash": 100_000, "settled_cash_usd": D(50_000), "orders": FREE, "estimate": counted}
    assert build_plan(inputs_for(dict.fromkeys(names, 0.02), **book)).trades
    assert len(asked) == len(set(asked))


def test_the_reserve_is_kept_at_decision_prices_where_trading_costs_nothing():
    plan = plan_for({"AAPL": 1.0}, prices={"AAPL": 1}, cash=1000, **NO_COST, cash_reserve_pct=5.0)
    assert traded(plan) == {"AAPL": 950}


def cash_after_cost(inputs, plan) -> Decimal:
    """USD once everything has traded at its decision price and the forecast cost is paid, as the plan shows it."""
    moved = sum((line.notional_usd * line.side.sign for line in plan.trades if line.side), D(0))
    costs = (line.estimate.total_usd for line in plan.trades if line.estimate)
    return inputs.cash_usd - moved - sum((rounded(D(repr(cost))) for cost in costs), D(0))


def test_a_book_with_a_reserve_of_5_percent_keeps_it_after_the_forecast_cost():
    """Spread and impact of 95,000 USD are 86.78 USD: 760 whole shares of 125 would leave 4,913.22."""
    inputs = inputs_for({"AAPL": 0.95}, prices={"AAPL": 125}, cash=100_000, orders=FREE, cash_reserve_pct=5.0)
    plan = build_plan(replace(inputs, adv_shares={"AAPL": 1e6}, half_spread_bps={"AAPL": 5.0}))
    assert traded(plan) == {"AAPL": 759}
    assert 5_000 <= cash_after_cost(inputs, plan) < 5_125
    line = line_of(plan, "AAPL")
    assert line.reason == "scaled_to_cash"
    assert "buy 759 of 760 shares wanted" in line.sentence
    assert line.sentence.endswith("at prices up to 0 bps higher, with every fee and the forecast cost")


def test_a_book_without_a_reserve_does_not_go_below_zero_cash_after_the_forecast_cost():
    inputs = inputs_for({"AAPL": 1.0}, prices={"AAPL": 10}, cash=10_000, orders=FREE)
    plan = build_plan(inputs)
    assert traded(plan) == {"AAPL": 999}
    assert 0 <= cash_after_cost(inputs, plan) < 10


def test_where_the_market_is_thin_as_much_is_bought_as_is_paid_with_its_own_impact():
    """The whole order's impact would be more than there is; the part that is bought pays its own, and no more."""
    book = {"prices": {"AAPL": 10}, "cash": 100_000, "settled_cash_usd": D(30_000), "orders": FREE}
    inputs = inputs_for({"AAPL": 1.0}, **book, adv_shares={"AAPL": 10.0}, sigma_daily={"AAPL": 0.1})
    [line] = build_plan(inputs).trades
    assert line.estimate is not None
    paid = line.notional_usd + D(repr(line.estimate.total_usd))
    assert 29_900 < paid <= 30_000


def test_the_proceeds_of_sells_pay_for_buys():
    book = {"prices": TWO, "held": {"AAPL": 100}, **NO_COST}
    assert traded(plan_for({"AAPL": 0.5, "MSFT": 0.5}, **book)) == {"AAPL": -50, "MSFT": 100}


def test_the_proceeds_of_sells_pay_for_buys_once_the_sells_have_paid_what_they_cost():
    """The sale costs 60 USD to cross its spread and the buy nothing: 4,940 of 5,000 USD are there for it."""
    book = {"prices": TWO, "held": {"AAPL": 100}, "orders": FREE, "sigma_daily": {}}
    plan = plan_for({"AAPL": 0.5, "MSFT": 0.5}, **book, half_spread_bps={"AAPL": 120.0, "MSFT": 0.0})
    assert traded(plan) == {"AAPL": -50, "MSFT": 98}
    assert "$4,940.00 for all buys" in line_of(plan, "MSFT").sentence


def test_unsettled_cash_buys_nothing():
    plan = plan_for({"AAPL": 1.0}, prices=TWO, cash=1000, **NO_COST, settled_cash_usd=D(300))
    assert traded(plan) == {"AAPL": 3}


def test_room_is_left_for_the_least_commission_of_every_wave_and_a_sweep():
    """TWAP in 13 waves and a sweep at 10 USD each: 140 of 1,000 USD are commission."""
    dear = FREE.model_copy(update={"fee_minimum_usd": D(10)})
    twap = ExecutionSettings(algorithm=Algorithm.TWAP)
    assert traded(plan_for({"AAPL": 1.0}, prices={"AAPL": 1}, cash=1000, orders=dear, execution=twap)) == {"AAPL": 860}


def test_a_buy_that_scaling_makes_too_small_is_dropped():
    plan = plan_for(
        {"A": 0.1, "B": 0.9}, prices={"A": 1, "B": 1}, cash=1000, settled_cash_usd=D(500),
        orders=FREE.model_copy(update={"min_trade_usd": D(60)}), estimate=costs_nothing,
    )  # fmt: skip
    assert traded(plan) == {"B": 450}
    assert line_of(plan, "A").reason == "below_minimum_trade"


def test_an_overdrawn_account_sells_and_warns():
    plan = plan_for({"AAPL": 0.5, "MSFT": 0.5}, prices=TWO, held={"AAPL": 100}, cash=-2000, **NO_COST)
    assert traded(plan) == {"AAPL": -60, "MSFT": 80}
    assert [f.check for f in plan.findings] == ["cash_below_zero"]


# --- any book ---

prices = st.decimals("0.01", "5000", places=2)
shares = st.integers(0, 2000).map(D) | st.decimals(0, 100, places=3)
settings = st.builds(
    OrderSettings,
    min_trade_usd=st.sampled_from([D(0), D(100)]),
    fee_per_share_usd=st.sampled_from([D(0), D("0.0035"), D("0.05")]),
    fee_minimum_usd=st.sampled_from([D(0), D("0.35"), D(10)]),
    buy_price_buffer_bps=st.sampled_from([0.0, 50.0, 1000.0]),
)


@st.composite
def any_inputs(draw):
    symbols = [f"S{i}" for i in range(draw(st.integers(1, 6)))]
    parts = draw(st.lists(st.floats(0, 1), min_size=len(symbols), max_size=len(symbols)))
    total = max(math.fsum(parts), 1.0) / draw(st.floats(0.3, 1.3))
    return inputs_for(
        {symbol: part / total for symbol, part in zip(symbols, parts, strict=True)},
        prices={symbol: draw(prices) for symbol in [*symbols, "X"]},
        held={symbol: draw(shares) for symbol in [*symbols, "X"]},
        cash=draw(st.decimals(1, 10**6, places=2)),
        orders=draw(settings),
        share_step=draw(st.sampled_from([D(1), D("0.001")])),
        cash_reserve_pct=draw(st.sampled_from([0.0, 1.0, 20.0])),
        must_exit=draw(st.sampled_from([(), ("S0",), ("X",)])),
        no_buy=draw(st.sampled_from([(), ("S1",)])),
        locked=draw(st.sampled_from([{}, {"S0": "why"}])),
        adv_shares={symbol: draw(st.none() | st.floats(1, 1e6)) for symbol in symbols},
        execution=ExecutionSettings(waves=draw(st.sampled_from([1, 13]))),
    )


def fees_of(inputs, shares: Decimal, children: int) -> Decimal:
    """What a broker takes for an order filled in so many even children."""
    each = max(inputs.orders.fee_minimum_usd, inputs.orders.fee_per_share_usd * shares / children)
    return each * children


@given(any_inputs(), st.sampled_from([1.0, 0.0]) | st.floats(-1, 1), st.data())
def test_cash_never_ends_below_zero_for_any_prices_inside_the_buffer(inputs, luck, data):
    """Worked in as many children as there are waves and a sweep, or in one; at the worst price or a better one."""
    plan, cash = build_plan(inputs), inputs.settled_cash_usd
    buffer = D(str(inputs.orders.buy_price_buffer_bps)) / 10_000 * D(repr(luck))
    for line in plan.trades:
        single = line.algorithm in {Algorithm.IMMEDIATE, Algorithm.AT_OPEN, Algorithm.AT_CLOSE}
        most = min(1 if single else inputs.execution.waves, max(int(line.shares / inputs.share_step), 1)) + 1
        sign = 1 if line.side is Side.BUY else -1
        cash -= sign * line.shares * line.decision_price * (1 + sign * buffer)
        cash -= fees_of(inputs, line.shares, data.draw(st.sampled_from([1, most])))
    assert cash >= 0


@given(any_inputs())
def test_the_reserve_is_left_after_the_forecast_cost_or_nothing_is_bought(inputs):
    plan = build_plan(inputs)
    reserve = inputs.nav_usd * D(str(inputs.cash_reserve_pct)) / 100
    buys = any(line.side is Side.BUY for line in plan.trades)
    assert not buys or cash_after_cost(inputs, plan) >= reserve


@given(any_inputs())
def test_a_long_only_book_never_sells_more_than_it_holds(inputs):
    for line in build_plan(inputs).trades:
        assert line.side is Side.BUY or line.shares <= inputs.holdings[line.symbol]


@given(any_inputs())
def test_every_symbol_has_exactly_one_line_and_every_line_a_sentence(inputs):
    plan = build_plan(inputs)
    held = {symbol for symbol, n in inputs.holdings.items() if n}
    assert sorted(line.symbol for line in plan.lines) == sorted({*inputs.universe, *held})
    for line in plan.lines:
        assert line.sentence.startswith(f"{line.symbol}: ")
        assert (line.side is None) == (line.shares == 0) == (line.algorithm is None) == (line.estimate is None)
        assert line.shares % inputs.share_step == 0


@given(any_inputs())
def test_a_plan_never_goes_past_what_was_wanted_by_more_than_rounding(inputs):
    for line in build_plan(inputs).trades:
        wanted = D(repr(0.0 if line.symbol in inputs.must_exit else inputs.desired_weights[line.symbol]))
        distance = abs(wanted * inputs.nav_usd - line.holding_shares * line.decision_price)
        assert line.notional_usd <= distance + inputs.share_step * line.decision_price / 2


@given(any_inputs())
def test_building_again_gives_the_same_plan_and_hash_in_any_order_of_the_inputs(inputs):
    backwards = replace(
        inputs,
        universe=tuple(reversed(tuple(inputs.universe))),
        holdings=dict(reversed(inputs.holdings.items())),
        decision_prices=dict(reversed(inputs.decision_prices.items())),
        desired_weights=dict(reversed(inputs.desired_weights.items())),
    )
    first, second = build_plan(inputs), build_plan(backwards)
    assert first == second
    assert plan_hash(first) == plan_hash(second)


# --- refused ---


def test_a_book_without_value_a_step_or_a_number_is_refused():
    inputs = inputs_for({"AAPL": 0.5}, prices=TWO, cash=1000)
    for broken, text in [
        (replace(inputs, nav_usd=D(0)), "net asset value"),
        (replace(inputs, share_step=D(0)), "share step"),
        (replace(inputs, desired_weights={"AAPL": math.nan}), "AAPL is not a number"),
    ]:
        with pytest.raises(BadDataError, match=text):
            build_plan(broken)


def test_the_instant_and_the_revision_are_the_inputs_own():
    plan = plan_for({"AAPL": 0.5}, prices=TWO, cash=1000, revision=3)
    assert (plan.revision, plan.decided_at) == (3, datetime(2022, 12, 28, 14, tzinfo=UTC))


# --- what the broker takes ---


def at_the_close(**more) -> PlanLine:
    """Buy 10 AAPL, half of the book, in the closing auction."""
    settings = ExecutionSettings(algorithm=Algorithm.AT_CLOSE)
    return line_of(plan_for({"AAPL": 0.5}, prices={"AAPL": 100}, cash=2000, execution=settings, **more), "AAPL")


def test_an_auction_that_the_broker_takes_is_planned_without_a_word():
    line = at_the_close()
    assert (line.algorithm, "instead" in line.sentence) == (Algorithm.AT_CLOSE, False)


def test_an_auction_that_the_broker_does_not_take_is_planned_by_size_and_the_line_says_so():
    line = at_the_close(not_taken={Algorithm.AT_CLOSE}, adv_shares={"AAPL": 1000.0})
    assert line.algorithm is Algorithm.IMPLEMENTATION_SHORTFALL
    assert line.sentence.endswith(
        "; the broker takes no at_close orders, so it is worked by implementation_shortfall instead"
    )


def test_an_auction_that_becomes_many_slices_is_forecast_to_pay_for_each():
    fees = OrderSettings(min_trade_usd=D(0), fee_minimum_usd=D(1), fee_per_share_usd=D(0))
    more = {"adv_shares": {}, "orders": fees}
    single, sliced = at_the_close(**more), at_the_close(not_taken={Algorithm.AT_CLOSE}, **more)
    assert single.estimate
    assert sliced.estimate
    assert (single.estimate.fees_usd, sliced.estimate.fees_usd) == (1.0, float(sliced.shares))
