"""Every order passes every check with live figures, is cut to what passes, or is refused with its reason."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_desk import costs_nothing, inputs_for, line_of, plan_for, traded

from tasks.book.execution import ExecutionSettings
from tasks.book.orders import GateSettings, OrderSettings
from tasks.model.capabilities import Capabilities
from tasks.model.market import Quote
from tasks.model.orders import Algorithm, OrderType, Side, TimeInForce
from tasks.model.plan import Plan, PlanLine, Severity
from tasks.plan.check_context import CheckContext
from tasks.plan.order_caps import CAPS, session_has_orders_left
from tasks.plan.pre_trade_checks import GATE, order_can_be_taken, pass_gate, price_is_within_collar

D = Decimal
NOW = datetime(2022, 12, 28, 15, 0, tzinfo=UTC)
OPENS, CLOSES = NOW - timedelta(minutes=30), NOW + timedelta(hours=6)
FREE = OrderSettings(min_trade_usd=D(0), fee_per_share_usd=D(0), fee_minimum_usd=D(0), buy_price_buffer_bps=0)
WIDE = {"max_order_nav_pct": 100, "max_position_pct": 100}
HELD = {"AAPL": 10, "MSFT": 0}
KINDS = frozenset((kind, when) for kind in (OrderType.MARKET, OrderType.LIMIT) for when in TimeInForce)
TABLE = Capabilities("simulated", KINDS, frozenset(), D(1), D("0.01"), True, "")
MARKET_ONLY = replace(TABLE, takes=frozenset({(OrderType.MARKET, TimeInForce.DAY)}))
PRICES = {"AAPL": 100, "MSFT": 50}


def quote(symbol: str, price, at: datetime = NOW, half_spread="0.01") -> Quote:
    mid, half = D(str(price)), D(half_spread)
    return Quote(symbol, at, mid - half, mid + half, mid)


def swap() -> Plan:
    """Sell 4 AAPL at 100, buy 8 MSFT at 50; NAV 1,000, no cash, and trading costs nothing."""
    return plan_for({"AAPL": 0.6, "MSFT": 0.4}, prices=PRICES, held=HELD, orders=FREE, estimate=costs_nothing)


def context(gate: dict | None = None, **more) -> CheckContext:
    usual = {
        "gate": GateSettings(**{**WIDE, **(gate or {})}),
        "orders": FREE,
        "nav_usd": D(1000),
        "cash_usd": D(1),
        "positions": {"AAPL": D(10)},
        "quotes": {"AAPL": quote("AAPL", 100), "MSFT": quote("MSFT", 50)},
        "now": NOW,
        "opens": OPENS,
        "closes": CLOSES,
        "execution": ExecutionSettings(),
        "capabilities": TABLE,
    }
    return CheckContext(**{**usual, **more})


def refusals(plan: Plan) -> dict[str, str]:
    """Symbol to sentence of every refused order."""
    return {line.symbol: line.sentence for line in plan.lines if line.reason == "refused_by_gate"}


def test_a_sound_plan_passes_unchanged():
    assert pass_gate(swap(), context()) == swap()


def test_a_refused_order_becomes_a_non_trade_with_its_reason_and_a_finding():
    plan = pass_gate(swap(), context({"price_collar_pct": 10}, quotes={
        "AAPL": quote("AAPL", "110.01"), "MSFT": quote("MSFT", 50)}, cash_usd=D(1000)))  # fmt: skip
    assert traded(plan) == {"MSFT": 8}
    line = line_of(plan, "AAPL")
    assert (line.side, line.shares, line.algorithm, line.estimate) == (None, 0, None, None)
    assert line.sentence.startswith(
        "AAPL: sell of 4 shares refused by the gate (price_collar): live 110.01 against 100"
    )
    assert [(f.severity, f.check, f.symbol) for f in plan.findings] == [(Severity.WARN, "price_collar", "AAPL")]


@pytest.mark.parametrize("price", ["110", "90"])
def test_a_price_at_the_collar_passes(price):
    quotes = {"AAPL": quote("AAPL", price), "MSFT": quote("MSFT", 50)}
    assert not refusals(pass_gate(swap(), context({"price_collar_pct": 10}, quotes=quotes, cash_usd=D(1000))))


REFUSED = [
    ({"restricted": ("AAPL",)}, {}, "AAPL", "restricted"),
    ({}, {"working": {"MSFT"}}, "MSFT", "duplicate"),
    ({}, {"now": CLOSES}, "AAPL", "market_open"),
    ({}, {"capabilities": MARKET_ONLY}, "AAPL", "(not_taken): limit orders with time in force day are not taken here"),
    ({}, {"quotes": {"AAPL": quote("AAPL", 100)}}, "MSFT", "no live quote"),
    ({}, {"quotes": {"AAPL": quote("AAPL", 100), "MSFT": quote("MSFT", 50, half_spread="-1")}}, "MSFT", "no sense"),
    ({}, {"quotes": {"AAPL": quote("AAPL", 100), "MSFT": quote("MSFT", 0)}}, "MSFT", "no sense"),
    ({}, {"now": NOW + timedelta(seconds=901)}, "AAPL", "901 s old"),
]
CUT = [
    ({"max_order_usd": D("399.99")}, {}, "AAPL", "-3", "above the largest order, $399.99"),
    ({"max_order_nav_pct": 39.9}, {"cash_usd": D(900)}, "MSFT", "7", "above 39.9 % of the book, $399.00"),
    ({"max_participation_pct": 5e-5}, {}, "MSFT", "5", "of daily volume, the limit is 0.00 %"),
    ({"max_position_pct": 39.9}, {}, "MSFT", "7", "the position would be 40.00 %"),
    ({}, {"positions": {"AAPL": D(3)}}, "AAPL", "-3", "the broker holds 3 and the book is long only"),
    ({}, {"cash_usd": D(-200)}, "MSFT", "3", "is left after the orders before it"),
    ({"max_run_turnover_pct": 60}, {}, "MSFT", "6", "the session would turn over more than 60 %"),
    ({"max_run_turnover_pct": 100}, {"traded_usd": D(400)}, "AAPL", "-3", "turn over more than 100 %"),
]


@pytest.mark.parametrize(("gate", "more", "symbol", "left", "why"), CUT)
def test_each_check_that_a_cut_mends_cuts_and_the_rest_stands_over(gate, more, symbol, left, why):
    wished, plan = swap(), pass_gate(swap(), context(gate, **more))
    line = line_of(plan, symbol)
    assert (traded(plan)[symbol], line.reason) == (D(left), "cut_by_gate")
    assert line.standing_over == line_of(wished, symbol).shares - line.shares
    assert why in line.sentence
    stands = "1 share stands" if line.standing_over == 1 else f"{line.standing_over} shares stand"
    assert f"{stands} over for the next session" in line.sentence
    assert symbol in {finding.symbol for finding in plan.findings if finding.severity is Severity.WARN}


def test_the_sentence_of_a_cut_order_shows_the_weight_that_will_be():
    line = line_of(pass_gate(swap(), context({"max_order_nav_pct": 39.9}, cash_usd=D(900))), "MSFT")
    assert line.sentence.startswith("MSFT: buy 7 of 8 shares wanted, $350.00 at 50: from 0.00 % to 35.00 %, target")


def test_a_cut_that_leaves_less_than_the_least_trade_trades_nothing_and_all_of_it_stands_over():
    dear = FREE.model_copy(update={"min_trade_usd": D(60)})
    plan = pass_gate(swap(), context({"max_order_usd": D(70)}, orders=dear, cash_usd=D(900)))
    line = line_of(plan, "MSFT")
    assert (line.reason, line.side, line.standing_over) == ("refused_by_gate", None, 8)
    assert "below the least trade of $60.00" in line.sentence


def test_a_cut_that_leaves_less_than_the_least_position_trades_nothing_and_all_of_it_stands_over():
    plan = pass_gate(swap(), context({"max_order_usd": D(350)}, least_position_pct=36, cash_usd=D(900)))
    line = line_of(plan, "MSFT")
    assert (line.reason, line.side, line.standing_over) == ("refused_by_gate", None, 8)
    assert "with the 7 shares that may go it would stand at 35.00 %, below limits.min_position_pct, 36 %" in (
        line.sentence
    )
    assert traded(plan) == {"AAPL": -3}, "what is held is not kept and not sold for it"
    enough = pass_gate(swap(), context({"max_order_usd": D(350)}, least_position_pct=35, cash_usd=D(900)))
    assert traded(enough)["MSFT"] == 7


def test_a_cut_order_has_the_forecast_of_its_size():
    halved = pass_gate(swap(), context({"max_order_usd": D(200)}), lambda line: replace(line, estimate=None))
    assert line_of(halved, "AAPL").estimate is None


def test_buys_shrink_with_the_sells_that_were_to_pay_for_them():
    plan = pass_gate(swap(), context({"max_order_usd": D(200)}, cash_usd=D(0)))
    assert traded(plan) == {"AAPL": -2, "MSFT": 3}


def test_where_the_session_has_no_orders_left_the_later_ones_stand_over():
    plan = pass_gate(swap(), context({"max_run_orders": 3}, orders_sent=2))
    assert traded(plan) == {"AAPL": -4}
    assert line_of(plan, "MSFT").standing_over == 8
    assert "(run_orders)" in line_of(plan, "MSFT").sentence


@pytest.mark.parametrize(("gate", "more", "symbol", "check"), REFUSED)
def test_each_check_refuses_what_it_is_for(gate, more, symbol, check):
    assert check in refusals(pass_gate(swap(), context(gate, **more)))[symbol]


def test_every_check_of_the_gate_refuses_something_in_these_tests():
    contexts = [context(gate, **more) for gate, more, _, _ in REFUSED]
    asked = [(check, order, there) for there in contexts for order in swap().trades for check in GATE]
    refusing = {check for check, order, there in asked if order.symbol in there.quotes and check(order, there)}
    no_quote = {check for check, order, there in asked if check.__name__ == "quote_is_live" and check(order, there)}
    collar = context({"price_collar_pct": 1}, quotes={"AAPL": quote("AAPL", 102)})
    assert price_is_within_collar(swap().trades[0], collar)
    assert refusing | no_quote | {price_is_within_collar} == set(GATE)
    paid = {order.symbol: order.shares / 2 for order in swap().trades}
    parts = {"turnover_part": D("0.5"), "paid_shares": paid, "reserve_usd": D(500)}
    cut = {check for gate, more, *_ in CUT for check in CAPS for order in swap().trades if check(
        order, context(gate, **parts, **more))}  # fmt: skip
    assert cut | {session_has_orders_left} == set(CAPS)


def sale(shares: str, algorithm: Algorithm = Algorithm.TWAP) -> PlanLine:
    return replace(swap().trades[0], shares=D(shares), algorithm=algorithm)


@pytest.mark.parametrize(
    ("shares", "algorithm", "fractions", "refused"),
    [
        ("4.5", Algorithm.TWAP, [], "a positive multiple of 1 is taken here"),
        ("4.5", Algorithm.TWAP, [(OrderType.LIMIT, TimeInForce.DAY)], ""),
        ("4.5", Algorithm.AT_CLOSE, [(OrderType.LIMIT, TimeInForce.DAY)], ""),
        ("0.5", Algorithm.AT_CLOSE, [(OrderType.LIMIT, TimeInForce.DAY)], "no fractions in such orders"),
        ("0.5", Algorithm.AT_CLOSE, [(OrderType.MARKET, TimeInForce.AT_CLOSE)], ""),
        ("4.55", Algorithm.TWAP, [(OrderType.LIMIT, TimeInForce.DAY)], "a positive multiple of 0.5"),
    ],
)
def test_an_order_is_taken_when_its_whole_shares_are_and_the_fraction_has_a_way(shares, algorithm, fractions, refused):
    """A fraction beside an auction goes as an order for the day; one that is all fraction would miss its auction."""
    table = replace(TABLE, fractions=frozenset(fractions), share_step=D("0.5") if fractions else D(1))
    refusal = order_can_be_taken(sale(shares, algorithm), context(capabilities=table))
    assert refused in (refusal.message if refusal else "")
    assert bool(refused) == bool(refusal)


@pytest.mark.parametrize("algorithm", [Algorithm.AT_OPEN, Algorithm.AT_CLOSE])
def test_an_auction_that_the_broker_does_not_take_is_refused_with_its_reason(algorithm):
    table = replace(TABLE, takes=frozenset((kind, TimeInForce.DAY) for kind in OrderType))
    refusal = order_can_be_taken(sale("4", algorithm), context(capabilities=table))
    assert refusal
    assert refusal.check == "not_taken"
    assert "are not taken here; taken are" in refusal.message
    assert not order_can_be_taken(sale("4"), context(capabilities=table))


def test_participation_is_cut_above_and_passed_at_the_limit():
    def sold(adv: float, **more) -> D:
        plan = plan_for({"AAPL": 0.6}, prices=PRICES, held=HELD, orders=FREE, adv_shares={"AAPL": adv})
        return line_of(pass_gate(plan, context({"max_participation_pct": 10}, **more)), "AAPL").shares

    assert (sold(40.0), sold(39.0), sold(9.0)) == (4, 3, 0)
    assert sold(40.0, traded_shares={"AAPL": D(1)}) == 3


def test_an_unknown_volume_is_reported_and_not_passed_in_silence():
    plan = plan_for({"AAPL": 0.6}, prices=PRICES, held=HELD, orders=FREE, adv_shares={})
    found = pass_gate(plan, context()).findings
    assert [(f.severity, f.check) for f in found] == [(Severity.INFO, "participation")]
    assert "1 order is not held against risk.max_participation_pct" in found[0].message


def test_an_oversized_position_may_be_made_smaller():
    assert "AAPL" not in refusals(pass_gate(swap(), context({"max_position_pct": 45})))


def test_a_buy_does_not_count_on_the_proceeds_of_a_refused_sell():
    plan = pass_gate(swap(), context({"restricted": ("AAPL",)}))
    assert traded(plan) == {}
    assert set(refusals(plan)) == {"AAPL", "MSFT"}
    assert "needs $400.08 with fees, $1.00 is left" in refusals(plan)["MSFT"]


def test_the_reserve_is_left_at_live_prices_too_and_the_line_says_what_it_is():
    """400 USD from the sale and 100 in cash, 100 of which stay: 8 MSFT at 52 are 416, and 7 are 364."""
    quotes = {"AAPL": quote("AAPL", 100), "MSFT": quote("MSFT", 52)}
    known = {"cash_usd": D(100), "quotes": quotes}
    assert traded(pass_gate(swap(), context(**known)))["MSFT"] == 8
    line = line_of(pass_gate(swap(), context(**known, reserve_usd=D(100))), "MSFT")
    assert (line.shares, line.standing_over, line.reason) == (7, 1, "cut_by_gate")
    assert "(cash_reserve)" not in line.sentence
    assert "needs $416.00 with its cost, $400.00 is left above the cash reserve of $100.00" in line.sentence


def test_a_sale_that_may_not_go_leaves_the_reserve_where_it_is():
    plan = pass_gate(swap(), context({"restricted": ("AAPL",)}, cash_usd=D(440), reserve_usd=D(400)))
    assert traded(plan) == {}
    assert traded(pass_gate(swap(), context({"restricted": ("AAPL",)}, cash_usd=D(450))))["MSFT"] == 8


def test_cash_that_is_short_by_far_is_shared_by_all_buys_and_not_by_the_alphabet():
    """A sale that was to pay for half of the buys is refused: each of them is bought by a half.

    13 shares of each may go, at a quarter of the book an order: 300 USD pay for 300 of 390.
    """
    names = {"KO": 10, "MSFT": 10, "PG": 10}
    book = {"prices": {**names, "OLD": 100}, "held": {"OLD": 3}, "cash": 300, "orders": FREE}
    plan = plan_for({**dict.fromkeys(names, 1 / 3), "OLD": 0.0}, **book, estimate=costs_nothing)
    quotes = {symbol: quote(symbol, price, half_spread="0") for symbol, price in book["prices"].items()}
    there = context({"restricted": ("OLD",)}, quotes=quotes, cash_usd=D(300), nav_usd=D(600), positions={"OLD": D(3)})
    assert traded(plan) == {"OLD": -3, "KO": 20, "MSFT": 20, "PG": 20}
    passed = pass_gate(plan, there)
    assert traded(passed) == {"KO": 10, "MSFT": 10, "PG": 10}
    assert "pays for 76.92 % of all buys that may go" in line_of(passed, "PG").sentence


def test_an_order_before_the_open_waits_but_an_opening_order_is_late_after_it():
    early = context(now=OPENS - timedelta(hours=1), max_quote_age_s=1e6)
    assert not refusals(pass_gate(swap(), early))
    book = {"prices": PRICES, "held": HELD, "orders": FREE}
    settings = inputs_for({}, prices={}, cash=1).execution.model_copy(update={"algorithm": Algorithm.AT_OPEN})
    plan = plan_for({"AAPL": 0.6}, execution=settings, **book)
    assert "market_open" in refusals(pass_gate(plan, context()))["AAPL"]


@pytest.mark.parametrize(
    ("gate", "more", "check"),
    [
        ({}, {"data_age_sessions": 2}, "data_age"),
        ({}, {"nav_usd": D(0)}, "nav"),
    ],
)
def test_a_breach_of_the_run_refuses_every_order_and_halts(gate, more, check):
    plan = pass_gate(swap(), context(gate, **more))
    assert plan.trades == ()
    assert set(refusals(plan)) == {"AAPL", "MSFT"}
    assert (Severity.HALT, check) in [(f.severity, f.check) for f in plan.findings]


def test_a_run_at_its_limits_passes():
    assert pass_gate(swap(), context({"max_run_turnover_pct": 80, "max_run_orders": 2})) == swap()


def test_all_breaches_of_a_run_are_reported_at_once():
    plan = pass_gate(swap(), context(data_age_sessions=9, nav_usd=D(0)))
    assert [f.check for f in plan.findings] == ["nav", "data_age"]


def test_a_plan_without_trades_passes_whatever_the_figures():
    still = plan_for({"AAPL": 1.0}, prices=PRICES, held=HELD, orders=FREE)
    assert pass_gate(still, context(data_age_sessions=9)) == still


@given(
    st.decimals(0, 2000, places=2),
    st.decimals("40", "60", places=2),
    st.decimals("90", "110", places=2),
    st.sampled_from([D(0), D(1)]),
)
def test_what_passes_can_be_paid_at_the_live_quotes(cash, msft, aapl, fee):
    orders = FREE.model_copy(update={"fee_minimum_usd": fee})
    quotes = {"AAPL": quote("AAPL", aapl, half_spread="5"), "MSFT": quote("MSFT", msft, half_spread="5")}
    plan = pass_gate(swap(), context({"price_collar_pct": 50}, cash_usd=cash, quotes=quotes, orders=orders))
    for line in plan.trades:
        live = quotes[line.symbol]
        cash += -line.shares * live.ask if line.side is Side.BUY else line.shares * live.bid
        cash -= 2 * fee
    assert cash >= 0


def test_cash_is_kept_for_the_least_commission_of_every_child_order_that_a_trade_may_come_to():
    """13 waves and a sweep at 5 USD each: 70 of the 500 USD are commission, and 430 buy 8 shares at 50.01."""
    dear = FREE.model_copy(update={"fee_minimum_usd": D(5)})
    plan = plan_for({"MSFT": 0.5}, prices=PRICES, held={}, cash=1000, orders=FREE)
    passed = pass_gate(plan, context(orders=dear, cash_usd=D(500), most_children={"MSFT": 14}))
    assert traded(passed) == {"MSFT": 8}
    assert "needs $570.10 with fees" in line_of(passed, "MSFT").sentence


@given(st.integers(0, 20), st.integers(0, 20))
def test_the_gate_keeps_every_line_and_adds_none(held, wanted):
    plan = plan_for({"AAPL": 0.5, "MSFT": wanted / 20}, prices=PRICES, held={"AAPL": held}, cash=100, orders=FREE)
    passed = pass_gate(plan, context({"max_order_nav_pct": 20}))
    assert sorted(line.symbol for line in passed.lines) == sorted(line.symbol for line in plan.lines)
    assert {line.symbol for line in passed.trades} <= {line.symbol for line in plan.trades}
    for line in passed.trades:
        assert line.shares + line.standing_over == line_of(plan, line.symbol).shares
