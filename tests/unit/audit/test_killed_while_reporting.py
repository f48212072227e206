"""Whoever is killed while a report is written is never taken for somebody who forged it, nor the other way round."""

import itertools
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from recorded_day import CYCLE, NOON

from tasks.audit.report_files import State, report_states, reports_on_disk
from tasks.journal import Journal, open_journal
from tasks.model.cycle import Checkpoint
from tasks.model.ledger_records import FILES, ReportRow
from tasks.tca.inputs import Break
from tasks.tca.report import build_report
from tasks.tca.write import ReportFiles, contents, put_in_place
from tests.unit.tca.tca_desk import fill, order, plan_for, report_inputs

ALWAYS = ("fills.csv", "orders.csv", "report.html", "report.json", "what_if.csv")
DIFFERENCE = Break("ABC", "shares", Decimal(100), Decimal(90), Decimal("593.50"))


@cache
def report(number: int) -> dict[str, bytes]:
    """The files of the n-th report of one session: the first and the third have a break."""
    bought = order(fills=(fill(1, 1000, f"10.2{number}"),))
    inputs = report_inputs((bought,), plan=plan_for((bought,)), breaks=(DIFFERENCE,) * (number % 2))
    return contents(build_report(replace(inputs, generated_at=NOON + timedelta(minutes=number))))


def put_on_record(home: Path, number: int) -> None:
    """As the step `report` does it."""
    journal = open_journal(home)

    def record(files: ReportFiles) -> None:
        page, summary = files.sha256["report.html"], {FILES: files.sha256}
        journal.books.record_report(ReportRow(CYCLE.cycle_id, str(files.html), page, summary, NOON))

    put_in_place(report(number), home / "reports", record)
    journal.close()


def killed_at(point: int, home: Path, number: int) -> bool:
    """Write the n-th report in a process that dies the moment before it touches the folder for the `point`-th time."""
    report(number)
    child = os.fork()
    if child == 0:
        touched = itertools.count(1)
        folder = str(home / "reports")

        def dies(_event: str, arguments: tuple[Any, ...]) -> None:
            paths = (str(argument) for argument in arguments if isinstance(argument, str | Path))
            if any(path.startswith(folder) for path in paths) and next(touched) == point:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            sys.addaudithook(dies)
            put_on_record(home, number)
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or status == 0
    return os.WIFSIGNALED(status)


def lives(home: Path, folder: Path, number: int) -> Iterator[Path]:
    """A copy of `home` for every moment at which the writer of the n-th report may be killed."""
    for point in range(1, 1000):
        copied = shutil.copytree(home, folder / f"{number}-{point}")
        shutil.rmtree(home)  # a report has one path: the copy takes its place, and gives it back
        shutil.copytree(copied, home)
        was_killed = killed_at(point, home, number)
        yield home
        shutil.rmtree(home)
        shutil.move(copied, home)
        if not was_killed:
            assert point > 20, "a writer touches its folder more often than that"
            return


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A session that is done, with its first report."""
    folder = tmp_path / "home"
    journal = open_journal(folder)
    journal.fence.take("demo", "this test", lambda: NOON)
    cycle = journal.cycles.open(CYCLE)
    put_on_record(folder, 1)
    journal.cycles.record_step(cycle, Checkpoint("report", {"sentence": "", "facts": {}}, 0.1, NOON))
    journal.fence.release()
    journal.close()
    return folder


@contextmanager
def record_of(home: Path) -> Iterator[Journal]:
    journal = open_journal(home)
    yield journal
    journal.close()


def states_of(journal: Journal) -> dict[str, State]:
    return {file.path.name: file.state for file in report_states(journal.books.reports(CYCLE.cycle_id))}


def assert_nothing_was_forged(journal: Journal) -> set[State]:
    states = states_of(journal)
    assert reports_on_disk(journal)[0] == ()
    assert set(ALWAYS) <= set(states)
    assert State.GONE not in {states[name] for name in ALWAYS}
    return set(states.values())


def assert_every_forgery_is_named(home: Path, journal: Journal) -> None:
    for file in sorted((home / "reports").glob("[a-z]*.*")):
        content = file.read_bytes()
        file.write_bytes(content + b" ")
        [flaw] = reports_on_disk(journal)[0]
        assert flaw.row_key == str(file)
        file.write_bytes(content)


def assert_the_next_one_ends_it(home: Path, number: int) -> None:
    put_on_record(home, number)
    with record_of(home) as journal:
        assert set(states_of(journal).values()) == {State.SAME}
    names = [*ALWAYS, *(["breaks.csv"] if number % 2 else [])]
    assert sorted(path.name for path in (home / "reports").iterdir()) == sorted(names)


def test_a_kill_at_any_moment_is_told_as_one_and_a_forgery_at_any_moment_too(home: Path, tmp_path: Path) -> None:
    seen: set[State] = set()
    for left in lives(home, tmp_path, 2):
        with record_of(left) as journal:
            assert journal.audit.verify() == ()
            seen |= assert_nothing_was_forged(journal)
            assert_every_forgery_is_named(left, journal)
        assert_the_next_one_ends_it(left, 2)
    assert {State.SAME, State.UNFINISHED} <= seen


def test_a_second_kill_after_a_first_one_is_still_told_as_a_kill(home: Path, tmp_path: Path) -> None:
    """The second report is on record, none of its files is in its place, and a third one is written over that."""
    for left in lives(home, tmp_path / "first", 2):
        with record_of(left) as journal:
            if State.UNFINISHED in assert_nothing_was_forged(journal):
                break
    for left in lives(home, tmp_path / "second", 3):
        with record_of(left) as journal:
            assert_nothing_was_forged(journal)
    assert_the_next_one_ends_it(home, 3)


def test_an_earlier_report_that_somebody_puts_back_is_a_change_and_no_kill(home: Path) -> None:
    earlier = {path.name: path.read_bytes() for path in (home / "reports").iterdir()}
    put_on_record(home, 2)
    (home / "reports" / "report.html").write_bytes(earlier["report.html"])
    (home / "reports" / "breaks.csv").write_bytes(earlier["breaks.csv"])
    with record_of(home) as journal:
        states, (flaws, notes) = states_of(journal), reports_on_disk(journal)
    assert {name for name, state in states.items() if state is State.CHANGED} == {"report.html", "breaks.csv"}
    assert "breaks.csv was put there" in " ".join(flaw.sentence for flaw in flaws)
    assert notes == ()
