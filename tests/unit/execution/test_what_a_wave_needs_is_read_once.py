"""What a session asks its journal: a fixed number of questions a session and a wave, and one an order sent."""

from dataclasses import dataclass, replace
from pathlib import Path

from tasks.brokers.guard import GuardedBroker
from tasks.brokers.simulated.broker import SimulatedBroker
from tasks.model.orders import Algorithm, OrderState, Side
from tasks.orders.send_permission import RecordedPermission
from tests.asked import Asked, counting
from tests.simulation.databases import SqliteDatabases
from tests.simulation.facts import Facts, Trade, draw
from tests.simulation.life import (
    BOOK,
    Ground,
    close,
    desk_over,
    open_journal_at,
    open_truth,
    prepare,
    without_prefect,
    work,
)
from tests.simulation.market import SESSION, SYMBOLS

A_SESSION = 32
"""Once: all that is kept, read for the first time (orders and their allocations, waves, slices, events, fills by cycle
and by account, marks, plan, checkpoints, cycles, valuations, entries, write-offs, breaks); the schedule, the
confirmation, and the reconciliation."""
A_WAVE = 2
"""Two looks at halt, cancel and the end of the audit chain (before its time is waited for, before it is decided): the
end says whether anybody has added an entry, a write-off, a break or an explanation without the lease."""
AN_ORDER = 1
"""Lease and halt in one look, right before it goes out."""


@dataclass(frozen=True)
class Day:
    asked: Asked
    waves: int
    sent: int

    @property
    def most(self) -> int:
        return A_SESSION + A_WAVE * self.waves + AN_ORDER * self.sent


def quiet(waves: int) -> Facts:
    """A sell and two buys in slices; nothing is lost, nobody dies, and there is cash for everything."""
    trades = (
        Trade(SYMBOLS[0], Side.SELL, 60, Algorithm.TWAP, 100),
        Trade(SYMBOLS[1], Side.BUY, 80, Algorithm.TWAP, 0),
        Trade(SYMBOLS[2], Side.BUY, 40, Algorithm.VWAP, 0),
    )
    facts = replace(draw(0), faults=(), lives=(), halt=None, cash=10**7, unique_keys=True)
    return replace(facts, waves=waves, trades=trades, child_order="market", leftover="sweep", participation_pct=50)


def day_of(folder: Path, waves: int) -> Day:
    """The part of a session that trades, counted from the first look back to the reconciliation."""
    folder.mkdir()
    ground = Ground(quiet(waves), folder, SqliteDatabases(folder).new(folder))
    without_prefect(ground.facts)
    prepare(ground)
    journal, broker = open_journal_at(ground), SimulatedBroker(open_truth(ground))
    journal.fence.take(BOOK, "the day", ground.wall)
    cycle = journal.cycles.find(BOOK, SESSION)
    assert cycle is not None, "prepared"
    desk = desk_over(ground, journal, GuardedBroker(broker, RecordedPermission(journal, BOOK)), cycle)
    with counting(journal.engine) as asked:
        work(desk)
    decided = journal.orders.wave_notes(cycle.cycle_id)
    sent = [s for s in journal.orders.slices(cycle.cycle_id) if s.state is not OrderState.INTENDED]
    filled = sum(fill.shares for fill in journal.orders.fills(cycle.cycle_id))
    close(journal, broker)
    assert filled == 180, "a day on which all is traded"
    return Day(asked, len(decided), len(sent))


def test_a_session_asks_its_journal_once_for_what_it_needs(tmp_path: Path) -> None:
    day = day_of(tmp_path / "day", waves=6)
    assert day.sent >= 12
    assert day.asked.selects <= day.most, day.asked.counted()


def test_a_later_wave_asks_no_more_than_an_earlier_one(tmp_path: Path) -> None:
    """Twice the waves cost no more than so many waves more: nothing is asked once for every wave before it."""
    short, long = day_of(tmp_path / "short", waves=4), day_of(tmp_path / "long", waves=12)
    more = long.asked.selects - short.asked.selects
    assert more <= A_WAVE * (long.waves - short.waves) + AN_ORDER * (long.sent - short.sent)


def test_the_orders_of_a_session_are_read_once_in_each_of_its_steps_at_most(tmp_path: Path) -> None:
    day = day_of(tmp_path / "day", waves=6)
    for table in ("slices", "fills", "order_events", "orders", "order_marks", "steps", "waves"):
        assert day.asked.about(f"FROM {table}") <= 4, (table, day.asked.counted())


def test_from_its_decision_to_the_broker_a_wave_returns_to_its_journal_four_times(tmp_path: Path) -> None:
    """Halt, cancel and chain's end in one; the decision with its intents, `sent`, and the permit of its first order."""
    asked = day_of(tmp_path / "day", waves=6).asked
    looks, decisions, permits = (
        [n for n, statement in enumerate(asked.statements) if words in " ".join(statement.split())]
        for words in ("SELECT max(audit.seq)", "INSERT INTO waves", "FROM leases LEFT OUTER JOIN halts")
    )
    waves = {max(n for n in decisions if n < permit): permit for permit in reversed(permits)}
    assert len(waves) == 6, "all that send"
    for decided, sent in list(waves.items())[:-1]:  # but the first, which marks the arrival of its orders too
        assert asked.visits(max(n for n in looks if n < decided), sent) == 4


def test_lease_and_halt_are_asked_before_every_order(tmp_path: Path) -> None:
    day = day_of(tmp_path / "day", waves=6)
    assert day.asked.about("FROM leases LEFT OUTER JOIN halts") == day.sent
