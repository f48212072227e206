"""What the log of events keeps: a line an event, a file a day, and no run that waits or falls for it."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.alerts.event_log import EventLog
from flows.alerts.settings import LogSettings, log_settings
from tasks.errors import ConfigError

MONDAY = datetime(2022, 12, 26, 15, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.at = MONDAY

    def __call__(self) -> datetime:
        return self.at

    def goes_on(self, **by: float) -> None:
        self.at += timedelta(**by)


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_each_event_is_a_line_with_its_run_book_session_and_order(tmp_path: Path) -> None:
    log = EventLog(LogSettings(tmp_path, 90), {"run": "r1", "book": "demo", "session": "2022-12-28"}, Clock())
    log.write([{"event": "order.accepted", "key": "k1"}, {"event": "fill.recorded", "key": "k1"}])
    log.close()
    assert lines(tmp_path / "steelyard-2022-12-26.jsonl") == [
        {
            "at": "2022-12-26T15:00:00.000+00:00",
            "run": "r1",
            "book": "demo",
            "session": "2022-12-28",
            "event": name,
            "key": "k1",
        }
        for name in ("order.accepted", "fill.recorded")
    ]


def test_a_run_over_midnight_goes_on_in_the_file_of_the_new_day(tmp_path: Path) -> None:
    clock = Clock()
    log = EventLog(LogSettings(tmp_path, 90), {}, clock)
    log.write([{"event": "before"}])
    clock.goes_on(hours=9)
    log.write([{"event": "after"}])
    log.close()
    assert [line["event"] for line in lines(tmp_path / "steelyard-2022-12-27.jsonl")] == ["after"]


def test_files_older_than_they_are_kept_are_deleted_and_no_others(tmp_path: Path) -> None:
    for name in ("steelyard-2022-12-18.jsonl", "steelyard-2022-12-19.jsonl", "mine.jsonl", "steelyard-notes.jsonl"):
        (tmp_path / name).write_text("{}\n")
    log = EventLog(LogSettings(tmp_path, 7), {}, Clock())
    log.write([{"event": "one"}])
    log.close()
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "mine.jsonl",
        "steelyard-2022-12-19.jsonl",
        "steelyard-2022-12-26.jsonl",
        "steelyard-notes.jsonl",
    ]


def test_two_processes_write_the_same_file_line_by_line(tmp_path: Path) -> None:
    child = os.fork()
    log = EventLog(LogSettings(tmp_path, 90), {"run": "child" if not child else "parent"}, Clock())
    for number in range(200):
        log.write([{"event": "step.done", "number": number}])
    log.close()
    if not child:
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    written = lines(tmp_path / "steelyard-2022-12-26.jsonl")
    for run in ("child", "parent"):
        assert [line["number"] for line in written if line["run"] == run] == list(range(200))


def test_a_disk_that_takes_no_line_stops_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    log = EventLog(LogSettings(tmp_path / "taken", 90), {}, Clock())
    log.write([{"event": "one"}])
    log.close()
    assert capsys.readouterr().err == ""


def test_where_and_how_long_are_settings_of_the_machine(tmp_path: Path) -> None:
    assert log_settings(tmp_path, {}) == LogSettings(tmp_path / "logs", 90)
    told = {"STEELYARD_LOG_FOLDER": "/var/log/steelyard", "STEELYARD_LOG_DAYS": "30"}
    assert log_settings(tmp_path, told) == LogSettings(Path("/var/log/steelyard"), 30)


@pytest.mark.parametrize("days", ["0", "-1", "a week", "1.5"])
def test_a_number_of_days_that_is_none_is_told_with_what_to_write(tmp_path: Path, days: str) -> None:
    with pytest.raises(ConfigError, match=f"STEELYARD_LOG_DAYS is {days}; write a whole number of days"):
        log_settings(tmp_path, {"STEELYARD_LOG_DAYS": days})
