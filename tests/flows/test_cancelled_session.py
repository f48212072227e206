"""A session that a person cancelled: its orders come off the broker, and its plan goes on only by a person's word."""

import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from flows.cancelled_session import cancel_session, has_orders_at_work, session_of
from flows.commands.resume import resume_session
from tasks.context import StepEvent
from tasks.errors import ConfigError, LeaseLostError, SessionCancelledError
from tasks.journal import open_journal
from tasks.journal.cancellations import Cancellation, SessionRun
from tasks.journal.lease_owners import this_process
from tasks.model.cycle import Cycle
from tests.flows.conftest import ROOT, small_book
from tests.flows.test_halt_and_liquidate import ADA, DAY, NOON, World, world
from tests.flows.test_on_a_server import Server
from tests.flows.worlds import assert_every_order_was_sent_once, journal_rows, orders_at_work, typed

__all__ = ["world"]
OPEN = "SELECT count(*) FROM orders WHERE is_working = 1"


def the_cycle(world: World) -> Cycle:
    journal = open_journal(Path(world.home))
    try:
        (found,) = journal.cycles.all("small")
        return found
    finally:
        journal.close()


def resume() -> dict[str, Any]:
    return resume_session("small", DAY, ADA, "it was the wrong run", as_json=True)


def test_a_cancelled_session_sends_nothing_more_until_a_person_resumes_it(world: World) -> None:
    """The run's process is gone and five orders work: as Prefect's hook meets it."""
    world.falls_over_after_wave_one()
    assert world.at_broker(OPEN) == [(5,)]
    ((run,),) = world.rows("SELECT flow_run_id FROM session_runs")
    cycle = session_of(run)
    assert cycle is not None
    assert has_orders_at_work(run)
    told = cancel_session(cycle, "a person in the UI", "Prefect run quick-fox was cancelled")
    assert "5 working orders cancelled at the broker" in told
    assert "steelyard resume small --session 2022-12-28" in told
    assert world.at_broker(OPEN) == [(0,)]
    assert not has_orders_at_work(run)
    assert world.rows("SELECT status FROM cycles") == [("cancelled",)]
    assert world.rows("SELECT said, who FROM cancellations") == [("cancelled", "a person in the UI")]
    sent = world.at_broker("SELECT key FROM orders")
    with pytest.raises(SessionCancelledError, match="was cancelled by a person in the UI: Prefect run quick-fox"):
        world.run()
    assert world.at_broker("SELECT key FROM orders") == sent
    assert world.rows("SELECT status FROM cycles") == [("cancelled",)]
    typed(told)
    with pytest.raises(ConfigError, match="is not cancelled"):
        resume()
    done = world.run()
    assert (done["status"], done["breaks"]) == ("done", 0)
    assert_every_order_was_sent_once(world.home)


def test_a_run_that_lives_obeys_a_cancel_at_its_next_look(world: World) -> None:
    """Nobody could end its process: the word on record is enough."""
    from flows.bootstrap import watcher
    from flows.rebalance import rebalance

    def hear(event: StepEvent) -> None:
        if (event.step, event.state) == ("wave 01", "done"):
            cycle, journal = the_cycle(world), open_journal(world.book.parent / "home")
            journal.cancellations.record(Cancellation(cycle.cycle_id, 1, "cancelled", ADA, "a rumour", NOON))
            journal.close()

    token = watcher.set(hear)
    try:
        with pytest.raises(SessionCancelledError, match=f"cancelled by {ADA}: a rumour. 5 working orders cancelled"):
            rebalance(book=world.book, session=DAY)
    finally:
        watcher.reset(token)
    assert world.at_broker(OPEN) == [(0,)]
    assert world.rows("SELECT status FROM cycles") == [("cancelled",)]


def test_a_run_without_a_worker_hears_cancel_by_itself(world: World, desk_home: dict[str, str]) -> None:
    """Started on the command line, cancelled in the UI: it looks when it looks at the halts."""
    from flows.bootstrap import watcher
    from flows.rebalance import rebalance

    server = Server(desk_home["PREFECT_API_URL"])

    def hear(event: StepEvent) -> None:
        if (event.step, event.state) == ("wave 01", "done"):
            ((run,),) = world.rows("SELECT flow_run_id FROM session_runs")
            server.call(f"/flow_runs/{run}/set_state", {"state": {"type": "CANCELLING"}})

    token = watcher.set(hear)
    try:
        with pytest.raises(SessionCancelledError, match=r"by a person in the UI.* 5 working orders cancelled"):
            rebalance(book=world.book, session=DAY)
    finally:
        watcher.reset(token)
    assert world.at_broker(OPEN) == [(0,)]


def test_a_session_cancelled_before_it_sent_anything_is_decided_anew(world: World) -> None:
    """What had been planned is not what is sent then: it is another plan, under another number."""
    from flows.rebalance import rebalance

    rebalance(book=world.book, session=DAY, until="plan")
    told = cancel_session(the_cycle(world), "a person in the UI", "Prefect run quick-fox was cancelled")
    assert "the next run of this session decides it anew" in told
    assert world.run()["status"] == "done"
    assert world.rows("SELECT attempt FROM cycles") == [(2,)]
    assert world.rows("SELECT DISTINCT revision FROM plans p JOIN orders o ON o.plan_hash = p.plan_hash") == [(2,)]


def test_a_cancelled_session_leaves_the_next_one_alone(world: World) -> None:
    from flows.rebalance import rebalance

    before = date(2022, 12, 27)
    rebalance(book=world.book, session=before, until="plan")
    cancel_session(the_cycle(world), "a person in the UI", "Prefect run quick-fox was cancelled")
    assert world.run()["status"] == "done"


def now() -> datetime:
    return datetime.now(UTC)


def test_a_run_that_does_not_obey_loses_its_lease_and_nobody_else_does(world: World) -> None:
    """It waits for a broker, or computes: what it does when it wakes is refused. A review, or the hook and the watch
    that end the same session, do not take the lease from each other."""
    world.falls_over_after_wave_one()
    hung, waited = open_journal(Path(world.home)), list[float]()
    hung.fence.take("small", this_process(), now)
    assert "another process works the book" in cancel_session(the_cycle(world), ADA, "a rumour", waited.append)
    hung.fence.require()
    assert world.at_broker(OPEN) == [(5,)]
    hung.cancellations.note_run(SessionRun("its run", the_cycle(world).cycle_id, hung.fence.token, now()))
    waited.clear()
    told = cancel_session(the_cycle(world), ADA, "a rumour", waited.append)
    assert "5 working orders cancelled at the broker" in told
    assert world.at_broker(OPEN) == [(0,)]
    assert waited, "it had its moment to obey"
    with pytest.raises(LeaseLostError):
        hung.fence.require()
    assert cancel_session(the_cycle(world), ADA, "a rumour", waited.append) == told, "who comes second says the same"
    assert world.rows("SELECT count(*) FROM cancellations") == [(1,)]
    hung.close()


def test_the_orders_of_a_run_that_hears_no_signal_are_taken_off_by_its_watch(
    desk_home: dict[str, str], tmp_path: Path
) -> None:
    """No worker, no hook, and a process in which nothing can run: somebody else sees that Cancel was pressed."""
    book, home = small_book(tmp_path), desk_home["STEELYARD_HOME"]
    server = Server(desk_home["PREFECT_API_URL"])
    deaf = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("hears_nothing.py"), book], env=desk_home, cwd=ROOT
    )
    try:
        server.wait_for(book.with_name("deaf").exists, bool, "a run that hears nothing")
        assert orders_at_work(home) == 5
        ((run,),) = journal_rows(home, "SELECT flow_run_id FROM session_runs")
        began = now()
        server.call(f"/flow_runs/{run}/set_state", {"state": {"type": "CANCELLING"}})
        server.wait_for(lambda: orders_at_work(home), lambda left: left == 0, "no open order at the broker")
        print(f"no open order {(now() - began).total_seconds():.1f} s after Cancel")
        assert deaf.poll() is None
        said = server.wait_for(lambda: _message(home), bool, "what became of the orders")
        assert "by a person in the UI: 5 working orders cancelled at the broker" in said
    finally:
        deaf.kill()
        deaf.wait()


def _message(home: str) -> str:
    return str(journal_rows(home, "SELECT message FROM cycles WHERE status = 'cancelled'")[:1] or "")
