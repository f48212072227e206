"""A world: the facts of a seed, lived through by the real code life after life, and judged when it is over."""

import shutil
import threading
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from tasks.brokers.simulated.exchange import Exchange
from tasks.context import StepContext
from tasks.errors import LeaseError, SteelyardError
from tasks.journal.book_ledger import ledger_of
from tasks.model.halts import Halt
from tests.simulation.databases import Databases
from tests.simulation.ends import end_of
from tests.simulation.facts import Facts, Life, Wake
from tests.simulation.life import (
    ACCOUNT,
    BOOK,
    Ground,
    alive,
    close,
    open_exchange,
    open_journal_at,
    open_truth,
    prepare,
    review,
    without_prefect,
    work,
)
from tests.simulation.market import volume_of
from tests.simulation.memory import Exchange as ExchangeBook
from tests.simulation.memory import JournalReader, exchange_at
from tests.simulation.oracle import gathered, judge
from tests.simulation.person import answer_everything
from tests.simulation.points import Fate, Killed, Point, Points, dies_in_process, lives, pauses
from tests.simulation.struck import fired, outages
from tests.simulation.wires import NATURES, as_told, reached
from tests.simulation.witness import Violation, Witness

MOST_RERUNS = 20
"""After its planned lives a world must come to its end within so many runs."""


MOST_REVIEWS = 10
EVENING = timedelta(hours=2)
"""After it nothing is late any more."""
LATER = Life(away_min=2)
"""A rerun; the person takes two minutes to start the next one."""
DONE = "done"
NEVER = -1


@dataclass
class Verdict:
    """What a world came to."""

    facts: Facts
    violations: list[Violation]
    happened: Counter[str]
    timeline: list[str]


@dataclass
class World:
    facts: Facts
    ground: Ground
    happened: Counter[str] = field(default_factory=Counter)
    timeline: list[str] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)

    def live(self) -> Verdict:
        """Morning, lives, reruns until done, judgement."""
        without_prefect(self.facts)
        prepare(self.ground)
        self._eye = open_truth(self.ground)
        self._market = open_exchange(self.ground)
        self._reader = JournalReader(self.ground.url)
        self._desk = open_journal_at(self.ground)
        self._witness = witness_of(self.ground, self._reader, self._eye, self._market.now)
        try:
            with reached(self.ground):
                self._lives()
            self.violations += self._witness.violations
            if not self.violations:
                ledger = ledger_of(self._desk, BOOK, ACCOUNT)
                evidence = gathered(self._reader, self._their_book(), ledger, fired(self._market)["empty_account"])
                self.violations += judge(evidence)
            self._count()
        finally:
            self._reader.close()
            self._eye.store.close()
            close(self._desk, self._market)
        return Verdict(self.facts, self.violations, self.happened, self.timeline)

    # ---- lives -----------------------------------------------------------------------------------------------------

    def _lives(self) -> None:
        reruns = NATURES[self.facts.wire].most_reruns if self.facts.wire else MOST_RERUNS
        for number, life in enumerate([*self.facts.lives, *[LATER] * reruns]):
            self.happened["lives"] += 1
            if life.pauses_at is not None:
                self._pair(number, life)
            else:
                self._one(f"life {number}", _death(life), number)
            self._between(life)
            if self.violations:
                return
            if self._is_done():
                self._reviews()
                return
        self.violations.append(Violation("comes to its end", f"not done after {reruns} runs without a kill"))

    def _reviews(self) -> None:
        """Look again at the end of the day, until nothing happens at the exchange while we look."""
        self._market.wait_until(self._market.now() + EVENING)
        for number in range(MOST_REVIEWS):
            before = fired(self._market)
            ending = self._one(f"review {number}", lives, NEVER, review)
            if ending == DONE and fired(self._market) == before:
                return
            self._between(Life(away_min=30))
        self.violations.append(Violation("comes to its end", f"no quiet review in {MOST_REVIEWS}"))

    def _one(self, name: str, fate: Fate, number: int, what: Callable[[StepContext], None] = work) -> str:
        """One life until it ends, whichever way; returns how."""
        points, error = Points(self._with_halt(fate, number)), None
        self._tell(f"--- {name} begins at {self._eye.now():%H:%M:%S}, wall {self.ground.wall.at:%H:%M:%S}")
        try:
            with alive(self.ground, points, name, self._witness) as desk:
                what(desk)
            ending = DONE
        except Killed as death:
            ending, error = f"killed at {death}", death
            self.happened["kills"] += 1
            self.ground.dead.add(name)
        except LeaseError as late:
            ending, error = f"{type(late).__name__}: {late}", late
            self.happened[type(late).__name__] += 1
        except SteelyardError as stop:
            ending, error = f"{type(stop).__name__}: {stop}", stop
            self.happened[f"stopped by {type(stop).__name__}"] += 1
        except Exception as fault:  # noqa: BLE001 (whatever it is, a program that falls over is a finding)
            self._tell(traceback.format_exc())
            ending, error = f"fell over: {type(fault).__name__}: {fault}", fault
            self.violations.append(Violation("does not fall over", ending))
        if number != NEVER:
            self.happened[end_of(error)] += 1
        self.happened["points"] += len(points.passed)
        self.timeline += [f"{name} {point.name}" for point in points.passed]
        self._tell(f"--- {name} {ending}")
        return ending

    def _pair(self, number: int, life: Life) -> None:
        """An older life stands still while a newer one takes the book over; then it wakes up."""
        rests, goes_on, over = threading.Event(), threading.Event(), threading.Event()

        def rest() -> None:
            self._tell(f"--- life {number} stands still")
            rests.set()
            goes_on.wait()
            self._tell(f"--- life {number} wakes up")

        def older() -> None:
            try:
                self._one(f"life {number}", pauses(self._may_pause(life), rest), number)
            finally:
                over.set()
                rests.set()

        thread = threading.Thread(target=older, daemon=True)
        thread.start()
        rests.wait()
        if over.is_set():
            thread.join()
            return
        self.happened["second processes"] += 1
        self.ground.wall.jump(life.clock_jump_s)

        def wake() -> None:
            goes_on.set()
            thread.join()

        in_the_middle = life.wakes is Wake.IN_THE_MIDDLE
        newer = pauses(lambda p: p.number >= life.wakes_at and not _holds_a_lock(p), wake) if in_the_middle else lives
        self._one(f"life {number}b", newer, number)
        wake()

    def _may_pause(self, life: Life) -> Callable[[Point], bool]:
        """Not inside a transaction: there the database itself keeps the newer life out."""
        at = life.pauses_at or 0
        beside = life.pauses_beside
        return lambda point: point.number >= at and beside in ("", point.what) and not _holds_a_lock(point)

    def _between(self, life: Life) -> None:
        """Time goes by, and the person looks at what was left for them."""
        if life.away_min:
            self._market.wait_until(self._market.now() + timedelta(minutes=life.away_min))
        if not life.known_dead:
            self.ground.dead.clear()
        self.ground.wall.jump(life.clock_jump_s)
        for done in answer_everything(self.ground, self._desk):
            self.happened[f"person {done.split(' ')[0]}"] += 1
            self._tell(f"person: {done}")

    def _with_halt(self, fate: Fate, number: int) -> Fate:
        halt = self.facts.halt
        if halt is None or halt.life != number:
            return fate
        told = False

        def halting(point: Point) -> None:
            nonlocal told
            fate(point)
            if not told and point.number >= halt.at and not _holds_a_lock(point):
                told = True
                self.happened[f"halt {halt.state}"] += 1
                self._desk.halts.record(Halt(BOOK, halt.state, "somebody", "a drill", {}, self.ground.wall()))
                self._tell(f"somebody sets {halt.state}")

        return halting

    # ---- looking on ------------------------------------------------------------------------------------------------

    def _their_book(self) -> ExchangeBook:
        book = exchange_at(self.ground.broker_file)
        return as_told(self.facts.wire, book, self._eye.truth()) if self.facts.wire else book

    def _is_done(self) -> bool:
        return bool(self._reader.rows("SELECT step FROM steps WHERE step = 'reconcile'"))

    def _tell(self, words: str) -> None:
        self.timeline.append(words)

    def _count(self) -> None:
        for event in self._reader.rows("SELECT state, reason FROM order_events"):
            self.happened[f"order {event['state']}"] += 1
            if "sent again" in event["reason"]:
                self.happened["sent again"] += 1
        self.happened["generations"] += len(self._reader.rows("SELECT key FROM slices WHERE generation > 0"))
        self.happened["tickets"] += len(self._reader.rows("SELECT key FROM tickets"))
        self.happened["breaks"] += len(self._reader.rows("SELECT break_id FROM breaks"))
        for fault, times in fired(self._market).items():
            self.happened[f"fault {fault}"] += times
        self.happened += outages(self._market)
        if not self.facts.unique_keys:
            self.happened["fills without unique keys"] += len(self._reader.rows("SELECT execution_id FROM fills"))
        self.happened["fills"] += len(self._reader.rows("SELECT execution_id FROM fills"))


def witness_of(ground: Ground, reader: JournalReader, eye: Exchange, now: Callable[[], datetime]) -> Witness:
    """Who looks on in this world, with both memories in view."""
    trades = ground.facts.trades
    return Witness(
        journal=reader,
        settings=ground.book.execution,
        adv_shares={trade.symbol: volume_of(ground.facts.market, trade.symbol) for trade in trades},
        algorithms={trade.symbol: trade.algorithm for trade in trades},
        keys_are_unique=ground.facts.unique_keys,
        exchange=eye,
        now=now,
        auctions_in_minutes=bool(ground.facts.wire) and NATURES[ground.facts.wire].auctions_in_minutes,
    )


def _death(life: Life) -> Fate:
    return lives if life.dies_at is None else dies_in_process(life.dies_at)


def _holds_a_lock(point: Point) -> bool:
    return point.moment == "before" and point.what == "commit"


def live(facts: Facts, databases: Databases, folder: Path) -> Verdict:
    """One world from its facts, in a folder of its own that is removed afterwards."""
    home = folder / f"world-{facts.seed}"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    url = databases.new(home)
    try:
        return World(facts, Ground(facts, home, url)).live()
    finally:
        databases.drop(url)
        shutil.rmtree(home, ignore_errors=True)
