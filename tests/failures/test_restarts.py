"""Connections that break and programs that die: what happened meanwhile is recovered before anything else is sent."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tasks.brokers.simulated.faults.incidents import Incidents
from tasks.errors import BrokerError, LeaseHeldError, LeaseLostError, SteelyardError
from tasks.execution.confirm import collect_again
from tasks.execution.step import recover
from tasks.journal.lease_owners import is_dead, this_process
from tests.failures.session import Called, Session, buy, sell, session, some
from tests.simulation.life import work
from tests.simulation.points import Point, Points
from tests.unit.brokers.simulated.simulated_world import broker, flat_week, opened
from tests.unit.brokers.simulated.simulated_world import buy as to_buy

OUTAGE = timedelta(minutes=20)


def test_fills_made_while_disconnected_are_recovered_before_the_next_order(tmp_path: Path) -> None:
    """Fills that came during an outage were dropped for good (Lean.Brokerages.InteractiveBrokers 249)."""
    s = session(
        tmp_path,
        buy("AAA", some("AAA")),
        sell("BBB", some("BBB")),
        faults=({"kind": "disconnect", "call": "place", "nth": 4, "seconds": OUTAGE.seconds},),
    )
    missed: list[str] = []
    s.onlookers.append(lambda call: missed.extend(_not_in_the_journal(s, call)))
    while "ask again" in (ending := s.run()):
        assert len(s.calls) < 5_000
    assert ending == "done"
    began = s.asked("submit")[3].at
    during = [row for row in s.executions_there().values() if began < _at(row) < began + OUTAGE]
    assert during, "an order of the same wave was filled while nobody could be asked"
    assert len(s.asked("submit")) > 4
    assert missed == []
    assert s.wrongs() == []


def _at(row: dict[str, str]) -> datetime:
    return datetime.fromisoformat(row["at"])


def _not_in_the_journal(s: Session, call: Called) -> list[str]:
    """Executions at the exchange, older than this moment, that the journal lacks while an order goes out."""
    if call.method != "submit":
        return []
    same = [row for row in s.executions_there().values() if row["symbol"] == call.words[0].symbol]
    return [r["execution_id"] for r in same if _at(r) < call.at and r["execution_id"] not in s.fills()]


def test_an_order_left_working_by_an_earlier_run_is_cancelled_before_anything_new_is_sent(tmp_path: Path) -> None:
    """Orders of an earlier session could not be managed after a restart (nautechsystems/nautilus_trader 5057)."""
    s = _killed_with_an_order_that_waits(tmp_path)
    (left,) = s.exchange.working()
    s.exchange.advance(s.exchange.now() + timedelta(minutes=25))
    s.run("the next run")
    calls = [(c.method, c.key) for c in s.calls if c.run == "the next run" and c.method in ("submit", "cancel")]
    assert calls[0] == ("cancel", left.key)
    assert s.last_states()[left.key] == "cancelled"
    assert s.wrongs() == []


def test_an_order_left_working_is_adopted_while_its_wave_still_runs(tmp_path: Path) -> None:
    """The same failure: what is still right is neither cancelled nor sent a second time."""
    s = _killed_with_an_order_that_waits(tmp_path)
    (left,) = s.exchange.working()
    with s.begun("the next run") as desk:
        assert "1 order of earlier runs looked up" in recover.fn(desk)
    assert [c.method for c in s.calls if c.run == "the next run" and c.method in ("submit", "cancel")] == []
    assert [order.key for order in s.exchange.working()] == [left.key]
    assert s.last_states()[left.key] == "accepted"


def _killed_with_an_order_that_waits(folder: Path) -> Session:
    s = session(folder, buy("AAA", some("AAA", 8)), child_order="limit", limit_offset_bps=-100)
    assert s.run("the first run", lambda point: (point.moment, point.what) == ("after", "submit")) == "killed"
    return s


def test_a_restarted_worker_books_no_fill_twice(tmp_path: Path) -> None:
    """A worker that began again from an old baseline booked a fill twice (QuantDinger 232; hummingbot 2945, 1663)."""
    s = session(
        tmp_path,
        buy("AAA", some("AAA")),
        sell("BBB", some("BBB")),
        faults=({"kind": "duplicated_executions", "times": None},),
    )
    number = 0
    for number in range(1, 40):
        s.run(f"run {number}", _dies_after_reading_fills(number))
        if s.rows("SELECT step FROM steps WHERE step = 'reconcile'"):
            break
    assert number > 5, "it was killed and begun again many times"
    assert len(s.fills()) == len(s.executions_there())
    assert s.breaks() == []
    assert s.wrongs() == []


def _dies_after_reading_fills(number: int) -> Callable[[Point], bool]:
    """At the first commit after the n-th list of executions: sometimes before the fills are kept, sometimes after."""
    lists = 0

    def at(point: Point) -> bool:
        nonlocal lists
        lists += (point.moment, point.what) == ("after", "executions")
        return lists >= number and point.what == "commit" and point.moment == ("before", "after")[number % 2]

    return at


@pytest.mark.parametrize("kind", ["late_executions", "partial_then_silence"])
def test_fills_that_no_message_announced_are_found_by_asking(tmp_path: Path, kind: str) -> None:
    """14 of 18 fills were missing although the stream was alive (Lean.Brokerages.TradeStation 95).

    Nothing here waits for a message: executions are asked for before each decision, and after the close.
    """
    fault = {"kind": kind, "call": "place", "times": None, "seconds": 900}
    s = session(tmp_path, buy("AAA", some("AAA")), sell("BBB", some("BBB")), buy("CCC", some("CCC")), faults=(fault,))
    s.run()
    s.exchange.advance(s.exchange.now() + timedelta(minutes=20))
    if not s.rows("SELECT step FROM steps WHERE step = 'reconcile'"):
        assert s.run("the next run") == "done"
    with s.begun("the end of the day") as desk:
        collect_again.fn(desk)
    assert len(s.executions_there()) >= 3
    assert s.wrongs() == []


def test_a_wave_decided_by_an_earlier_run_is_not_sent_into_a_position_that_has_moved_since(tmp_path: Path) -> None:
    """A restart that trusts its own old decision sells what is gone (Lean.Brokerages.InteractiveBrokers 156, again)."""
    s = session(tmp_path, sell("AAA", some("AAA"), held=some("AAA")), buy("BBB", some("BBB")))
    assert s.run("the first run", lambda _: _is_decided(s, 2)) == "killed"
    assert s.asked("submit", "-AAA-S002") == []
    Incidents(s.exchange).liquidate(lambda symbol, _key: symbol == "AAA", Decimal(1))
    assert s.position_there("AAA") == 0
    s.run("the next run")
    assert s.asked("submit", "-AAA-S002") == []
    assert len(s.asked("submit", "-BBB-B002")) == 1
    assert s.position_there("AAA") == 0
    assert {row["cause"] for row in s.breaks() if row["symbol"] == "AAA"} == {"broker_liquidation"}


def _is_decided(s: Session, wave: int) -> bool:
    return bool(s.rows(f"SELECT key FROM slices WHERE wave = {wave}"))


# --- two processes ---


def test_one_session_run_by_two_processes_is_worked_by_one_of_them(tmp_path: Path) -> None:
    """One flow run was executed by two pods at once (PrefectHQ/prefect 12509; 9824 and 12279 on its approval).

    Two real processes and the real lease: the second one sends nothing and says who has the book.
    """
    s = session(tmp_path, buy("AAA", some("AAA")), sell("BBB", some("BBB")))
    first = _Process(lambda turn: _works(s, lambda point: _stands_still(point, turn)))
    first.comes_to_its_turn()
    second = _Process(lambda _turn: _works(s))
    assert second.ended().startswith(LeaseHeldError.__name__)
    first.goes_on()
    assert first.ended() == "done"
    assert len(s.orders_there()) == 8
    assert s.wrongs() == []


def test_a_process_that_slept_through_its_lease_sends_nothing_when_it_wakes(tmp_path: Path) -> None:
    """The same failure when the first process only seemed dead: its lease ran out and was taken over."""
    s = session(tmp_path, buy("AAA", some("AAA")), sell("BBB", some("BBB")))
    first = _Process(lambda turn: _works(s, lambda point: _stands_still(point, turn)))
    first.comes_to_its_turn()
    s.ground.wall.jump(90)
    second = _Process(lambda _turn: _works(s))
    assert second.ended() == "done"
    orders = s.orders_there()
    first.goes_on()
    assert first.ended().startswith(LeaseLostError.__name__)
    assert s.orders_there() == orders
    assert s.wrongs() == []


def test_a_process_that_slept_before_it_had_connected_sends_nothing_when_it_wakes(tmp_path: Path) -> None:
    """The same failure at a broker that knows connections instead of keys: to wake up late must not take it over."""
    source = flat_week("AAA")
    opened(tmp_path, source, unique_keys=False)
    older, newer = (broker(tmp_path, source, unique_keys=False) for _ in range(2))
    newer.connect()
    newer.submit(to_buy("k1", 10))
    with pytest.raises(BrokerError, match="not connected"):
        older.submit(to_buy("k1", 10))
    assert [order.key for order in newer.truth().orders] == ["k1"]


def _works(s: Session, fate: Callable[[Point], None] = lambda _: None) -> str:
    try:
        with s.opened(Points(fate), this_process(), is_dead) as desk:
            work(desk)
    except SteelyardError as stop:
        return f"{type(stop).__name__}: {stop}"
    return "done"


def _stands_still(point: Point, turn: Callable[[], None]) -> None:
    """In the middle of the second wave, its orders on record and none of them sent."""
    if (point.step, point.moment, point.what, point.ordinal) == ("wave 02", "after", "commit", 3):
        turn()


class _Process:
    """A forked process; it may stop at a point of its own choosing until it is told to go on."""

    def __init__(self, life: Callable[[Callable[[], None]], str]) -> None:
        self._said, says = os.pipe()
        hears, self._tells = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self._said)
            os.close(self._tells)

            def turn() -> None:
                os.write(says, b"*")
                os.read(hears, 1)

            try:
                os.write(says, life(turn).encode())
            finally:
                os._exit(0)
        os.close(says)
        os.close(hears)

    def comes_to_its_turn(self) -> None:
        assert os.read(self._said, 1) == b"*"

    def goes_on(self) -> None:
        os.write(self._tells, b"*")

    def ended(self) -> str:
        with os.fdopen(self._said, "rb") as pipe:
            told = pipe.read().decode()
        os.waitpid(self._pid, 0)
        os.close(self._tells)
        return told
