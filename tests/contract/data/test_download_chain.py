"""A book's prices from a live source through the download to an immutable snapshot, and only what is new afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from tasks.market_data.corporate_actions import adjust
from tasks.market_data.download import OVERLAP_SESSIONS, download
from tasks.market_data.snapshots import canonical, read_snapshot, write_snapshot
from tasks.ports.prices import Source
from tests.contract.data.conftest import NOON, Open
from tests.contract.data.prices import FIRST, SYMBOLS, behind, prices
from tests.unit.brokers.simulated.simulated_world import MONDAY, TUESDAY, WEDNESDAY

A_DAY = timedelta(days=1)


@dataclass
class Watched:
    """A source, with what it is asked on record."""

    source: Source
    asked: list[tuple[tuple[str, ...], date, date]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.name, self.adjustment = self.source.name, self.source.adjustment

    def available(self) -> tuple[date, date]:
        return self.source.available()

    def daily_bars(self, symbols: Sequence[str], first: date, last: date) -> pd.DataFrame:
        self.asked.append((tuple(symbols), first, last))
        return self.source.daily_bars(symbols, first, last)

    def intraday_bars(self, symbols: Sequence[str], session: date) -> pd.DataFrame | None:
        return self.source.intraday_bars(symbols, session)

    def corporate_actions(self, symbols: Sequence[str], first: date, last: date) -> pd.DataFrame:
        return self.source.corporate_actions(symbols, first, last)


def test_a_day_later_only_the_overlap_and_the_new_session_are_asked_for(open_at: Open, tmp_path: Path) -> None:
    served = prices()
    found = open_at(NOON, served)
    first_day = download(found.source, SYMBOLS, FIRST, MONDAY)
    kept = write_snapshot(first_day.frame, tmp_path / "snapshots")
    previous = read_snapshot(tmp_path / "snapshots", kept.sha256)

    found.exchange.advance(NOON + A_DAY)
    watched = Watched(found.source)
    second_day = download(watched, SYMBOLS, FIRST, TUESDAY, previous)

    ((symbols, first, last),) = watched.asked
    assert (set(symbols), last) == (set(SYMBOLS), TUESDAY)
    assert first == sorted(previous["session"].unique())[-OVERLAP_SESSIONS].date()
    assert second_day.fetched_rows == 3 * (OVERLAP_SESSIONS + 1)
    assert second_day.findings == []
    pd.testing.assert_frame_equal(canonical(second_day.frame), canonical(behind(served, SYMBOLS, FIRST, TUESDAY)))


def test_a_download_during_the_session_is_the_one_of_the_evening_before(open_at: Open) -> None:
    """Nothing of the running day is in it, whoever asks for it."""
    found = open_at(NOON)
    asked_too_far = download(found.source, SYMBOLS, FIRST, WEDNESDAY)
    pd.testing.assert_frame_equal(asked_too_far.frame, download(found.source, SYMBOLS, FIRST, MONDAY).frame)


def test_a_new_dividend_restates_adjusted_history_and_says_so(open_at: Open) -> None:
    served = prices(actions=[(WEDNESDAY, "BBB", "dividend", 1.5)])
    found = open_at(NOON, served, adjustment="split_and_dividend")
    before = download(found.source, SYMBOLS, FIRST, MONDAY)
    found.exchange.advance(NOON + A_DAY)
    after = download(found.source, SYMBOLS, FIRST, TUESDAY, before.frame)
    (finding,) = after.findings
    assert (finding.check, finding.symbol) == ("restated_history", "BBB")
    assert "looks like a new split or dividend adjustment" in finding.message


@pytest.mark.parametrize("provider", ["alpaca"], indirect=True)
def test_raw_bars_with_the_actions_of_alpaca_become_the_bars_it_adjusts_itself(open_at: Open) -> None:
    served = prices(actions=[(date(2022, 10, 3), "AAA", "split", 2.0), (date(2022, 11, 1), "AAA", "dividend", 0.5)])
    raw = open_at(NOON, served, adjustment="raw").source
    ready = open_at(NOON, served, adjustment="split_and_dividend").source
    own = adjust(download(raw, SYMBOLS, FIRST, MONDAY).frame, raw.corporate_actions(SYMBOLS, FIRST, MONDAY), MONDAY)
    theirs = download(ready, SYMBOLS, FIRST, MONDAY).frame
    pd.testing.assert_frame_equal(own, theirs, check_exact=False, rtol=1e-9)
