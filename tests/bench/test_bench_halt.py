"""How soon a halt is obeyed: from the word to the last order sent, with a hundred orders at work."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tasks.brokers.guard import GuardedBroker
from tasks.brokers.simulated.broker import SimulatedBroker
from tasks.errors import HaltedError
from tasks.execution.wave import obey_halt
from tasks.model.account import HaltState
from tasks.model.halts import Halt
from tasks.model.order_states import WORKING
from tasks.model.orders import Cause, OrderRequest
from tasks.orders.send_permission import RecordedPermission
from tasks.orders.submit import send_fresh
from tests.bench.table import line, title
from tests.bench.test_bench_safety import intents_of, morning, requests
from tests.databases import postgres_url
from tests.simulation.databases import PostgresDatabases, SqliteDatabases
from tests.simulation.life import BOOK, Ground, desk_over, open_journal_at, open_truth
from tests.simulation.market import OPEN, SESSION

pytestmark = pytest.mark.bench
__all__ = ["postgres_url"]

ROUNDS = 5
IN_FLIGHT = 100
LIMIT_S = 2.0


@dataclass
class Watched:
    """The broker; it says when each order came in, and when so many are at work."""

    inner: SimulatedBroker
    sent_at: list[float] = field(default_factory=list)
    in_flight: threading.Event = field(default_factory=threading.Event)

    def submit(self, request: OrderRequest) -> Any:
        self.sent_at.append(time.perf_counter())
        answer = self.inner.submit(request)
        if len(self.sent_at) >= IN_FLIGHT:
            self.in_flight.set()
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@dataclass(frozen=True)
class Times:
    """Seconds from the moment in which somebody says it, before it is on record."""

    last_sent: float
    all_off: float
    withheld: int


@pytest.mark.timeout(600)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_halt_to_the_last_order_sent_with_100_in_flight(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """A wave of 500 is being sent; once 100 of them work, another connection halts the book."""
    databases: Any = (
        SqliteDatabases(tmp_path)
        if database == "sqlite"
        else PostgresDatabases(request.getfixturevalue("postgres_url"), "halt")
    )
    rounds = [one_round(morning(tmp_path / f"home{number}", databases)) for number in range(ROUNDS)]
    title(f"halt in a wave of 500, {IN_FLIGHT} at work, on {database}")
    worst = max(times.last_sent for times in rounds)
    line("halt to the last order sent, median", f"{median(t.last_sent for t in rounds) * 1000:,.1f} ms")
    line("the same, the worst of five", f"{worst * 1000:,.1f} ms", f"< {LIMIT_S:g} s")
    line("halt to the last working order cancelled, median", f"{median(t.all_off for t in rounds):,.2f} s")
    line("orders of the wave that were withheld, median", f"{median(t.withheld for t in rounds):,.0f}")
    assert worst < LIMIT_S
    assert all(times.withheld > 0 for times in rounds), "the halt came after the wave: nothing was measured"


def one_round(ground: Ground) -> Times:
    journal, other = open_journal_at(ground), open_journal_at(ground)
    broker = Watched(SimulatedBroker(open_truth(ground)))
    broker.wait_until(OPEN + timedelta(minutes=5))
    journal.fence.take(BOOK, "the bench", ground.wall)
    cycle = journal.cycles.find(BOOK, SESSION)
    assert cycle is not None, "prepared"
    desk = desk_over(ground, journal, GuardedBroker(broker, RecordedPermission(journal, BOOK)), cycle)  # type: ignore[arg-type]
    intents = intents_of(journal, cycle.cycle_id, requests("halt"))
    journal.orders.record_wave(cycle.cycle_id, 1, broker.now(), intents, {})
    halted_at: list[float] = []
    halting = threading.Thread(target=halt_once, args=(broker.in_flight, other, ground.wall, halted_at))
    halting.start()
    send_fresh(desk, intents)
    halting.join()
    with pytest.raises(HaltedError):
        obey_halt(desk)
    off = time.perf_counter()
    pieces = journal.orders.slices(cycle.cycle_id)
    assert not [piece for piece in pieces if piece.state in WORKING]
    withheld = sum(1 for piece in pieces if piece.cause is Cause.WITHHELD)
    assert len(broker.sent_at) + withheld == len(intents)
    journal.close()
    other.close()
    return Times(max(0.0, broker.sent_at[-1] - halted_at[0]), off - halted_at[0], withheld)


def halt_once(in_flight: threading.Event, journal: Any, clock: Callable[[], Any], at: list[float]) -> None:
    """As the command in a terminal does: on a connection of its own."""
    assert in_flight.wait(120)
    at.append(time.perf_counter())
    journal.halts.record(Halt(BOOK, HaltState.HALTED, "Ada Byron", "prices look wrong", {}, clock()))
