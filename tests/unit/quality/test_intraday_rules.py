"""Bars inside the day are judged before they are replayed or measured against."""

import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pandas as pd
import pytest
from intraday_world import DAY, busy_at_both_ends, minutes, spoilt, with_extended_hours

from tasks.context import StepContext
from tasks.errors import BadDataError
from tasks.market_data.calendar import session_hours, sessions_between
from tasks.market_data.file_source import FilesSource
from tasks.model.plan import Severity
from tasks.quality.intraday import complaints, findings_of, why_unusable
from tasks.quality.intraday_day import Day
from tasks.quality.minutes import minutes_findings


def test_a_sound_day_has_nothing_to_say():
    assert complaints(minutes(), DAY) == []


@pytest.mark.parametrize(
    ("bars", "check", "said"),
    [
        (spoilt(low=-3.0), "intraday_price", "low -3 at 11:10 is no price"),
        (spoilt(close=np.inf), "intraday_price", "close inf at 11:10"),
        (spoilt(close=np.nan), "intraday_missing", "a bar at 11:10 has a volume but no price"),
        (spoilt(volume=-5.0), "intraday_volume", "volume -5 at 11:10 is no volume"),
        (spoilt(high=49.0, low=51.0), "intraday_range", "high 49, low 51"),
        (spoilt(close=53.0), "intraday_range", "close 53 at 11:10 contradict each other"),
        (
            spoilt(open=5000.0, high=5000.0, low=5000.0, close=5000.0),
            "intraday_stray",
            "open 5000 at 11:10 is 99.8 times its neighbours",
        ),
        (spoilt(row=389, high=500.0), "intraday_stray", "high 500 at 15:59"),
        (pd.concat([minutes(), spoilt(close=50.01).loc[[100]]]), "intraday_duplicated", "with different figures"),
        (minutes(start=pd.date_range("2021-01-04T09:30Z", periods=390, freq="min")), "intraday_hours", "the zone"),
    ],
)
def test_what_cannot_have_traded_is_named_with_time_and_value_and_is_not_used(bars, check, said):
    found = complaints(bars, DAY)
    assert any(one.check == check and said in one.sentence and one.blocks for one in found), found
    assert why_unusable(bars, DAY)


def test_minutes_that_begin_in_the_afternoon_are_used_and_told_with_the_setting_that_waits_for_them():
    (found,) = complaints(minutes().iloc[210:], DAY)
    assert (found.check, found.blocks) == ("intraday_begins_late", False)
    assert found.sentence.startswith("the bars begin at 13:00, 210 minutes after the open")
    assert found.sentence.endswith("execution.start_after_open_min: 210 lets the waves begin then")
    assert complaints(minutes().iloc[30:], DAY) == []


def test_a_symbol_that_seldom_trades_is_not_told_to_begin_late():
    assert "intraday_begins_late" not in {one.check for one in complaints(minutes().iloc[210::10], DAY)}


@pytest.mark.parametrize("made", [busy_at_both_ends, with_extended_hours])
@pytest.mark.parametrize(
    ("first", "said"),
    [
        ("2021-01-04T15:30Z", "1 h too late"),
        ("2021-01-04T13:30Z", "1 h too early"),
        ("2021-01-04T17:30Z", "3 h too late"),
        ("2021-01-04T11:30Z", "3 h too early"),
    ],
)
def test_times_in_a_zone_that_is_wrong_by_an_hour_or_more_are_found_and_not_used(made, first, said):
    """Most of such a day is inside the session all the same: only its edges tell."""
    found = [one for one in complaints(made(first), DAY) if one.check == "intraday_hours"]
    assert any(said in one.sentence and "correct the zone" in one.sentence and one.blocks for one in found), found


@pytest.mark.parametrize(
    "bars",
    [
        busy_at_both_ends(),
        with_extended_hours(),
        busy_at_both_ends("2021-01-04T15:30Z", 330),  # halted in its first hour
        busy_at_both_ends("2021-01-04T14:30Z", 330),  # halted in its last one
        minutes().iloc[::45],  # trades now and then
    ],
    ids=["the session", "with extended hours", "opened late", "stopped early", "thin"],
)
def test_a_day_that_is_quiet_at_an_edge_is_no_wrong_zone(bars):
    assert [one for one in complaints(bars, DAY) if one.check == "intraday_hours"] == []


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (100.0, "one of them is in cents"),
        (0.01, "one of them is in cents"),
        (4.0, "close to a 4:1 split that only one of them is adjusted for"),
        (1.2, "adjusted in different ways"),
    ],
)
def test_minutes_on_another_scale_than_the_days_are_not_used(times, said):
    bars = minutes()
    bars[["open", "high", "low", "close"]] *= times
    (found,) = [one for one in complaints(bars, DAY) if one.check == "intraday_scale"]
    assert said in found.sentence
    assert found.blocks


def test_without_a_daily_bar_of_the_session_the_close_before_tells_cents_but_lets_news_pass():
    tomorrow = replace(DAY, daily_close=np.nan)
    assert why_unusable(minutes(), replace(tomorrow, previous_close=75.0)) == ""
    assert "in cents" in why_unusable(minutes(), replace(tomorrow, previous_close=0.5))


@pytest.mark.parametrize(
    ("bars", "said"),
    [
        (minutes().iloc[::-1], "not in order of time"),
        (pd.concat([minutes(), minutes().loc[[100]]]).sort_values("start"), "with the same figures; one is taken"),
        (spoilt(open=np.nan, high=np.nan, low=np.nan, close=np.nan, volume=0.0), "a minute without trades"),
        (minutes(volume=100_000.0), "volumes add up to 39,000,000, but the daily bar says 390,000"),
    ],
)
def test_what_can_be_read_all_the_same_is_noted(bars, said):
    (found,) = complaints(bars, DAY)
    assert said in found.sentence
    assert not found.blocks


def test_real_news_inside_the_day_is_no_stray_bar():
    halved = minutes()
    halved.loc[200:, ["open", "high", "low", "close"]] *= 0.5
    assert why_unusable(halved, replace(DAY, daily_close=25.0)) == ""


def test_a_finding_names_file_day_and_what_is_done_instead():
    bars = spoilt(low=-3.0)
    finding = findings_of(complaints(bars, DAY), DAY, "minutes.csv")[0]
    assert (finding.severity, finding.symbol, finding.session) == (Severity.WARN, "AAA", DAY.session)
    assert finding.message.startswith("AAA: minutes.csv, 2021-01-04: low -3 at 11:10 is no price")
    assert finding.message.endswith("The day is modelled from its daily bar instead")


@pytest.mark.parametrize(
    ("name", "symbol", "first", "last", "known"),
    [
        ("minute/lean_minute_trades_quotes.parquet", "BAC", date(2013, 10, 4), date(2013, 10, 11), 6),
        ("minute/illiquid_etf_minute_dbb_inda_2023_2025.parquet", "DBB", date(2023, 9, 1), date(2023, 12, 29), 60),
        ("second/lean_second_aig_bac.parquet", "AIG", date(2013, 10, 7), date(2013, 10, 11), 5),
    ],
)
def test_real_bars_of_liquid_and_illiquid_names_can_be_used(name, symbol, first, last, known):
    folder = os.environ.get("STEELYARD_TEST_DATA")
    if not folder:
        pytest.skip("STEELYARD_TEST_DATA is not set: real prices are not at hand")
    path = Path(folder) / name
    source = FilesSource(path, "raw", intraday=path)
    days = [day.date() for day in sessions_between(first, last)]
    rows = {day: source.intraday_rows([symbol], day) for day in days}
    reasons = {d: why_unusable(r, Day(symbol, d, *session_hours(d))) for d, r in rows.items() if r is not None}
    assert len(reasons) >= known
    assert not any(reasons.values()), reasons


def desk_with(minutes_file: Path, daily_file: Path) -> StepContext:
    """As much of a desk as the bars of a session are judged by."""
    book = SimpleNamespace(exchange="XNYS", data=SimpleNamespace(intraday_path=minutes_file))
    source = FilesSource(daily_file, "raw", intraday=minutes_file)
    return cast("StepContext", SimpleNamespace(source=source, session=DAY.session, book=book))


def test_the_step_that_checks_reads_the_minutes_names_their_file_and_compares_them_with_the_day(tmp_path):
    bars = minutes()
    bars[["open", "high", "low", "close"]] *= 100
    bars.to_csv(tmp_path / "cents.csv", index=False)
    (tmp_path / "daily.csv").write_text("date,symbol,close,volume\n2021-01-04,AAA,50,390000\n")
    desk = desk_with(tmp_path / "cents.csv", tmp_path / "daily.csv")
    (finding,) = minutes_findings(desk, ["AAA"], pd.DataFrame(columns=["symbol", "session", "close", "volume"]))
    assert finding.check == "intraday_scale"
    assert finding.message.startswith("AAA: cents.csv, 2021-01-04: prices from 4978.12 to 5021.97, but the daily close")


def test_times_without_a_zone_are_refused_by_the_step_that_checks(tmp_path):
    text = "ts,symbol,open,high,low,close,volume\n2021-01-04 09:30:00,AAA,1,1,1,1,5\n"
    (tmp_path / "minutes.csv").write_text(text)
    (tmp_path / "daily.csv").write_text("date,symbol,close,volume\n2021-01-04,AAA,50,390000\n")
    desk = desk_with(tmp_path / "minutes.csv", tmp_path / "daily.csv")
    with pytest.raises(BadDataError, match=r"minutes\.csv: column 'ts', data row 1: .* write times with their zone"):
        minutes_findings(desk, ["AAA"], pd.DataFrame(columns=["symbol", "session", "close", "volume"]))
