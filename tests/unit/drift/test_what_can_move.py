"""Drift asks what can move: a line that cannot is named once with its remedy, and moves nothing else."""

from decimal import Decimal

import pytest

from tasks.book.drift import DriftSettings
from tasks.book.execution import ExecutionSettings
from tasks.book.orders import GateSettings, OrderSettings
from tasks.drift.decision import decide
from tasks.drift.reach import cannot_move
from tasks.model.capabilities import Capabilities
from tasks.plan.build import build_plan
from tasks.plan.check_context import CheckContext
from tests.unit.drift.test_drift_decision import SESSION, SESSIONS, decided, goes_to, line
from tests.unit.plan.plan_desk import DECIDED_AT, inputs_for

D = Decimal
FREE = OrderSettings(min_trade_usd=D(0), fee_per_share_usd=D(0), fee_minimum_usd=D(0), buy_price_buffer_bps=0)
WHY = {"XOM": "0.37 of a share is missing (sell the rest by hand)"}


def test_dust_of_what_must_go_fires_nothing_where_it_cannot_be_sold() -> None:
    weights = {"AAPL": 0.297, "IBM": 0.302, "MSFT": 0.3, "XOM": 0.00002, "CASH": 0.10098}
    decision = decided(weights, must_exit=("XOM",), stuck=WHY)
    assert (decision.trade, decision.rule) == (False, "inside_bands")
    assert decision.sentence.endswith("; XOM cannot move and moves nothing else (the plan says why)")


def test_dust_of_what_must_go_is_sold_alone_where_it_can_be() -> None:
    weights = {"AAPL": 0.297, "IBM": 0.302, "MSFT": 0.3, "XOM": 0.002, "CASH": 0.099}
    decision = decided(weights, must_exit=("XOM",))
    assert (decision.trade, decision.rule) == (True, "must_exit")
    assert goes_to(decision) == pytest.approx({"AAPL": 0.297, "IBM": 0.302, "MSFT": 0.3, "XOM": 0.0, "CASH": 0.101})


def test_a_large_holding_that_must_go_moves_the_book_to_its_targets() -> None:
    weights = {"AAPL": 0.2, "IBM": 0.3, "MSFT": 0.3, "XOM": 0.1, "CASH": 0.1}
    assert goes_to(decided(weights, must_exit=("XOM",)))["AAPL"] == pytest.approx(0.3)


@pytest.mark.parametrize("rule", [{}, {"scope": "breached"}, {"trade_to": "band_edge"}])
def test_a_share_dearer_than_its_target_does_not_make_the_others_trade(rule) -> None:
    """AMZN cannot be bought, so its 2 % lie in cash, which is over its own target for no other reason."""
    targets = {"AAPL": 0.49, "MSFT": 0.49, "AMZN": 0.02, "CASH": 0.0}
    weights = {"AAPL": 0.492, "MSFT": 0.488, "AMZN": 0.0, "CASH": 0.02}
    decision = decided(weights, targets, stuck={"AMZN": "one share is 2.4 % (raise its target)"}, **rule)
    assert (decision.trade, decision.rule) == (False, "inside_bands")
    assert "; AMZN cannot move and moves nothing else (the plan says why)" in decision.sentence
    assert (line(decision, "AMZN").target, line(decision, "AMZN").trade_to) == (0.02, 0.02)
    assert goes_to(decision)["AAPL"] == 0.492


def test_a_book_with_a_line_outside_its_band_is_not_said_to_have_every_weight_inside() -> None:
    targets = {"AAPL": 0.49, "MSFT": 0.49, "AMZN": 0.02, "CASH": 0.0}
    weights = {"AAPL": 0.49, "MSFT": 0.49, "AMZN": 0.0, "CASH": 0.02}
    told = decided(weights, targets, stuck={"AMZN": "one share is 2.4 % (raise its target)"}).sentence
    assert told.startswith("every weight that can move is inside its band; the largest drift, without what cannot move")
    assert "-0.00" not in told
    held = decided(targets, targets, stuck={"AMZN": "at the gate"}).sentence
    assert held.startswith("every weight is inside its band")


def test_where_what_must_go_cannot_and_nothing_else_moves_it_is_still_named() -> None:
    weights = {"AAPL": 0.3, "IBM": 0.3, "MSFT": 0.3, "XOM": 0.02, "CASH": 0.08}
    decision = decided(weights, stuck=WHY, must_exit=("XOM",), flow=60_000, cash_flow_pct=5, scope="breached")
    assert (decision.trade, decision.rule) == (False, "nothing_to_move")
    assert "every weight that can move is where it may stay" in decision.sentence
    assert decision.sentence.endswith("; XOM cannot move and moves nothing else (the plan says why)")


def test_a_zero_target_with_a_relative_band_does_not_fire_for_ever() -> None:
    weights = {"OLD": 0.0006, "AAPL": 0.8994, "CASH": 0.1}
    rule = {"absolute_band_pct": None, "relative_band_pct": 20}
    targets = {"AAPL": 0.9, "CASH": 0.1}
    assert decided(weights, targets, **rule).rule == "relative_band"
    assert decided(weights, targets, stuck={"OLD": "60 USD, the minimum is 100"}, **rule).rule == "inside_bands"


def test_what_can_move_still_makes_the_book_trade_and_the_stuck_line_is_named_beside_it() -> None:
    weights = {"AAPL": 0.25, "IBM": 0.35, "MSFT": 0.3, "XOM": 0.02, "CASH": 0.08}
    decision = decided(weights, stuck=WHY, must_exit=("XOM",))
    assert (decision.trade, decision.rule) == (True, "absolute_band")
    assert goes_to(decision)["AAPL"] == pytest.approx(0.3)
    assert sum(goes_to(decision).values()) == pytest.approx(1)
    assert "; XOM cannot move and moves nothing else" in decision.sentence


def test_a_calendar_day_asks_nobody_whether_lines_can_move() -> None:
    rule = DriftSettings(calendar="daily")
    weights = {"AAPL": 0.9, "CASH": 0.1}
    decision = decide(rule, weights, weights, SESSION, SESSIONS, SESSION, D(0), D(1000))
    assert decision.rule == "nothing_to_move"


# ---- why -----------------------------------------------------------------------------------------------------------


def stuck(want: dict[str, float], gate: GateSettings | None = None, **book) -> dict[str, str]:
    inputs = inputs_for(want, orders=book.pop("orders", FREE), **book)
    plan = build_plan(inputs)
    if gate is None:
        return cannot_move(plan, plan, None)
    context = CheckContext(
        gate=gate, orders=inputs.orders, nav_usd=inputs.nav_usd, cash_usd=inputs.cash_usd, positions=inputs.holdings,
        quotes={}, now=DECIDED_AT, opens=DECIDED_AT, closes=DECIDED_AT.replace(hour=21), execution=ExecutionSettings(),
        capabilities=Capabilities("simulated", frozenset(), frozenset(), D(1), D("0.01"), True, ""),
    )  # fmt: skip
    return cannot_move(plan, plan, context)


def test_a_target_of_less_than_half_a_share_cannot_be_reached() -> None:
    why = stuck({"AMZN": 0.011, "KO": 0.5}, prices={"AMZN": 967, "KO": 45}, cash=40_000)
    assert list(why) == ["AMZN"]
    assert "orders.fractional: true" in why["AMZN"]


def test_a_trade_below_the_minimum_cannot_be_made_and_the_remedy_names_the_setting() -> None:
    orders = FREE.model_copy(update={"min_trade_usd": D(100)})
    why = stuck({"KO": 0.0}, prices={"KO": 45}, held={"KO": 1}, cash=40_000, orders=orders)
    assert why["KO"].endswith("(lower orders.min_trade_usd, or sell it by hand)")


def test_an_order_that_the_gate_refuses_today_does_not_fire_the_bands() -> None:
    assert "refused by the gate" in stuck({"KO": 0.5}, GateSettings(), prices={"KO": 45}, cash=40_000)["KO"]


def test_a_line_that_is_traded_or_waits_for_cash_is_not_stuck() -> None:
    assert stuck({"KO": 0.5, "XOM": 0.9}, prices={"KO": 45, "XOM": 80}, cash=40_000) == {}
