"""How fast a killed run is back: from the start of the rerun's first step to its first new word to the broker."""

import os
import signal
import time
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tasks.journal.lease_owners import is_dead, this_process
from tasks.model.orders import Algorithm
from tests.databases import postgres_url
from tests.simulation.databases import PostgresDatabases, SqliteDatabases
from tests.simulation.kill_everywhere import facts_of
from tests.simulation.life import Ground, alive, open_truth, prepare, without_prefect, work
from tests.simulation.memory import JournalReader
from tests.simulation.points import Point, Points, dies_for_real
from tests.simulation.worlds import witness_of

pytestmark = pytest.mark.bench
__all__ = ["postgres_url"]

ROUNDS = 7
WRITES = ("submit", "cancel")


def first_submit(ground: Ground) -> int:
    """Number of the point right after the first order went out, counted in a life of its own."""
    points = Points()
    live(ground, points)
    return next(p.number for p in points.passed if (p.moment, p.what) == ("after", "submit"))


def live(ground: Ground, points: Points) -> None:
    reader, eye = JournalReader(ground.url), open_truth(ground)
    witness = witness_of(ground, reader, eye, eye.now)
    with alive(ground, points, this_process(), witness, is_dead) as desk:
        work(desk)
    assert not witness.violations
    reader.close()


def killed_after(ground: Ground, number: int) -> None:
    child = os.fork()
    if child == 0:
        try:
            live(ground, Points(dies_for_real(number)))
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL


def seconds_to_the_first_write(ground: Ground) -> float:
    """Of a rerun: everything that recovery asks and records is in it."""
    began = time.perf_counter()
    wrote: list[float] = []

    def watch(point: Point) -> None:
        if point.moment == "before" and point.what in WRITES and not wrote:
            wrote.append(time.perf_counter() - began)

    live(ground, Points(watch))
    return wrote[0]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_killed_run_is_back_at_the_broker_soon(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    databases: Any = (
        SqliteDatabases(tmp_path)
        if database == "sqlite"
        else PostgresDatabases(request.getfixturevalue("postgres_url"), "recovery")
    )
    facts = facts_of(Algorithm.TWAP, waves=4)
    without_prefect(facts)

    def home(name: str) -> Ground:
        place = tmp_path / name
        place.mkdir()
        ground = Ground(facts, place, databases.new(place))
        prepare(ground)
        return ground

    number = first_submit(home("count"))
    seconds = []
    for turn in range(ROUNDS):
        ground = home(f"turn{turn}")
        killed_after(ground, number)
        seconds.append(seconds_to_the_first_write(ground))
    print(
        f"\n{database}: killed with an order in hand, the rerun speaks to the broker again after "
        f"{1000 * median(seconds):.0f} ms (worst of {ROUNDS}: {1000 * max(seconds):.0f} ms)"
    )
