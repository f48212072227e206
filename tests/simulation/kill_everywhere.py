"""A real process killed by a real SIGKILL at one point, a second one that finishes, and what the oracle says then."""

import gc
import json
import os
import shutil
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tasks.errors import SteelyardError
from tasks.journal.book_ledger import ledger_of
from tasks.journal.lease_owners import is_dead, this_process
from tasks.model.orders import Algorithm, Side
from tests.simulation.databases import Databases
from tests.simulation.facts import Facts, Trade
from tests.simulation.life import (
    ACCOUNT,
    BOOK,
    Ground,
    alive,
    open_journal_at,
    open_truth,
    prepare,
    without_prefect,
    work,
)
from tests.simulation.many_worlds import WHOLE
from tests.simulation.market import volume_of
from tests.simulation.memory import JournalReader, exchange_at
from tests.simulation.oracle import gathered, judge
from tests.simulation.person import answer_everything
from tests.simulation.points import Points, dies_for_real
from tests.simulation.worlds import witness_of

MARKET = 0
MOST_RERUNS = 3
EXPECTED_ZERO = ("duplicate orders", "lost fills", "cents of difference", "slices over the cap", "other broken laws")


@dataclass
class Matrix:
    """What came of killing everywhere."""

    points: int = 0
    by_moment: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        told = ", ".join(f"{self.broken[name]} {name}" for name in EXPECTED_ZERO)
        return f"{self.points} points killed at: {told}"


def facts_of(algorithm: Algorithm, waves: int) -> Facts:
    """A sale and a buy of one algorithm, at a broker that tells the truth."""
    trades = (_trade("AAA", Side.SELL, algorithm), _trade("BBB", Side.BUY, algorithm))
    return Facts(
        seed=0,
        market=MARKET,
        trades=trades,
        cash=50_000_000,
        waves=waves,
        child_order="limit",
        leftover="sweep",
        limit_offset_bps=5,
        participation_pct=10,
        exchange_participation_pct=25,
        deadline_min=15,
        unique_keys=True,
        faults=(),
        lives=(),
    )


def _trade(symbol: str, side: Side, algorithm: Algorithm) -> Trade:
    shares = int(volume_of(MARKET, symbol) * 0.02)
    return Trade(symbol, side, shares, algorithm, held=2 * shares if side is Side.SELL else 0)


@dataclass(frozen=True)
class Scene:
    """A prepared home that every point gets a copy of."""

    facts: Facts
    home: Path
    url: str
    copies: Callable[[Path], str]
    """Copies the prepared journal for a home and returns its URL."""
    drop: Callable[[str], None]


def sqlite_scene(facts: Facts, folder: Path, databases: Databases) -> Scene:
    home = folder / "prepared"
    home.mkdir(parents=True)
    url = databases.new(home)
    without_prefect(facts)
    prepare(Ground(facts, home, url))

    def copies(place: Path) -> str:
        return f"sqlite:///{place / 'journal.sqlite'}"

    return Scene(facts, home, url, copies, lambda _url: None)


def postgres_scene(facts: Facts, folder: Path, databases: Any) -> Scene:
    home = folder / "prepared"
    home.mkdir(parents=True)
    url = databases.new(home)
    without_prefect(facts)
    prepare(Ground(facts, home, url))
    return Scene(facts, home, url, lambda _place: databases.copy_of(url), databases.drop)


def points_of(scene: Scene) -> list[str]:
    """The names of all points of an undisturbed life."""

    def count(ground: Ground) -> list[str]:
        points = Points()
        _live(ground, points)
        return [point.name for point in points.passed]

    # In this process, so that every fork after it finds the tapes made and the statements compiled.
    return _in_a_copy(scene, "count", count)


def kill_at_every_point(scene: Scene, each: int = 1, first: int = 0) -> Matrix:
    """One process a point, or for each second, third.. from `first` on: it dies there; another one finishes; the oracle
    compares.
    """
    matrix, names = Matrix(), points_of(scene)
    # What is there now stays shared with every fork: a collection would copy all of it into each.
    gc.freeze()
    for number, name in list(enumerate(names, start=1))[first::each]:
        broken = _in_a_copy(scene, str(number), lambda ground, n=number: _killed_and_finished(ground, n))
        matrix.points += 1
        matrix.by_moment[name.split(" ", 1)[1].rpartition(" ")[0]] += 1
        for law, what in broken:
            matrix.broken[_column(law)] += 1
            matrix.examples.append(f"killed at {name}: {law}: {what}")
    return matrix


def kill_in(algorithm: Algorithm, scene: Scene) -> Matrix:
    """Every point where everything is proved; the build takes each third, and of every algorithm another third.

    What they share, which is nearly all, still dies at every one of its points.
    """
    each, first = (1, 0) if WHOLE else (3, list(Algorithm).index(algorithm) % 3)
    matrix = kill_at_every_point(scene, each, first)
    print(f"\n{algorithm}: {matrix}")
    assert matrix.points >= 80 // each
    return matrix


def _killed_and_finished(ground: Ground, number: int) -> list[tuple[str, str]]:
    child = os.fork()
    if child == 0:
        _silently(lambda: _live(ground, Points(dies_for_real(number))))
    _, status = os.waitpid(child, 0)
    if not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL):
        return [("the kill", f"the process was to die at point {number} and ended with status {status}")]
    return in_a_child(lambda: _finish(ground))


def _finish(ground: Ground) -> list[tuple[str, str]]:
    """Rerun until done, as an operator would, then ask the oracle."""
    for _ in range(MOST_RERUNS):
        try:
            _live(ground, Points())
            break
        except SteelyardError:
            desk = open_journal_at(ground)
            answer_everything(ground, desk)
            desk.close()
    else:
        return [("comes to its end", f"not done after {MOST_RERUNS} runs")]
    reader, desk = JournalReader(ground.url), open_journal_at(ground)
    found = judge(gathered(reader, exchange_at(ground.broker_file), ledger_of(desk, BOOK, ACCOUNT)))
    reader.close()
    desk.close()
    return [(violation.law, violation.what) for violation in [*found, *ground.seen]]


def _live(ground: Ground, points: Points) -> None:
    reader, eye = JournalReader(ground.url), open_truth(ground)
    witness = witness_of(ground, reader, eye, eye.now)
    with alive(ground, points, this_process(), witness, is_dead) as desk:
        work(desk)
    ground.seen += witness.violations


def _column(law: str) -> str:
    """Which of the expected zeros a law belongs to."""
    return {
        "no key twice": "duplicate orders",
        "never sent twice": "duplicate orders",
        "not beyond the order": "duplicate orders",
        "every execution once": "lost fills",
        "ledger agrees": "cents of difference",
        "within the participation cap": "slices over the cap",
    }.get(law, "other broken laws")


# ---- processes and copies ------------------------------------------------------------------------------------------


def _in_a_copy(scene: Scene, name: str, work_in: Callable[[Ground], Any]) -> Any:
    place = scene.home.parent / name
    shutil.copytree(scene.home, place)
    url = scene.copies(place)
    try:
        return work_in(Ground(scene.facts, place, url))
    finally:
        scene.drop(url)
        shutil.rmtree(place)


def in_a_child(work_there: Callable[[], Any]) -> Any:
    """Do something in a forked process and bring back its answer as JSON. Raises: RuntimeError when it fell over."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reads)
        _silently(lambda: _tell(writes, work_there()))
    os.close(writes)
    with os.fdopen(reads, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    if status != 0:
        raise RuntimeError(f"the finishing process ended with status {status}; its traceback is above")
    return json.loads(told)


def _tell(writes: int, answer: Any) -> None:
    with os.fdopen(writes, "wb") as pipe:
        pipe.write(json.dumps(answer).encode())


def _silently(work_here: Callable[[], object]) -> None:
    """The whole life of a forked child: it never returns into its parent's code."""
    try:
        work_here()
        os._exit(0)
    except BaseException:  # noqa: BLE001 (nothing may leave a fork)
        traceback.print_exc(file=sys.stderr)
        os._exit(1)
