"""Downloads: only what is new, and history that was rewritten is noticed."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from price_world import FIRST, LAST, ServedBars, bars

from tasks.market_data.download import download
from tasks.model.plan import Severity

MADE = bars(["AAA", "BBB", "CCC"])
EARLIER = date(2021, 3, 1)


def earlier(symbols=("AAA", "BBB", "CCC"), first=FIRST, last=EARLIER, served=MADE) -> pd.DataFrame:
    return download(ServedBars(served), symbols, first, last).frame


def test_a_first_download_fetches_everything_up_to_last_and_nothing_later():
    got = download(ServedBars(MADE), ["AAA", "BBB"], FIRST, EARLIER)
    assert got.frame["session"].max().date() == EARLIER
    assert set(got.frame["symbol"]) == {"AAA", "BBB"}
    assert got.fetched_rows == len(got.frame)
    assert got.findings == []


def test_a_later_download_fetches_the_overlap_and_what_is_new():
    before = earlier()
    source = ServedBars(MADE)
    got = download(source, ["AAA", "BBB", "CCC"], FIRST, LAST, before)
    new = MADE["session"].gt(pd.Timestamp(EARLIER)).sum()
    assert got.fetched_rows == new + 3 * 20
    pd.testing.assert_frame_equal(got.frame, MADE)


@settings(max_examples=30, deadline=None)
@given(
    st.sets(st.sampled_from(["AAA", "BBB", "CCC"]), min_size=1),
    st.sets(st.sampled_from(["AAA", "BBB", "CCC"]), min_size=1),
    st.integers(0, 80),
    st.integers(0, 80),
    st.integers(0, 80),
    st.integers(0, 10),
)
def test_an_incremental_download_equals_a_full_one(then, now, last_then, first_now, last_now, holes):
    served = MADE.drop(MADE.sample(holes, random_state=holes).index)
    previous = earlier(sorted(then), FIRST, FIRST + timedelta(days=last_then), served)
    first, last = FIRST + timedelta(days=first_now), FIRST + timedelta(days=max(first_now, last_now))
    got = download(ServedBars(served), sorted(now), first, last, previous)
    full = download(ServedBars(served), sorted(now), first, last)
    pd.testing.assert_frame_equal(got.frame, full.frame)
    assert got.findings == []


def test_a_longer_lookback_fetches_the_head_as_well():
    later = date(2021, 2, 1)
    previous = earlier(first=later)
    got = download(ServedBars(MADE), ["AAA", "BBB", "CCC"], FIRST, LAST, previous)
    pd.testing.assert_frame_equal(got.frame, MADE)


def rewritten(symbol: str, until: date, factor: float, column: str = "close") -> pd.DataFrame:
    changed = MADE.copy()
    rows = (changed["symbol"] == symbol) & (changed["session"] <= pd.Timestamp(until))
    changed.loc[rows, column] *= factor
    return changed


def test_a_rewritten_close_is_told_with_old_and_new_figures_and_the_symbol_fetched_anew():
    day = MADE["session"].eq(pd.Timestamp("2021-02-24")) & MADE["symbol"].eq("BBB")
    served = MADE.copy()
    served.loc[day, "close"] = 77.0
    got = download(ServedBars(served), ["AAA", "BBB", "CCC"], FIRST, LAST, earlier())
    (finding,) = got.findings
    old = MADE.loc[day, "close"].iloc[0]
    assert (finding.severity, finding.check, finding.symbol) == (Severity.WARN, "restated_history", "BBB")
    assert f"2021-02-24: close {old:g} is now 77" in finding.message
    assert "scaled" not in finding.message
    pd.testing.assert_frame_equal(got.frame, served)


def test_a_whole_history_scaled_by_one_constant_is_named_as_an_adjustment():
    served = rewritten("AAA", EARLIER + timedelta(days=5), 0.5)
    got = download(ServedBars(served), ["AAA", "BBB", "CCC"], FIRST, LAST, earlier())
    (finding,) = got.findings
    assert finding.symbol == "AAA"
    assert "scaled by 0.5: looks like a new split or dividend adjustment" in finding.message
    pd.testing.assert_frame_equal(got.frame, served)


def test_an_ex_date_inside_the_overlap_is_an_adjustment_too():
    served = rewritten("AAA", date(2021, 2, 24), 0.99)
    (finding,) = download(ServedBars(served), ["AAA", "BBB", "CCC"], FIRST, LAST, earlier()).findings
    assert "2021-01-04 to 2021-02-24" in finding.message
    assert "scaled by 0.99" in finding.message


def test_a_changed_volume_a_lost_row_and_a_late_row_are_restatements():
    served = rewritten("AAA", EARLIER, 2.0, "volume")
    lost = pd.Timestamp("2021-02-23")
    served = served[~((served["symbol"] == "BBB") & (served["session"] == lost))]
    before = earlier()
    before = before[~((before["symbol"] == "CCC") & (before["session"] == lost))]
    got = download(ServedBars(served), ["AAA", "BBB", "CCC"], FIRST, LAST, before)
    said = {finding.symbol: finding.message for finding in got.findings}
    assert set(said) == {"AAA", "BBB", "CCC"}
    assert "volume" in said["AAA"]
    assert "2021-02-23: the row is gone" in said["BBB"]
    assert "2021-02-23: a row that was not there" in said["CCC"]
    pd.testing.assert_frame_equal(got.frame, served.reset_index(drop=True))


@pytest.mark.parametrize(("factor", "restated"), [(1 + 5e-7, False), (1 + 2e-6, True)])
def test_the_tolerance_is_a_millionth_of_the_close(factor, restated):
    served = rewritten("AAA", LAST, factor)
    assert bool(download(ServedBars(served), ["AAA"], FIRST, LAST, earlier(["AAA"])).findings) is restated


def test_sources_without_volumes_do_not_restate_them():
    served = MADE.assign(volume=np.nan)
    previous = earlier(served=served)
    assert download(ServedBars(served), ["AAA"], FIRST, LAST, previous).findings == []


def test_a_source_without_rows_gives_an_empty_frame():
    got = download(ServedBars(MADE.head(0)), ["AAA"], FIRST, LAST)
    assert got.frame.empty
    assert got.fetched_rows == 0


def test_a_symbol_whose_rows_ended_before_the_overlap_is_fetched_in_full_when_it_comes_back():
    stopped = MADE[(MADE["symbol"] != "BBB") | (MADE["session"] < pd.Timestamp("2021-01-20"))]
    got = download(ServedBars(MADE), ["AAA", "BBB", "CCC"], FIRST, LAST, earlier(served=stopped))
    pd.testing.assert_frame_equal(got.frame, MADE)
