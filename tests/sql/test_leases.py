"""One writer: the newest token may write, every older one is refused by the database, whatever its clock says."""

import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text

from sql.tables import lease_log, leases, order_events, slices, waves
from tasks.errors import LeaseHeldError, LeaseLostError
from tasks.journal import Journal
from tasks.journal.heartbeat import beating
from tasks.journal.lease_owners import is_dead, this_process
from tasks.journal.leases import TTL, Fence
from tasks.model.cycle import Checkpoint
from tasks.model.order_records import OrderEvent
from tasks.model.orders import OrderState
from tasks.model.plan_records import PlanRecord
from tests.sql.test_journal import CYCLE, FILL, INTENT, ORDER, TEN, with_order

NOON = datetime(2022, 12, 28, 17, 0, tzinfo=UTC)


class Clock:
    """A clock that shows what it is set to."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def rows(journal: Journal, table: object) -> int:
    with journal.engine.connect() as connection:
        return len(connection.execute(select(table)).all())  # type: ignore[call-overload]


def test_tokens_only_grow_and_every_holder_is_on_record(journal: Journal) -> None:
    clock = Clock()
    first = Fence(journal.engine)
    assert first.take("other", "a", clock, why="rebalance").token == 1
    first.release()
    assert Fence(journal.engine).take("other", "b", clock).token == 2
    with journal.engine.connect() as connection:
        log = connection.execute(select(lease_log).where(lease_log.c.book == "other").order_by(lease_log.c.token)).all()
    assert [(row.token, row.holder, row.why) for row in log] == [(1, "a", "rebalance"), (2, "b", "")]


def test_a_living_holder_keeps_its_lease_until_it_runs_out(journal: Journal) -> None:
    clock = Clock()
    Fence(journal.engine).take("other", "a", clock)
    second = Fence(journal.engine)
    clock.now = NOON + TTL - timedelta(microseconds=1)
    with pytest.raises(LeaseHeldError, match="worked by a since 17:00:00 UTC"):
        second.take("other", "b", clock)
    clock.now = NOON + TTL
    assert second.take("other", "b", clock).token == 2


def test_a_dead_holder_is_followed_at_once(journal: Journal) -> None:
    Fence(journal.engine).take("other", "a", Clock())
    assert Fence(journal.engine).take("other", "b", Clock(), is_dead=lambda holder: holder == "a").token == 2


def test_a_process_that_wakes_after_its_lease_was_taken_can_write_nothing(journal: Journal) -> None:
    """It had everything ready; the database refuses each of its writes, and nothing of them is kept."""
    with_order(journal)
    journal.orders.record_wave(CYCLE.cycle_id, 1, TEN, [INTENT], {})
    before = [rows(journal, table) for table in (waves, slices, order_events)]
    Fence(journal.engine).take("demo", "newer", lambda: datetime.now(UTC) + timedelta(days=1))
    for write in (
        lambda: journal.orders.record_wave(CYCLE.cycle_id, 2, TEN, [], {}),
        lambda: journal.orders.record_generation(CYCLE.cycle_id, TEN, [INTENT]),
        lambda: journal.orders.add_events([OrderEvent("k1", OrderState.SENT, TEN)]),
        lambda: journal.orders.record_fills("simulated", CYCLE.cycle_id, [FILL]),
        lambda: journal.orders.record_orders([ORDER]),
        lambda: journal.orders.record_marks([(ORDER.order_id, "end", TEN, Decimal(130))]),
        lambda: journal.cycles.set_status(CYCLE.cycle_id, "done", "", TEN),
        lambda: journal.cycles.begin_attempt(CYCLE, TEN),
        lambda: journal.cycles.record_step(CYCLE, Checkpoint("drift", {}, 0.1, TEN)),
        lambda: journal.decisions.record_plan(PlanRecord("h2", CYCLE.cycle_id, 2, {}, TEN)),
        journal.fence.require,
        journal.fence.renew,
    ):
        with pytest.raises(LeaseLostError, match="taken over"):
            write()
    assert [rows(journal, table) for table in (waves, slices, order_events)] == before
    assert journal.orders.fills(CYCLE.cycle_id) == ()


def test_without_a_lease_nothing_can_be_written(journal: Journal) -> None:
    with_order(journal)
    fresh = Journal.over(journal.engine)
    with pytest.raises(LeaseLostError, match="no lease"):
        fresh.orders.record_wave(CYCLE.cycle_id, 1, TEN, [INTENT], {})
    assert rows(journal, waves) == 0


def test_each_event_carries_the_token_it_was_written_under(journal: Journal) -> None:
    with_order(journal)
    journal.orders.record_wave(CYCLE.cycle_id, 1, TEN, [INTENT], {})
    journal.fence.release()
    journal.fence.take("demo", "next", lambda: datetime.now(UTC))
    journal.orders.add_events([OrderEvent("k1", OrderState.SENT, TEN)])
    first, second = journal.orders.events(CYCLE.cycle_id)
    assert second.token == first.token + 1
    assert journal.orders.slices(CYCLE.cycle_id)[0].token == second.token


def test_writing_renews_and_a_clock_that_jumps_back_shortens_nothing(journal: Journal) -> None:
    clock = Clock()
    fence = Fence(journal.engine)
    fence.take("other", "a", clock)

    def until() -> datetime:
        with journal.engine.connect() as connection:
            return connection.execute(select(leases.c.expires_at).where(leases.c.book == "other")).scalar_one()

    clock.now = NOON + timedelta(seconds=40)
    fence.renew()
    assert until() == NOON + timedelta(seconds=40) + TTL
    clock.now = NOON - timedelta(hours=1)
    fence.renew()
    assert until() == NOON + timedelta(seconds=40) + TTL


def test_releasing_a_lost_lease_leaves_the_newer_one_alone(journal: Journal) -> None:
    older, newer = Fence(journal.engine), Fence(journal.engine)
    older.take("other", "a", Clock())
    newer.take("other", "b", Clock(NOON + TTL))
    older.release()
    newer.require()


def test_of_many_that_ask_at_once_one_gets_the_lease(journal: Journal) -> None:
    got: list[int] = []
    start = threading.Barrier(6)

    def ask(name: str) -> None:
        start.wait()
        try:
            got.append(Fence(journal.engine).take("other", name, Clock()).token)
        except LeaseHeldError:
            return

    threads = [threading.Thread(target=ask, args=(f"p{i}",)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [1]


def test_a_heartbeat_renews_until_it_is_told_to_stop(journal: Journal) -> None:
    clock, renewed = Clock(), threading.Event()
    fence = Fence(journal.engine)
    fence.take("other", "a", clock)
    renew = fence.renew

    def noted() -> None:
        renew()
        renewed.set()

    fence.renew = noted  # type: ignore[method-assign]
    clock.now = NOON + timedelta(seconds=30)
    with beating(fence, every_s=0.01):
        assert renewed.wait(60)
    with journal.engine.connect() as connection:
        query = select(leases.c.expires_at).where(leases.c.book == "other")
        assert connection.execute(query).scalar_one() == NOON + timedelta(seconds=30) + TTL


def test_a_holder_is_dead_only_when_its_process_is_gone() -> None:
    """A process number that a later process got does not keep the lease of the earlier one alive."""
    assert not is_dead(this_process())
    host, pid, start, table = this_process().split(":")
    assert is_dead(f"{host}:{pid}:{int(start) - 1}:{table}")
    ended = subprocess.Popen([sys.executable, "-c", ""])
    name = f"{host}:{ended.pid}:1:{table}"
    ended.wait()
    assert is_dead(name)
    assert not is_dead(f"elsewhere:{ended.pid}:1:{table}")
    assert not is_dead(f"{host}:{ended.pid}:1:another container's"), "the same host name, another process table"
    assert not is_dead("a person")
    assert os.getpid() == int(pid)


def test_a_lease_row_cannot_be_made_older(journal: Journal) -> None:
    """Even by hand: the log of holders is append-only, so a token given twice would show."""
    with pytest.raises(Exception, match="append-only"), journal.engine.begin() as connection:
        connection.execute(text("UPDATE lease_log SET token = 0"))
