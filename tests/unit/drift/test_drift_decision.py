"""Whether a book trades, which rule said so, and how far it goes."""

import math
from datetime import date
from decimal import Decimal

import exchange_calendars
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.book.drift import DriftSettings
from tasks.drift.calendar_rule import Missed
from tasks.drift.decision import DriftDecision, decide
from tasks.errors import BadDataError

SESSIONS = tuple(
    d.date() for d in exchange_calendars.get_calendar("XNYS").sessions_in_range("2022-11-01", "2023-01-31")
)
SESSION = date(2022, 12, 28)
THIRDS = {"AAPL": 0.3, "IBM": 0.3, "MSFT": 0.3, "CASH": 0.1}


def decided(
    weights,
    targets=THIRDS,
    *,
    last=date(2022, 12, 1),
    flow=0,
    must_exit=(),
    on=SESSION,
    sessions=SESSIONS,
    missed=None,
    stuck=None,
    **rule,
):
    settings = DriftSettings(**rule)
    nav = Decimal(1_000_000)
    return decide(settings, weights, targets, on, sessions, last, Decimal(flow), nav, must_exit, missed, stuck or {})


def line(decision: DriftDecision, symbol: str):
    return next(row for row in decision.lines if row.symbol == symbol)


def goes_to(decision: DriftDecision) -> dict[str, float]:
    return {row.symbol: row.trade_to for row in decision.lines}


# --- which rule ---


def test_a_book_inside_its_bands_stands_still_and_says_how_far_it_is_off():
    decision = decided({"AAPL": 0.305, "IBM": 0.3, "MSFT": 0.295, "CASH": 0.1})
    assert (decision.trade, decision.rule) == (False, "inside_bands")
    assert "AAPL's, +0.50 points" in decision.sentence
    assert all(row.trade_to == row.current for row in decision.lines)


def test_the_sentence_names_rule_symbol_and_figures():
    decision = decided(
        {"AAPL": 0.124, "MSFT": 0.776, "CASH": 0.1}, {"AAPL": 0.1, "MSFT": 0.8, "CASH": 0.1}, absolute_band_pct=2.4
    )
    assert decision.rule == "absolute_band"
    assert decision.sentence.startswith(
        "AAPL is 12.40 % against a target of 10.00 %: 2.40 points over, its band is 2.40 points"
    )


@pytest.mark.parametrize(("drift", "trades"), [(0.01, True), (0.01 - 5e-10, True), (0.01 - 2e-9, False), (-0.01, True)])
def test_a_drift_equal_to_its_band_fires_and_a_smaller_one_does_not(drift, trades):
    weights = {"AAPL": 0.3 + drift, "IBM": 0.3 - drift / 2, "MSFT": 0.3 - drift / 2, "CASH": 0.1}
    assert decided(weights, absolute_band_pct=1.0).trade is trades


def test_a_band_edge_that_floats_cannot_hit_exactly_still_fires():
    """0.11 - 0.1 is 0.009999999999999995."""
    weights = {"AAPL": 0.11, "MSFT": 0.89, "CASH": 0.0}
    assert decided(weights, {"AAPL": 0.1, "MSFT": 0.9, "CASH": 0.0}, absolute_band_pct=1.0).trade


def test_cash_has_a_band_too():
    weights = {"AAPL": 0.295, "IBM": 0.295, "MSFT": 0.295, "CASH": 0.115}
    decision = decided(weights)
    assert decision.trade
    assert decision.sentence.startswith("CASH is 11.50 % against a target of 10.00 %")


def test_a_relative_band_is_measured_on_the_target():
    weights = {"AAPL": 0.024, "IBM": 0.876, "CASH": 0.1}
    targets = {"AAPL": 0.02, "IBM": 0.88, "CASH": 0.1}
    fires = decided(weights, targets, absolute_band_pct=None, relative_band_pct=20)
    assert (fires.rule, line(fires, "AAPL").breached_by) == ("relative_band", "relative_band")
    assert "20.0 % of it over" in fires.sentence
    assert not decided(weights, targets, absolute_band_pct=None, relative_band_pct=21).trade


def test_a_holding_without_a_target_is_outside_any_relative_band_unless_it_is_dust():
    def fires(weight: float) -> bool:
        weights = {"OLD": weight, "AAPL": 0.9 - weight, "CASH": 0.1}
        return decided(weights, {"AAPL": 0.9, "CASH": 0.1}, absolute_band_pct=None, relative_band_pct=50).trade

    assert fires(0.0002)
    assert not fires(0.00005)


def test_idle_cash_without_a_target_is_outside_no_relative_band():
    weights, targets = {"AAPL": 0.99, "CASH": 0.01}, {"AAPL": 1.0, "CASH": 0.0}
    assert decided(weights, targets, absolute_band_pct=None, relative_band_pct=5).rule == "inside_bands"


def test_the_first_build_trades_to_target_whatever_the_bands():
    decision = decided({"CASH": 1.0}, last=None, trade_to="band_edge", scope="breached", absolute_band_pct=50)
    assert (decision.trade, decision.rule) == (True, "first_build")
    assert goes_to(decision) == pytest.approx(THIRDS)


def test_an_account_taken_over_with_holdings_is_no_first_build():
    assert decided(THIRDS, last=None).rule == "inside_bands"


def test_a_calendar_day_trades_inside_the_bands():
    weights = {"AAPL": 0.305, "IBM": 0.3, "MSFT": 0.295, "CASH": 0.1}
    decision = decided(weights, on=date(2022, 12, 23), calendar="weekly", weekday="monday")
    assert (decision.trade, decision.rule) == (True, "calendar")
    assert "Monday 2022-12-26 is no session" in decision.sentence


FRIDAY_MISSED = Missed(date(2022, 12, 23), date(2022, 12, 23), "that session is not on record")
NEAR = {"AAPL": 0.305, "IBM": 0.3, "MSFT": 0.295, "CASH": 0.1}


def test_a_missed_day_is_said_on_the_next_session_and_moves_nothing_by_itself():
    decision = decided(NEAR, on=date(2022, 12, 27), missed=FRIDAY_MISSED, calendar="weekly")
    assert (decision.trade, decision.rule) == (False, "inside_bands")
    assert "weekly rebalance of 2022-12-23 was missed: that session is not on record" in decision.sentence
    assert "drift.catch_up" in decision.sentence


def test_a_book_that_catches_up_trades_on_the_session_after_a_missed_day():
    decision = decided(NEAR, on=date(2022, 12, 27), missed=FRIDAY_MISSED, calendar="weekly", catch_up=True)
    assert (decision.trade, decision.rule) == (True, "catch_up")
    assert "catches up on the book's weekly rebalance of 2022-12-23, which was missed" in decision.sentence
    assert goes_to(decision) == pytest.approx(THIRDS)


def test_a_missed_holiday_names_the_session_that_stood_for_it():
    monday = Missed(date(2022, 12, 26), date(2022, 12, 23), "that session is not on record")
    decision = decided(NEAR, on=date(2022, 12, 27), missed=monday, calendar="weekly", weekday="monday")
    assert "weekly rebalance of 2022-12-26, due in session 2022-12-23, was missed" in decision.sentence


def test_a_missed_day_is_said_beside_whatever_else_fires():
    """A band fires by its own right; what was missed is no reason of this trade, and is still told."""
    weights = {"AAPL": 0.4, "IBM": 0.3, "MSFT": 0.2, "CASH": 0.1}
    decision = decided(weights, on=date(2022, 12, 27), missed=FRIDAY_MISSED, calendar="weekly")
    assert decision.rule == "absolute_band"
    assert "was missed" in decision.sentence


@pytest.mark.parametrize("flow", [50_000, -50_000])
def test_cash_that_moves_in_or_out_triggers(flow):
    weights = {"AAPL": 0.305, "IBM": 0.3, "MSFT": 0.295, "CASH": 0.1}
    assert decided(weights, flow=flow, cash_flow_pct=5.0).rule == "cash_flow"
    assert decided(weights, flow=flow * 0.99, cash_flow_pct=5.0).rule == "inside_bands"
    assert decided(weights, flow=flow).rule == "inside_bands"


OFF = {"AAPL": 0.35, "IBM": 0.3, "MSFT": 0.25, "CASH": 0.1}


@pytest.mark.parametrize(
    ("last", "rule"),
    [(date(2022, 12, 20), "cooldown"), (date(2022, 12, 19), "absolute_band"), (None, "absolute_band")],
)
def test_bands_wait_for_the_cooldown(last, rule):
    """Strictly between 12-20 and 12-28 lie four sessions, 12-26 being a holiday; since 12-19 there are five."""
    assert decided(OFF, last=last, cooldown_sessions=5).rule == rule


def test_the_cooldown_says_what_it_holds_back():
    decision = decided(OFF, last=date(2022, 12, 20), cooldown_sessions=5)
    assert not decision.trade
    assert "AAPL is 35.00 %" in decision.sentence
    assert "4 of 5 sessions have passed since 2022-12-20" in decision.sentence


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"must_exit": ("IBM",)}, "must_exit"),
        ({"calendar": "daily"}, "calendar"),
        ({"flow": 90_000, "cash_flow_pct": 5}, "cash_flow"),
    ],
)
def test_the_cooldown_holds_back_bands_alone(more, rule):
    decision = decided(OFF, last=date(2022, 12, 27), cooldown_sessions=5, **more)
    assert (decision.trade, decision.rule) == (True, rule)


def test_a_calendar_too_short_for_the_cooldown_is_refused_and_not_guessed():
    with pytest.raises(BadDataError, match="calendar starts"):
        decided(OFF, last=date(2022, 12, 1), cooldown_sessions=5, sessions=SESSIONS[38:])


def test_what_must_go_goes_to_zero_and_its_weight_becomes_cash():
    decision = decided(THIRDS, must_exit=("IBM",), scope="breached", absolute_band_pct=50)
    assert decision.rule == "must_exit"
    assert goes_to(decision) == pytest.approx({"AAPL": 0.3, "IBM": 0.0, "MSFT": 0.3, "CASH": 0.4})
    assert line(decision, "IBM").breached_by == "must_exit"
    assert line(decision, "CASH").target == pytest.approx(0.4)


def test_what_must_go_and_is_not_held_triggers_nothing():
    assert decided(THIRDS, must_exit=("GME",)).rule == "inside_bands"


# --- how far ---


def test_scope_all_moves_every_symbol_to_its_target():
    assert goes_to(decided(OFF)) == pytest.approx(THIRDS)


def test_scope_breached_leaves_the_others_alone():
    weights = {"AAPL": 0.35, "IBM": 0.305, "MSFT": 0.245, "CASH": 0.1}
    decision = decided(weights, scope="breached")
    assert goes_to(decision) == pytest.approx({"AAPL": 0.3, "IBM": 0.305, "MSFT": 0.3, "CASH": 0.095})


def test_band_edge_brings_a_symbol_to_the_edge_and_not_inside_it():
    decision = decided(OFF, trade_to="band_edge", absolute_band_pct=2.0)
    assert goes_to(decision) == pytest.approx({"AAPL": 0.32, "IBM": 0.3, "MSFT": 0.28, "CASH": 0.1})


def test_a_book_brought_to_its_band_edge_does_not_trade_again():
    edge = goes_to(decided(OFF, trade_to="band_edge", absolute_band_pct=2.0))
    again = decided(edge, trade_to="band_edge", absolute_band_pct=2.0)
    assert (again.trade, again.rule) == (False, "nothing_to_move")


def test_the_tighter_of_two_bands_is_the_edge():
    weights = {"AAPL": 0.05, "IBM": 0.85, "CASH": 0.1}
    targets = {"AAPL": 0.02, "IBM": 0.88, "CASH": 0.1}
    decision = decided(weights, targets, trade_to="band_edge", absolute_band_pct=2.0, relative_band_pct=50)
    assert line(decision, "AAPL").trade_to == pytest.approx(0.03)


def test_too_much_cash_is_spread_over_the_underweights_when_no_symbol_left_its_band():
    weights = {"AAPL": 0.296, "IBM": 0.292, "MSFT": 0.3, "CASH": 0.112}
    to_target = decided(weights, scope="breached")
    assert goes_to(to_target) == pytest.approx(THIRDS)
    to_edge = decided(weights, trade_to="band_edge")
    assert line(to_edge, "CASH").trade_to == pytest.approx(0.11)
    assert line(to_edge, "AAPL").trade_to == pytest.approx(0.296 + 0.004 / 6)
    assert line(to_edge, "IBM").trade_to == pytest.approx(0.292 + 0.008 / 6)


def test_buying_back_an_underweight_never_overdraws_cash():
    """AAPL needs 2.5 points and there is half a point of cash: the small overweights pay."""
    targets = {"AAPL": 0.3, "IBM": 0.345, "MSFT": 0.345, "CASH": 0.01}
    weights = {"AAPL": 0.275, "IBM": 0.36, "MSFT": 0.36, "CASH": 0.005}
    decision = decided(weights, targets, scope="breached", absolute_band_pct=2.0)
    assert goes_to(decision) == pytest.approx(targets)


def test_a_book_without_bands_trades_everything_on_its_calendar_day():
    decision = decided(OFF, absolute_band_pct=None, calendar="daily", scope="breached")
    assert goes_to(decision) == pytest.approx(THIRDS)


def test_a_calendar_day_at_target_moves_nothing():
    assert decided(THIRDS, calendar="daily").rule == "nothing_to_move"


# --- any book ---


def fractions_of_one(parts: list[float]) -> dict[str, float]:
    total = math.fsum(parts)
    weights = {f"S{i}": part / total for i, part in enumerate(parts[1:])}
    return {**weights, "CASH": 1.0 - math.fsum(weights.values())}


books = st.integers(2, 8).flatmap(
    lambda n: st.tuples(*[st.lists(st.floats(0.0, 1.0), min_size=n, max_size=n).filter(lambda p: sum(p) > 0.1)] * 2)
)
rules = st.builds(
    DriftSettings,
    absolute_band_pct=st.none() | st.floats(0.1, 10),
    relative_band_pct=st.none() | st.floats(1, 100),
    calendar=st.sampled_from(["never", "daily"]),
    trade_to=st.sampled_from(["target", "band_edge"]),
    scope=st.sampled_from(["all", "breached"]),
)


@given(books, rules)
def test_weights_traded_to_sum_to_one_and_never_overshoot_their_target(book, rule):
    weights, targets = map(fractions_of_one, book)
    decision = decide(rule, weights, targets, SESSION, SESSIONS, None, Decimal(0), Decimal(1))
    assert math.fsum(goes_to(decision).values()) == pytest.approx(1.0, abs=1e-9)
    for row in decision.lines:
        if row.symbol != "CASH":
            low, high = sorted((row.current, row.target))
            assert low - 1e-9 <= row.trade_to <= high + 1e-9
    assert line(decision, "CASH").trade_to >= -1e-9


@given(books, rules)
def test_after_trading_no_weight_is_further_out_than_its_band(book, rule):
    weights, targets = map(fractions_of_one, book)
    first = decide(rule, weights, targets, SESSION, SESSIONS, None, Decimal(0), Decimal(1))
    if first.trade:
        after = decide(rule, goes_to(first), targets, SESSION, SESSIONS, SESSION, Decimal(0), Decimal(1))
        assert not after.trade or max(abs(r.trade_to - r.current) for r in after.lines) < 1e-6


@given(books, rules)
def test_the_order_of_the_rows_does_not_matter(book, rule):
    weights, targets = map(fractions_of_one, book)
    forth = decide(rule, weights, targets, SESSION, SESSIONS, None, Decimal(0), Decimal(1))
    back = decide(
        rule,
        dict(reversed(weights.items())),
        dict(reversed(targets.items())),
        SESSION,
        SESSIONS,
        None,
        Decimal(0),
        Decimal(1),
    )
    assert forth == back


# --- refused ---


@pytest.mark.parametrize(
    "weights", [{"AAPL": 0.5, "CASH": 0.4}, {"AAPL": 1.0}, {"AAPL": math.nan, "CASH": 0.5}, {"AAPL": 2.0, "CASH": 0.0}]
)
def test_weights_that_are_no_whole_book_are_refused(weights):
    with pytest.raises(BadDataError, match="need a CASH row and sum 1"):
        decided(weights)


def test_a_book_without_value_is_refused():
    with pytest.raises(BadDataError, match="net asset value"):
        decide(DriftSettings(), THIRDS, THIRDS, SESSION, SESSIONS, None, Decimal(0), Decimal(0))
