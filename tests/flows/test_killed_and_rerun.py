"""A process killed around any step goes on there when it is run again: nothing is repeated, nothing is lost."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.flows.conftest import small_book
from tests.flows.worlds import assert_every_order_was_sent_once, journal_rows, steelyard

STEPS = (
    "download",
    "check",
    "holdings",
    "optimize",
    "drift",
    "orders",
    "approve",
    "schedule",
    "wave 01",
    "wave 02",
    "wave 03",
    "wave 04",
    "confirm",
    "reconcile",
    "report",
)
PROGRAM = Path(__file__).with_name("killed_lives.py")


@pytest.mark.parametrize("moment", ["before"])
def test_a_run_killed_around_every_step_ends_as_if_it_had_never_been(
    desk_home: dict[str, str], tmp_path: Path, moment: str
) -> None:
    """One life a step: each is killed with SIGKILL at its step, and the next life goes on from there.

    `before` kills when a step's work is done and its checkpoint is not: the work is done again, harmlessly.
    """
    book = small_book(tmp_path)
    lives = subprocess.run(
        [sys.executable, PROGRAM, book, moment, *STEPS], env=desk_home, capture_output=True, text=True, check=False
    )
    assert lives.stdout.split("\n")[:-1] == [f"{step}: killed" for step in STEPS], lives.stderr[-3000:]
    done = journal_rows(desk_home["STEELYARD_HOME"], "SELECT step FROM steps ORDER BY finished_at")
    assert [name for (name,) in done] == list(STEPS if moment == "after" else STEPS[:-1])
    told = steelyard(desk_home, "run", str(book))
    assert told["breaks"] == 0
    assert told["orders"] == 5
    assert_every_order_was_sent_once(desk_home["STEELYARD_HOME"])


def test_a_finished_session_is_said_to_be_finished_and_trades_nothing(
    desk_home: dict[str, str], tmp_path: Path
) -> None:
    book = small_book(tmp_path)
    first = steelyard(desk_home, "run", str(book))
    assert first["status"] == "done"
    needed = {"book", "session", "status", "plan_hash", "orders", "slices", "fills", "breaks"}
    assert needed | {"traded_notional_usd", "shortfall_bps", "report"} <= set(first)
    assert Path(first["report"]).is_file()
    second = steelyard(desk_home, "run", str(book))
    assert second["status"] == "already_done"
    assert {**second, "status": "done"} == first
    assert_every_order_was_sent_once(desk_home["STEELYARD_HOME"])
    assert_every_time_of_the_report_is_what_it_is_called(Path(first["report"]).with_name("report.json"))


def assert_every_time_of_the_report_is_what_it_is_called(file: Path) -> None:
    """A step's start and its seconds end where the next step begins, and the report is younger than its record."""
    report = json.loads(file.read_text())
    began = [datetime.fromisoformat(step["started_at"]) for step in report["steps"]]
    ended = [at + timedelta(seconds=step["seconds"]) for at, step in zip(began, report["steps"], strict=True)]
    rounding = timedelta(microseconds=2)
    assert all(end - rounding <= begin for end, begin in zip(ended, began[1:], strict=False))
    generated, reconciled = (datetime.fromisoformat(report["cover"][n]) for n in ("generated_at", "reconciled_at"))
    assert ended[-1] - rounding <= reconciled <= generated <= datetime.fromtimestamp(file.stat().st_mtime, tz=UTC)
    for order in report["orders"]:
        first = min(datetime.fromisoformat(piece["sent_at"]) for piece in order["slices"])
        assert first <= datetime.fromisoformat(order["first_fill_at"])
