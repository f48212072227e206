"""Real price sets with known defects: every one is found, and nothing else stops."""

import json
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tasks.book.data import DataSettings
from tasks.book.quality import QualitySettings
from tasks.market_data import calendar
from tasks.market_data.file_source import FilesSource
from tasks.market_data.sample import SampleSource
from tasks.model.plan import Finding, Severity
from tasks.quality.rules import price_findings
from tasks.quality.rules.bars import inconsistent_cells, unpriced_cells, zero_volume_cells
from tasks.quality.rules.context import Cells, PriceContext, price_context
from tasks.quality.rules.history import stale_runs
from tasks.quality.rules.moves import bad_print_cells, jumps, staying_jump_cells
from tasks.quality.rules.sessions import missing_cells


@dataclass(frozen=True)
class World:
    frame: pd.DataFrame
    context: PriceContext
    defects: dict[str, Any]

    @property
    def findings(self) -> list[Finding]:
        return price_findings(self.frame, self.context)

    @property
    def halting(self) -> set[tuple[str, str]]:
        return {(one.check, one.subject) for one in self.findings if one.severity is Severity.HALT}

    def named(self, cells: Cells) -> set[tuple[str, str]]:
        """Cells as (symbol, day)."""
        return {(self.context.symbols[n], self.context.day(t)) for t, n in zip(*np.nonzero(cells), strict=True)}


def world(name: str, session: date, lookback: int) -> World:
    """A real set as it stands before a session."""
    folder = os.environ.get("STEELYARD_TEST_DATA")
    if not folder:
        pytest.skip("STEELYARD_TEST_DATA is not set: real prices are not at hand")
    path = Path(folder) / "daily" / f"{name}.parquet"
    source = FilesSource(path, "split")
    return before(source, session, lookback, json.loads(path.with_suffix(".defects.json").read_text()))


def before(source: FilesSource | SampleSource, session: date, lookback: int, defects: dict[str, Any]) -> World:
    last = calendar.previous_session(session)
    frame = source.daily_bars(source.symbols(), source.available()[0], last)
    sessions = calendar.sessions_between(frame["session"].min().date(), last)
    symbols = source.symbols()
    data = DataSettings(lookback_sessions=lookback)
    return World(frame, price_context(frame, symbols, sessions, session, QualitySettings(), data, symbols), defects)


@pytest.fixture(scope="module")
def wide() -> World:
    """505 names, 2013 to 2018, all of it the look-back."""
    return world("us_equities_ohlcv_2013_2018", date(2018, 2, 8), 1259)


def test_every_hole_is_found(wide):
    expected = {(symbol, day) for symbol, days in wide.defects["holes_inside_history"].items() for day in days}
    assert wide.named(missing_cells(wide.context)) == expected
    told = {one.symbol for one in wide.findings if one.check == "missing_session"}
    assert told == set(wide.defects["holes_inside_history"])


def test_every_missing_price_is_found(wide):
    expected = {tuple(pair) for pair in wide.defects["rows_with_missing_price"]}
    assert wide.named(unpriced_cells(wide.context)) == expected


def test_every_inconsistent_bar_is_found(wide):
    assert wide.named(inconsistent_cells(wide.context)) == {tuple(pair) for pair in wide.defects["ohlc_inconsistent"]}


def test_every_session_without_trades_is_found(wide):
    cells = zero_volume_cells(wide.context)
    counts = pd.Series([symbol for symbol, _ in wide.named(cells)]).value_counts().to_dict()
    assert counts == wide.defects["zero_volume_by_symbol"]
    assert int(cells.sum()) == wide.defects["zero_volume_rows"]


def test_every_stale_run_is_found(wide):
    longest = {
        wide.context.symbols[column]: max(last - first + 1 for first, last in runs)
        for column, runs in stale_runs(wide.context).items()
    }
    assert longest == wide.defects["stale_runs_4plus"]


def test_the_bad_print_is_told_from_the_spin_offs(wide):
    assert wide.named(bad_print_cells(wide.context)) == {("LNT", "2016-05-19"), ("NWL", "2017-09-14")}
    staying = wide.named(staying_jump_cells(wide.context))
    for key in wide.defects["known_corporate_actions_not_adjusted"]:
        names, day = key.split(" ")
        for symbol in names.split("/"):
            assert ((symbol, day) in staying) is (symbol != "LNT")


def test_every_move_above_the_threshold_is_explained(wide):
    expected = {(symbol, day) for symbol, day, _ in wide.defects["returns_over_35pct"]}
    explained = set()
    for jump in jumps(wide.context):
        explained.add((jump.symbol, wide.context.day(jump.row)))
        if jump.is_bad_print:
            explained.add((jump.symbol, wide.context.day(jump.row + 1)))
    assert expected <= explained
    assert explained - expected == {("NWL", "2017-09-14")}


def test_splits_that_are_not_adjusted_are_named(wide):
    said = {one.symbol: one.message for one in wide.findings if one.check == "staying_jump"}
    assert "close to a 2:1 split" in said["DISCA"]
    assert "close to a 2:1 split" in said["DISCK"]
    assert "split" not in said["BAX"]


def test_nothing_but_bad_prints_and_short_histories_halts(wide):
    late = set(wide.defects["late_start"])
    kept = {symbol for check, symbol in wide.halting if check == "coverage"}
    assert kept == late - {"IQV"}
    assert {pair for pair in wide.halting if pair[0] != "coverage"} == {("bad_print", "LNT"), ("bad_print", "NWL")}


def test_phantom_sessions_halt_and_are_called_copies():
    with_phantoms = world("us_equities_ohlcv_2018_2023_40sym", date(2023, 6, 30), 504)
    found = [one for one in with_phantoms.findings if one.check == "phantom_session"]
    assert [str(one.session) for one in found] == with_phantoms.defects["dates_not_sessions"]
    assert all("40 symbols have rows for it, a copy of the session before" in one.message for one in found)
    assert {check for check, _ in with_phantoms.halting} == {"phantom_session"}


@pytest.mark.parametrize("session", [date(2020, 3, 17), date(2020, 4, 1), date(2021, 3, 1), date(2022, 6, 17)])
def test_the_crash_of_2020_stops_nothing(session):
    assert world("us_equities_ohlcv_2018_2023_40sym", session, 504).halting == set()


@pytest.mark.parametrize("year", range(1995, 2023, 3))
def test_the_sample_can_be_traded_in_any_year(year):
    session = calendar.next_session(date(year, 3, 20))
    assert before(SampleSource(), session, 504, {}).halting == set()


def test_the_sample_can_be_traded_through_the_crash_of_2020():
    for day in (date(2020, 3, 13), date(2020, 3, 16), date(2020, 3, 17), date(2020, 3, 25)):
        assert before(SampleSource(), day, 504, {}).halting == set()


def test_a_price_that_stood_still_for_a_month_up_to_now_stops():
    """RRC closed at one price for 20 sessions up to 20 March 1992."""
    assert before(SampleSource(), date(1992, 3, 23), 504, {}).halting == {("stale_run", "RRC")}
