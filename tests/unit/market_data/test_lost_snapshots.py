"""A snapshot that is deleted or changed: before orders exist, after them, and when the source has other bars by now."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
import pytest
from price_world import ServedBars, bars

from tasks.book.data import DataSettings, UniverseSettings
from tasks.context import StepContext
from tasks.errors import BadDataError
from tasks.journal import open_journal
from tasks.market_data.kept_bars import kept_bars
from tasks.market_data.snapshots import snapshot_path
from tasks.market_data.step import download
from tasks.model.cycle import Checkpoint, Cycle
from tasks.tca.figures import NO_FIGURES, figures_as_kept

NOON = datetime(2021, 3, 31, 17, tzinfo=UTC)
SESSION = date(2021, 3, 31)
MADE = bars()


@dataclass
class Day:
    """A session whose prices are downloaded, and the source that they come from."""

    desk: StepContext
    source: ServedBars
    sha256: str = ""

    def downloads(self) -> str:
        self.sha256 = str(download.fn(self.desk)["sha256"])
        self.desk.journal.cycles.record_step(self.desk.cycle, Checkpoint("check", {"facts": {"symbols": []}}, 0, NOON))
        return self.sha256

    def decided_anew(self) -> "Day":
        """As the next run does it after a stop without orders."""
        cycle = self.desk.journal.cycles.begin_attempt(self.desk.cycle, NOON)
        return Day(StepContext(**{**vars(self.desk), "cycle": cycle}), self.source)

    @property
    def file(self) -> Path:
        return snapshot_path(self.desk.snapshots, self.sha256)


@pytest.fixture
def day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Day:
    monkeypatch.delenv("STEELYARD_DATABASE_URL", raising=False)
    monkeypatch.setattr("tasks.checkpoints.publish", lambda *_: None)
    journal = open_journal(tmp_path)
    journal.fence.take("demo", "this test", lambda: NOON)
    cycle = journal.cycles.open(
        Cycle("demo:d", "demo", SESSION, "main", "manual", 1, "running", "", "", "0" * 64, "", NOON, NOON)
    )
    book = SimpleNamespace(
        book="demo",
        exchange="XNYS",
        universe=UniverseSettings(symbols=("AAA", "BBB")),
        data=DataSettings(lookback_sessions=60),
    )
    hours = (NOON, NOON)
    broker = SimpleNamespace(name="simulated", session_hours=lambda _: hours)
    monkeypatch.setattr("tasks.market_data.step.hours_findings", lambda *_: [])
    source = ServedBars(MADE)
    made = Day(
        StepContext(
            cast(Any, book), tmp_path, tmp_path, cycle, journal, cast(Any, source), cast(Any, broker), lambda: NOON
        ),
        source,
    )
    made.downloads()
    return made


def delete(file: Path) -> None:
    file.unlink()


def change(file: Path) -> None:
    file.unlink()
    MADE.assign(close=MADE["close"] * 2).to_parquet(file)


@pytest.mark.parametrize("harm", [delete, change])
def test_the_same_content_is_fetched_again_and_proved_by_its_hash(day: Day, harm: Any) -> None:
    before = kept_bars(day.desk)
    harm(day.file)
    pd.testing.assert_frame_equal(kept_bars(day.desk), before)
    pd.testing.assert_frame_equal(kept_bars(day.desk), before)
    assert day.file.is_file()


@pytest.mark.parametrize("harm", [delete, change])
def test_other_bars_are_not_taken_for_it_and_the_remedy_that_is_named_works(day: Day, harm: Any) -> None:
    """The source has restated its history: run the session again, and it is decided on what there is now."""
    harm(day.file)
    day.source.frame = MADE.assign(close=MADE["close"] + 0.01)
    with pytest.raises(BadDataError, match=r"not the same any more.*restore .* run the session again"):
        kept_bars(day.desk)
    again = day.decided_anew()
    assert again.downloads() != day.sha256
    assert len(kept_bars(again.desk)) > 0


@pytest.mark.parametrize("harm", [delete, change])
def test_a_lost_snapshot_of_yesterday_stops_no_download_of_today(day: Day, harm: Any) -> None:
    harm(day.file)
    assert day.decided_anew().downloads() == day.sha256


def test_a_report_after_trades_is_written_without_it_and_says_so(day: Day) -> None:
    delete(day.file)
    day.source.frame = MADE.assign(close=MADE["close"] + 0.01)
    assert figures_as_kept(day.desk) is NO_FIGURES
    assert figures_as_kept(day.desk) is NO_FIGURES
    (told,) = day.desk.journal.cycles.findings(day.desk.cycle, "report")
    assert (told.check, told.severity.value) == ("snapshot_lost", "warn")
    assert "is missing" in told.message
