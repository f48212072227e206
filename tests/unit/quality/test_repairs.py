"""Repairs: by rule, recorded, and never of what was sound."""

import numpy as np
import pandas as pd
from quality_world import SESSION, SESSIONS, changed, clean_bars, context_of, halting, row, times

from tasks.model.plan import Severity
from tasks.quality.repair import rebase_before_jumps_that_stay, repaired

BARS = clean_bars()


def test_sound_bars_are_left_alone():
    mended, told = repaired(BARS, context_of)
    pd.testing.assert_frame_equal(mended, BARS)
    assert told == []


def test_everything_mended_is_told_by_symbol_and_day():
    bad = changed(BARS, "AAA", [-10], close=times(0.5))
    bad = changed(bad, "BBB", [-7], close=np.nan)
    bad = changed(bad, "CCC", [-6], high=times(0.9))
    bad = changed(bad, "EEE", [-5], open=0.0)
    phantom = bad[row(bad, "DDD", -30)].assign(session=pd.Timestamp("2021-04-02"))
    later = bad[row(bad, "DDD", -1)].assign(session=pd.Timestamp(SESSION))
    again = bad[row(bad, "FFF", -9)]
    mended, told = repaired(pd.concat([bad, phantom, later, again]), context_of)
    assert {(one.check, one.symbol) for one in told} == {
        ("repaired_bad_print", "AAA"),
        ("repaired_missing_price", "BBB"),
        ("repaired_ohlc_inconsistent", "CCC"),
        ("repaired_phantom_session", "DDD"),
        ("repaired_look_ahead", "DDD"),
        ("repaired_impossible_price", "EEE"),
        ("repaired_duplicated_bar", "FFF"),
    }
    assert all(one.severity is Severity.INFO for one in told)
    assert f"{SESSIONS[-10]:%Y-%m-%d}" in next(one.message for one in told if one.symbol == "AAA")
    assert len(mended) == len(BARS) - 2
    assert halting(mended) == set()


def test_a_widened_range_holds_the_open_and_the_close():
    mended, _ = repaired(changed(BARS, "CCC", [-6], high=times(0.9)), context_of)
    bar = mended[row(mended, "CCC", -6)].iloc[0]
    assert bar["high"] == max(bar["open"], bar["close"])


def test_rebasing_makes_a_staying_jump_no_return_and_leaves_the_others():
    columns = {name: times(0.5) for name in ("open", "high", "low", "close")}
    bars = changed(BARS, "AAA", range(-10, 0), **columns)
    untouched, _ = repaired(bars, context_of)
    pd.testing.assert_frame_equal(untouched, bars)
    mended, told = rebase_before_jumps_that_stay(bars, context_of(bars))
    closes = mended[mended["symbol"] == "AAA"].sort_values("session")["close"].to_numpy()
    assert abs(closes[-10] / closes[-11] - 1) < 1e-12
    original = BARS[BARS["symbol"] == "AAA"].sort_values("session")["close"].to_numpy()
    np.testing.assert_allclose(np.diff(np.log(closes))[:-10], np.diff(np.log(original))[:-10], rtol=1e-9)
    assert [one.symbol for one in told] == ["AAA"]
