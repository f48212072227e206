"""Many books scheduled for the same minute on one machine: all finish, none trades twice, and the machine stands it.

STEELYARD_BOOKS=200 pytest tests/bench/test_bench_many_books.py -m bench -s
"""

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from sql.database import URL_VARIABLE
from tasks.journal import Journal, open_journal
from tasks.model.plan_json import plan_from_json
from tests.bench.table import line, title
from tests.bench.watched_runs import WatchedRuns
from tests.databases import postgres_url
from tests.flows.test_up_and_down import Home
from tests.flows.worlds import SESSION, broker_rows
from tests.simulation.databases import PostgresDatabases
from tests.ui.books import OwnBook
from tests.ui.desk import opened_desk

__all__ = ["postgres_url"]
BOOKS = int(os.environ.get("STEELYARD_BOOKS", "200"))
A_BOOK_S = 60
"""Of patience, on a machine that has other things to do too."""
DEPLOYED_IN_S = 0.5
"""For each book, before the instant comes."""
TAG = "many books"
OVER = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
LOCKED = "database is locked"


@pytest.mark.bench
@pytest.mark.timeout(600 + A_BOOK_S * BOOKS)
@pytest.mark.skipif(not Path("/proc/self/environ").is_file(), reason="finds a run's process by its environment")
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_books_scheduled_for_the_same_minute_all_finish_and_none_twice(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    named = {URL_VARIABLE: _new_database(request)} if database == "postgresql" else {}
    with opened_desk(tmp_path, **named) as desk, WatchedRuns(desk.home) as watched:
        books = [OwnBook(f"book-{number:03}", Path(desk.home), tmp_path) for number in range(1, BOOKS + 1)]
        due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=30 + DEPLOYED_IN_S * BOOKS)
        _deploy(desk, books, due)
        began, most_late = _all_over(desk, due)
        took_s = time.monotonic() - began
        runs = _runs(desk, due)
        with patch.dict(os.environ, named):
            wrong = _amiss(books, Path(desk.home))
        busy, restarts = desk.log("prefect").count(LOCKED), desk.log("desk").count("started again at")
        _tell(database, runs, wrong, watched, took_s, most_late, busy, restarts)
    assert _reasons(runs) == {}
    assert (len(runs), wrong) == (BOOKS, [])


def _new_database(request: pytest.FixtureRequest) -> str:
    """The journal's; `up` makes Prefect's beside it."""
    return PostgresDatabases(request.getfixturevalue("postgres_url"), "many_books").new(Path())


def _deploy(desk: Home, books: Sequence[OwnBook], due: datetime) -> None:
    """Each by a deployment of its own, as `daily` is, with a schedule that is due at the same instant."""
    daily = desk.deployment("rebalance/daily")
    copied = ("flow_id", "pull_steps", "work_pool_name", "work_queue_name", "entrypoint", "parameter_openapi_schema")
    like = {name: daily[name] for name in copied if daily.get(name) is not None}
    once = {"schedule": {"interval": 86_400 * 400, "anchor_date": due.isoformat()}, "active": True}
    for book in books:
        parameters = {"book": book.written(), "session": SESSION}
        desk.call(
            "/deployments/", {**like, "name": book.name, "tags": [TAG], "parameters": parameters, "schedules": [once]}
        )
    assert datetime.now(UTC) < due, f"{len(books)} books were not deployed in time: raise DEPLOYED_IN_S"


def _all_over(desk: Home, due: datetime) -> tuple[float, int]:
    """When the instant came, and how many runs waited for their turn then, or later."""
    _wait_until(lambda: datetime.now(UTC) >= due, BOOKS * A_BOOK_S)
    began, most_late = time.monotonic(), [0]

    def over() -> bool:
        try:
            runs = _runs(desk, due)
        except OSError:
            return False  # a server that was started anew; it says so in desk.log
        most_late[0] = max(most_late[0], sum(run["state"]["name"] == "Late" for run in runs))
        return len(runs) == BOOKS and all(run["state"]["type"] in OVER for run in runs)

    _wait_until(over, 120 + BOOKS * A_BOOK_S)
    return began, most_late[0]


def _runs(desk: Home, due: datetime) -> list[dict[str, Any]]:
    """Those of the instant; later ones of the same schedules are years away."""
    found: list[dict[str, Any]] = []
    soon = (due + timedelta(seconds=1)).isoformat()
    wanted = {"tags": {"all_": [TAG]}, "expected_start_time": {"before_": soon}}
    while page := desk.call("/flow_runs/filter", {"flow_runs": wanted, "offset": len(found), "sort": "ID_DESC"}):
        found += page
    return found


def _amiss(books: Sequence[OwnBook], home: Path) -> list[str]:
    """Where what was ordered is not what was planned, or the broker has another order than our record."""
    journal = open_journal(home)
    try:
        return [sentence for book in books if (sentence := _what_is_amiss(journal, book))]
    finally:
        journal.close()


def _what_is_amiss(journal: Journal, book: OwnBook) -> str:
    cycle = journal.cycles.find(book.name, date.fromisoformat(SESSION))
    plan = journal.decisions.newest_plan(cycle.cycle_id) if cycle else None
    if cycle is None or plan is None:
        return f"{book.name}: nothing was planned"
    planned = [(each.symbol, each.side, each.shares) for each in plan_from_json(json.dumps(plan.body)).trades]
    ordered = [(each.symbol, each.side, each.shares) for each in journal.orders.orders(cycle.cycle_id)]
    ours = sorted(piece.request.key for piece in journal.orders.slices(cycle.cycle_id))
    theirs = sorted(key for (key,) in broker_rows(str(book.home), "SELECT key FROM orders", book.name))
    if sorted(ordered) != sorted(planned) or not ordered:
        return f"{book.name}: ordered {sorted(ordered)}, planned {sorted(planned)}"
    return "" if ours == theirs and len(set(theirs)) == len(theirs) else f"{book.name}: the broker has other orders"


def _reasons(runs: Sequence[dict[str, Any]]) -> dict[str, int]:
    """How often a run ended in each other way than Completed, with what it said."""
    ends = ((run["state"]["type"], run["state"]["name"], run["state"].get("message") or "") for run in runs)
    return dict(Counter(f"{name}: {said[:300]}" for kind, name, said in ends if kind != "COMPLETED"))


def _tell(
    database: str,
    runs: Sequence[dict[str, Any]],
    wrong: Sequence[str],
    watched: WatchedRuns,
    took_s: float,
    most_late: int,
    locked: int,
    restarts: int,
) -> None:
    finished = sum(run["state"]["type"] == "COMPLETED" for run in runs)
    title(f"{BOOKS} books scheduled for the same instant, {database}")
    line("finished", f"{finished}", f"{BOOKS}")
    line("books whose orders are not those of the plan, or are twice at the broker", f"{len(wrong)}", "0")
    line("from the instant of the schedule until the last one was over", f"{took_s:.0f} s")
    line("the same for each book", f"{took_s / BOOKS:.1f} s")
    line("runs at once, at the most", f"{watched.most_runs}")
    line("runs that waited for their turn as Late, at the most", f"{most_late}")
    line("processes of the desk at once, at the most", f"{watched.most_processes}")
    line("memory of all of them together, at the most", f"{watched.most_megabytes:,.0f} MB")
    line("of the processor, a run", f"{watched.seconds_of_runs / max(watched.runs, 1):.1f} s")
    line("of the processor, server and worker, for each run", f"{watched.seconds_of_desk / BOOKS:.1f} s")
    line("lines of the server that its database was busy", f"{locked}")
    line("server and worker started again", f"{restarts}", "0")
    for reason, times in _reasons(runs).items():
        print(f"{times} x {reason}")
    print(*wrong, sep="\n")


def _wait_until(met: Callable[[], bool], patience_s: float) -> None:
    """Other processes work; they can only be asked."""
    until = time.monotonic() + patience_s
    while not met():
        assert time.monotonic() < until, f"not all runs were over after {patience_s:.0f} s"
        time.sleep(2)
