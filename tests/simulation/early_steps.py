"""The steps around the trading, killed at every point: the real ones over a small book, without Prefect's engine."""

import os
import re
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flows import bootstrap
from flows.outcome import ended
from tasks.approval.step import approve
from tasks.brokers.guard import GuardedBroker
from tasks.context import StepContext
from tasks.drift.step import drift
from tasks.execution import step as execution
from tasks.execution.confirm import confirm
from tasks.holdings.step import holdings
from tasks.market_data.step import download
from tasks.plan.step import orders
from tasks.quality.step import check
from tasks.reconciliation.step import reconcile
from tasks.targets.step import optimize
from tasks.tca.step import report
from tests.flows.conftest import small_book
from tests.simulation.kill_everywhere import in_a_child
from tests.simulation.life import PlainTask
from tests.simulation.many_worlds import WHOLE
from tests.simulation.points import Points, WatchedBroker, dies_for_real, watch_commits

Step = Callable[[StepContext], Any]


def _waves(desk: StepContext) -> None:
    if not isinstance(execution.execute_wave, PlainTask):
        execution.execute_wave = PlainTask(execution.execute_wave.fn)  # type: ignore[assignment]
    execution.execute_waves(desk)


STEPS: dict[str, Step] = {
    "download": download.fn,
    "check": check.fn,
    "holdings": holdings.fn,
    "optimize": optimize.fn,
    "drift": drift.fn,
    "orders": orders.fn,
    "approve": approve.fn,
    "schedule": execution.schedule_orders.fn,
    "waves": _waves,
    "confirm": confirm.fn,
    "reconcile": reconcile.fn,
    "report": report.fn,
}
KILLED_HERE = ("download", "check", "holdings", "optimize", "drift", "orders", "approve", "report")
"""The others are the kill matrix's of the trading."""
PASSING = ("seconds", "finished_at", "created_at", "began_at", "changed_at", "at", "asked_at", "taken_at", "found_at")
EVENING = datetime(2022, 12, 28, 22, 0, tzinfo=UTC)
"""The wall clock of every life: a report says when it was generated."""
COPY = "copy"
"""Every copy of a home is at the same place, one after the other: reports name the folder they are in."""
NOT_COMPARED = ("leases", "lease_log", "audit", "alembic_version", "sqlite_sequence", "cycles")
"""What tells of the lives themselves."""


@contextmanager
def open_watched(home: Path, points: Points, step: str = "") -> Iterator[StepContext]:
    """The desk as the composition root opens it, with a point before and after every commit and every broker call."""
    os.environ["STEELYARD_HOME"] = str(home)
    real = bootstrap.open_journal

    def watched(folder: Path) -> Any:
        journal = real(folder)
        watch_commits(journal.engine, points)
        return journal

    bootstrap.open_journal = watched
    try:
        with bootstrap.open_context(home.parent.parent / "small.yaml", None, None, lambda: EVENING) as desk:
            guarded = desk.broker
            assert isinstance(guarded, GuardedBroker), "the composition root puts the guard in front"
            broker = WatchedBroker(guarded.inner, points, lambda _method, _words: None)
            points.enter(step)
            with ended(desk):
                yield replace(desk, broker=replace(guarded, inner=broker))
            points.enter("closing")
    finally:
        bootstrap.open_journal = real


def prepared(folder: Path) -> Iterator[tuple[str, Path]]:
    """(step, a home in which everything before the step is done), one after the other."""
    home = folder / "all" / "home"
    home.mkdir(parents=True)
    small_book(folder)
    for name, work in STEPS.items():
        if name in KILLED_HERE:
            yield name, home
        with open_watched(home, Points()) as desk:
            work(desk)


def kill_in_step(home: Path, name: str, folder: Path) -> tuple[int, list[str]]:
    """Points of the step, and what differs from a life that nobody killed, for every point."""
    wanted, numbers = in_a_child(lambda: _undisturbed(home, name, folder))
    fatal = numbers if WHOLE else numbers[::4]
    different = []
    for number in fatal:
        found = in_a_child(lambda n=number: _killed(home, name, folder, n))
        different += [f"{name}, point {number}: {what}" for what in _differences(wanted, found)]
    return len(fatal), different


def _undisturbed(home: Path, name: str, folder: Path) -> tuple[dict[str, Any], list[int]]:
    """What it leaves behind, and its points; opening and closing are the same in every step, and count in the first."""
    place = _copy(home, folder / COPY)
    points = Points()
    with open_watched(place, points, name) as desk:
        STEPS[name](desk)
    told = contents(place)
    shutil.rmtree(place)
    first = next(iter(STEPS))
    return told, [point.number for point in points.passed if point.step == name or name == first]


def _killed(home: Path, name: str, folder: Path, number: int) -> dict[str, Any]:
    place = _copy(home, folder / COPY)
    child = os.fork()
    if child == 0:
        try:
            with open_watched(place, Points(dies_for_real(number)), name) as desk:
                STEPS[name](desk)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL):
        shutil.rmtree(place)
        return {"the kill": f"ended with status {status} instead"}
    with open_watched(place, Points()) as desk:
        STEPS[name](desk)
    told = contents(place)
    shutil.rmtree(place)
    return told


def contents(home: Path) -> dict[str, Any]:
    """Every row of the journal that says something of the session, without the times of its writing."""
    with sqlite3.connect(home / "journal.sqlite") as sql:
        sql.row_factory = sqlite3.Row
        tables = [row["name"] for row in sql.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            table: sorted(
                str({name: row[name] for name in row.keys() if name not in PASSING})  # noqa: SIM118 (a sqlite row)
                for row in sql.execute(f"SELECT * FROM {table}")
            )
            for table in tables
            if table not in NOT_COMPARED
        }


def _differences(wanted: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """The first row of each table that is not as it was without the kill."""
    different = []
    for table, rows in wanted.items():
        ours, theirs = _told(found.get(table)), _told(rows)
        missing = [row for row in theirs if row not in ours]
        if ours != theirs:
            different.append(f"{table}: {len(ours)} rows instead of {len(theirs)}; not there: {missing[:1]}")
    return different


TIMED = re.compile(r'"timings": \{[^}]*\}|\d+\.\d+ s\b')
"""How long the machine took: every part of a solution, and the solver in its own sentence."""


def _told(rows: Any) -> list[str]:
    return [TIMED.sub("", str(row)) for row in rows or ()]


def _copy(home: Path, place: Path) -> Path:
    shutil.copytree(home, place)
    return place
