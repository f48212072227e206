"""Each rule on bars small enough to see."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from quality_world import SESSION, SESSIONS, SYMBOLS, changed, clean_bars, context_of, found, halting, row, times

from tasks.model.plan import Severity
from tasks.quality.rules import PRICE_RULES, history, moves, sessions
from tasks.quality.rules import bars as prices
from tasks.quality.rules import bars as volumes
from tasks.quality.rules.moves import split_named

BARS = clean_bars()
HALT, WARN, INFO = Severity.HALT, Severity.WARN, Severity.INFO


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.002, 0.025))
def test_a_clean_random_walk_never_halts(seed, volatility):
    assert halting(clean_bars(seed=seed, volatility=volatility)) == set()


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_a_clean_walk_of_closes_alone_never_halts(seed):
    closes = clean_bars(seed=seed).assign(open=np.nan, high=np.nan, low=np.nan, volume=np.nan)
    assert halting(closes) == set()


def test_clean_bars_have_no_finding_at_all():
    assert [finding for rule in PRICE_RULES for finding in rule(BARS, context_of(BARS))] == []


# --- which rows are there ---


def test_a_row_of_the_session_to_trade_is_look_ahead():
    peeking = pd.concat([BARS, BARS[row(BARS, "AAA", -1)].assign(session=pd.Timestamp(SESSION))])
    (finding,) = found(sessions.nothing_from_the_session_or_later, peeking)
    assert (finding.severity, finding.check, finding.session) == (HALT, "look_ahead", SESSION)


def test_a_day_the_exchange_was_closed_halts_and_is_called_a_copy():
    good_friday = pd.Timestamp("2021-04-02")
    copied = BARS[BARS["session"] == pd.Timestamp("2021-04-01")].assign(session=good_friday)
    (finding,) = found(sessions.no_phantom_sessions, pd.concat([BARS, copied]))
    assert (finding.severity, finding.check, finding.symbol) == (HALT, "phantom_session", None)
    assert "6 symbols have rows for it, a copy of the session before. Remove the rows" in finding.message


def test_a_phantom_of_one_symbol_concerns_that_symbol_and_an_ancient_one_warns():
    good_friday = BARS[row(BARS, "AAA", -30)].assign(session=pd.Timestamp("2021-04-02"))
    (finding,) = found(sessions.no_phantom_sessions, pd.concat([BARS, good_friday]))
    assert (finding.severity, finding.symbol) == (HALT, "AAA")
    saturday = BARS[row(BARS, "AAA", -75)].assign(session=pd.Timestamp("2021-02-13"))
    (finding,) = found(sessions.no_phantom_sessions, pd.concat([BARS, saturday]))
    assert finding.severity is WARN


def test_a_hole_in_one_history_warns_and_names_its_days():
    holed = BARS[~(row(BARS, "BBB", -5) | row(BARS, "BBB", -6))]
    (finding,) = found(sessions.every_session_is_there, holed)
    assert (finding.severity, finding.check, finding.symbol) == (WARN, "missing_session", "BBB")
    assert f"{SESSIONS[-6]:%Y-%m-%d}, {SESSIONS[-5]:%Y-%m-%d}" in finding.message


def test_a_session_missing_for_all_halts_inside_the_lookback_and_warns_before_it():
    (finding,) = found(sessions.every_session_is_there, BARS[BARS["session"] != SESSIONS[-5]])
    assert (finding.severity, finding.symbol) == (HALT, None)
    assert "all symbols have no row" in finding.message
    (finding,) = found(sessions.every_session_is_there, BARS[BARS["session"] != SESSIONS[3]])
    assert finding.severity is WARN


def test_a_session_missing_for_most_halts_and_counts_them():
    most = (BARS["session"] == SESSIONS[-5]) & BARS["symbol"].isin(SYMBOLS[:4])
    (finding,) = found(sessions.every_session_is_there, BARS[~most])
    assert (finding.severity, "4 of 6 symbols" in finding.message) == (HALT, True)


def test_before_a_symbol_began_and_after_it_ended_there_is_no_hole():
    late = BARS[~((BARS["symbol"] == "AAA") & (BARS["session"] < SESSIONS[40]))]
    ended = late[~((late["symbol"] == "BBB") & (late["session"] > SESSIONS[-9]))]
    assert found(sessions.every_session_is_there, ended) == []


def test_a_repeated_row_warns_and_a_contradicting_one_halts():
    again = BARS[row(BARS, "AAA", -4)]
    (same,) = found(sessions.every_bar_is_there_once, pd.concat([BARS, again]))
    (other,) = found(sessions.every_bar_is_there_once, pd.concat([BARS, again.assign(close=1.0)]))
    assert (same.severity, same.symbol) == (WARN, "AAA")
    assert (other.severity, "different figures" in other.message) == (HALT, True)


def copied_session(frame: pd.DataFrame, symbols: tuple[str, ...], place: int) -> pd.DataFrame:
    kept = frame[~((frame["session"] == SESSIONS[place]) & frame["symbol"].isin(symbols))]
    before = frame[(frame["session"] == SESSIONS[place - 1]) & frame["symbol"].isin(symbols)]
    return pd.concat([kept, before.assign(session=SESSIONS[place])])


def test_a_session_that_repeats_the_one_before_halts_for_all_and_warns_for_one():
    (for_all,) = found(sessions.no_session_repeats_the_one_before, copied_session(BARS, SYMBOLS, -8))
    (for_one,) = found(sessions.no_session_repeats_the_one_before, copied_session(BARS, ("AAA",), -8))
    assert (for_all.severity, for_all.symbol) == (HALT, None)
    assert (for_one.severity, for_one.symbol) == (WARN, "AAA")


def test_the_newest_bar_repeated_halts_for_that_symbol():
    (finding,) = found(sessions.no_session_repeats_the_one_before, copied_session(BARS, ("AAA",), -1))
    assert (finding.severity, finding.symbol) == (HALT, "AAA")


def test_closes_alone_are_a_copy_only_when_all_of_them_repeat():
    closes = BARS.assign(open=np.nan, high=np.nan, low=np.nan, volume=np.nan)
    assert found(sessions.no_session_repeats_the_one_before, copied_session(closes, SYMBOLS[:3], -8)) == []
    (finding,) = found(sessions.no_session_repeats_the_one_before, copied_session(closes, SYMBOLS, -8))
    assert finding.severity is HALT


# --- single bars ---


def test_a_missing_price_warns_but_not_where_the_source_never_has_it():
    (finding,) = found(prices.every_price_is_there, changed(BARS, "AAA", [-5], close=np.nan))
    assert (finding.severity, finding.symbol) == (WARN, "AAA")
    assert found(prices.every_price_is_there, BARS.assign(open=np.nan, high=np.nan, low=np.nan)) == []


@pytest.mark.parametrize("wrong", [0.0, -3.0, np.inf])
def test_a_price_that_cannot_be_one_halts_in_the_lookback(wrong):
    (finding,) = found(prices.every_price_can_be_a_price, changed(BARS, "AAA", [-5], close=wrong))
    assert (finding.severity, finding.check) == (HALT, "impossible_price")
    (finding,) = found(prices.every_price_can_be_a_price, changed(BARS, "AAA", [2], close=wrong))
    assert finding.severity is WARN


@pytest.mark.parametrize(
    ("column", "factor"), [("close", 1.05), ("close", 0.95), ("open", 1.05), ("high", 0.9), ("low", 1.1)]
)
def test_a_bar_that_contradicts_itself_warns(column, factor):
    (finding,) = found(
        prices.open_and_close_lie_within_the_range, changed(BARS, "AAA", [-5], **{column: times(factor)})
    )
    assert (finding.severity, finding.check, finding.symbol) == (WARN, "ohlc_inconsistent", "AAA")


def test_the_newest_close_outside_its_range_halts():
    (finding,) = found(prices.open_and_close_lie_within_the_range, changed(BARS, "AAA", [-1], close=times(1.05)))
    assert finding.severity is HALT


def test_rounding_is_no_contradiction():
    bars = BARS.assign(high=np.maximum(BARS["open"], BARS["close"]) * (1 - 1e-9))
    assert found(prices.open_and_close_lie_within_the_range, bars) == []


# --- large moves ---


def test_a_history_that_begins_inside_the_lookback_says_how_much_risk_it_hides():
    bars = clean_bars()
    young = bars[(bars["symbol"] != "AAA") | (bars["session"] >= SESSIONS[-58])]
    (finding,) = found(history.every_history_fills_the_lookback, young)
    assert (finding.severity, finding.symbol) == (Severity.WARN, "AAA")
    assert (
        f"its first price is of {SESSIONS[-58]:%Y-%m-%d}; the 2 sessions of the look-back before it" in finding.message
    )


def test_a_move_that_comes_back_is_a_bad_print_and_halts():
    bars = changed(BARS, "AAA", [-10], close=times(0.5))
    (finding,) = found(moves.no_jump_comes_back, bars)
    assert (finding.severity, finding.check, finding.symbol) == (HALT, "bad_print", "AAA")
    assert finding.session == SESSIONS[-10].date()
    assert "the size of a 2:1 split" in finding.message
    assert found(moves.jumps_that_stay_are_explained, bars) == []


def test_a_bad_print_before_the_lookback_warns():
    (finding,) = found(moves.no_jump_comes_back, changed(BARS, "AAA", [4], close=times(1.8)))
    assert finding.severity is WARN


def test_a_bad_print_is_seen_across_a_hole_and_through_a_way_back_that_is_the_larger_move():
    bars = changed(BARS, "AAA", [-10], close=times(0.7))
    bars = bars[~row(bars, "AAA", -9)]
    (finding,) = found(moves.no_jump_comes_back, bars)
    assert finding.session == SESSIONS[-10].date()


def test_a_move_that_stays_warns_and_a_split_is_named():
    bars = changed(
        BARS, "AAA", range(-10, 0), close=times(1 / 3), open=times(1 / 3), high=times(1 / 3), low=times(1 / 3)
    )
    (finding,) = found(moves.jumps_that_stay_are_explained, bars)
    assert (finding.severity, finding.check) == (WARN, "staying_jump")
    assert "close to a 3:1 split" in finding.message
    assert found(moves.no_jump_comes_back, bars) == []


@pytest.mark.parametrize("factor", [100, 1 / 7])
def test_prices_in_another_unit_halt_wherever_in_the_lookback_they_begin(factor: float):
    bars = changed(BARS, "AAA", range(-10, 0), **dict.fromkeys(("open", "high", "low", "close"), times(factor)))
    (finding,) = found(moves.jumps_that_stay_are_explained, bars)
    assert (finding.severity, finding.check, finding.symbol) == (HALT, "staying_jump", "AAA")
    assert "Adjust the prices on one side of it" in finding.message


def test_half_a_move_back_is_no_bad_print():
    bars = changed(BARS, "AAA", [-10], close=times(0.5))
    bars = changed(bars, "AAA", range(-9, 0), close=times(0.6))
    assert found(moves.no_jump_comes_back, bars) == []
    assert len(found(moves.jumps_that_stay_are_explained, bars)) == 1


def test_a_crash_and_rebound_of_the_whole_market_is_no_bad_print():
    bars = BARS
    for symbol in SYMBOLS:
        bars = changed(bars, symbol, [-10], close=times(0.6))
    assert found(moves.no_jump_comes_back, bars) == []
    assert "bad_print" not in halting(bars)
    (finding,) = found(moves.no_jump_comes_back, changed(bars, "AAA", [-10], close=times(0.5)))
    assert finding.symbol == "AAA"


def test_a_jump_in_the_newest_session_halts_unless_the_volume_says_news():
    quiet = changed(BARS, "AAA", [-1], close=times(1.6))
    (finding,) = found(moves.jumps_that_stay_are_explained, quiet)
    assert (finding.severity, "Check it" in finding.message) == (HALT, True)
    (finding,) = found(moves.jumps_that_stay_are_explained, changed(quiet, "AAA", [-1], volume=times(9)))
    assert finding.severity is WARN
    (finding,) = found(moves.jumps_that_stay_are_explained, quiet.assign(volume=np.nan))
    assert finding.severity is WARN
    halved = changed(changed(BARS, "AAA", [-1], close=times(0.5)), "AAA", [-1], volume=times(9))
    (finding,) = found(moves.jumps_that_stay_are_explained, halved)
    assert (finding.severity, "2:1 split" in finding.message) == (HALT, True)


def test_the_threshold_is_the_books():
    bars = changed(BARS, "AAA", [-10], close=times(0.75))
    assert found(moves.no_jump_comes_back, bars) == []
    assert len(found(moves.no_jump_comes_back, bars, jump_pct=20.0)) == 1


@pytest.mark.parametrize(
    ("before", "close", "name"),
    [(100, 50.5, "2:1 split"), (90, 30, "3:1 split"), (1, 10, "1:10 split"), (100, 56, ""), (100, 152, "")],
)
def test_split_ratios_are_recognised(before, close, name):
    assert split_named(before, close) == name


# --- histories ---


def stale(symbol: str, first: int, last: int) -> pd.DataFrame:
    price = float(BARS.loc[row(BARS, symbol, first), "close"].iloc[0])
    return changed(BARS, symbol, range(first, last + 1), close=price, open=price, high=price, low=price)


def test_equal_closes_warn_from_the_run_length_on():
    (finding,) = found(history.no_close_is_stale, stale("AAA", -12, -9))
    assert (finding.severity, finding.check) == (WARN, "stale_run")
    assert "4 equal closes in a row" in finding.message
    assert found(history.no_close_is_stale, stale("AAA", -12, -10)) == []


def test_a_run_up_to_now_halts_when_the_volume_is_stuck_too():
    (finding,) = found(history.no_close_is_stale, stale("AAA", -4, -1))
    assert finding.severity is WARN
    (finding,) = found(history.no_close_is_stale, changed(stale("AAA", -4, -1), "AAA", range(-4, 0), volume=7.0))
    assert finding.severity is HALT
    (finding,) = found(history.no_close_is_stale, stale("AAA", -20, -1))
    assert finding.severity is HALT


def test_an_old_last_price_halts_for_the_symbol_or_for_all():
    (finding,) = found(history.every_symbol_has_a_fresh_price, BARS[~row(BARS, "AAA", -1)])
    assert (finding.severity, finding.symbol) == (HALT, "AAA")
    assert found(history.every_symbol_has_a_fresh_price, BARS[~row(BARS, "AAA", -1)], max_age_sessions=2) == []
    (finding,) = found(history.every_symbol_has_a_fresh_price, BARS[BARS["session"] < SESSIONS[-3]])
    assert (finding.symbol, "all 6 symbols" in finding.message) == (None, True)


def test_a_row_without_a_close_does_not_make_a_price_fresh():
    (finding,) = found(history.every_symbol_has_a_fresh_price, changed(BARS, "AAA", [-1], close=np.nan))
    assert finding.check == "stale_last_price"


def test_a_symbol_without_any_price_halts_by_name():
    (finding,) = found(history.every_symbol_has_a_fresh_price, BARS[BARS["symbol"] != "AAA"])
    assert (finding.severity, finding.check, finding.symbol) == (HALT, "no_prices", "AAA")


def test_coverage_is_of_the_lookback():
    young = BARS[~((BARS["symbol"] == "AAA") & (BARS["session"] < SESSIONS[-56]))]
    (finding,) = found(history.every_symbol_covers_the_lookback, young)
    assert (finding.severity, finding.symbol, "93.3 %" in finding.message) == (HALT, "AAA", True)
    enough = BARS[~((BARS["symbol"] == "AAA") & (BARS["session"] < SESSIONS[-57]))]
    assert found(history.every_symbol_covers_the_lookback, enough) == []


def test_too_little_data_for_the_lookback_is_said_once():
    (finding,) = found(history.every_symbol_covers_the_lookback, BARS, lookback_sessions=252)
    assert (finding.severity, "80 of the look-back's 252 sessions" in finding.message) == (HALT, True)


def test_strangers_are_ignored_aloud_and_unknown_symbols_halt():
    (finding,) = found(history.every_symbol_is_known, pd.concat([BARS, clean_bars(["ZZZ"])]))
    assert (finding.severity, finding.subject) == (WARN, "ZZZ")
    context = replace(context_of(BARS), known=frozenset(SYMBOLS[1:]))
    (finding,) = history.every_symbol_is_known(BARS, context)
    assert (finding.severity, finding.symbol) == (HALT, "AAA")


# --- volumes ---


def test_single_sessions_without_trades_are_noted_and_runs_warn():
    (noted,) = found(volumes.no_run_of_sessions_without_trades, changed(BARS, "AAA", [-9, -7], volume=0.0))
    (warned,) = found(volumes.no_run_of_sessions_without_trades, changed(BARS, "AAA", [-9, -8, -7], volume=0.0))
    (halted,) = found(volumes.no_run_of_sessions_without_trades, changed(BARS, "AAA", [-3, -2, -1], volume=0.0))
    assert (noted.severity, noted.check) == (INFO, "zero_volume")
    assert (warned.severity, warned.check) == (WARN, "zero_volume_run")
    assert (halted.severity, halted.check) == (HALT, "zero_volume_run")


def test_negative_volumes_halt_and_missing_ones_warn_where_the_source_has_any():
    (finding,) = found(volumes.every_volume_can_be_a_volume, changed(BARS, "AAA", [-9], volume=-1.0))
    assert finding.severity is HALT
    (finding,) = found(volumes.every_volume_is_there, changed(BARS, "AAA", [-9], volume=np.nan))
    assert finding.severity is WARN
    assert found(volumes.every_volume_is_there, BARS.assign(volume=np.nan)) == []


def test_rules_look_at_rows_in_any_order():
    worst = changed(changed(BARS, "AAA", [-10], close=times(0.5)), "BBB", [-3, -2, -1], volume=0.0)
    assert halting(worst) == halting(worst.sample(frac=1, random_state=5)) == {"bad_print", "zero_volume_run"}


def test_no_bars_at_all_halt_for_every_symbol():
    findings = found(history.every_symbol_has_a_fresh_price, BARS.head(0))
    assert {finding.symbol for finding in findings} == set(SYMBOLS)
    assert halting(BARS.head(0)) == {"no_prices"}
    assert date(2021, 5, 28) == SESSIONS[-1].date()
