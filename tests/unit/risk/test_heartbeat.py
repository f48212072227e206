"""A book that nobody watches any more sends nothing more: not in the next wave, and not in the next slice."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tasks.book.heartbeat import HeartbeatSettings
from tasks.brokers.guard import GuardedBroker
from tasks.errors import HaltedError
from tasks.execution.wave import obey_halt
from tasks.heartbeats import Giver, beat, last_beat, silence_s
from tasks.model.account import HaltState
from tasks.model.desk_event import DeskEvent
from tasks.model.halts import Halt
from tasks.model.orders import OrderRequest, OrderType, Side, TimeInForce
from tasks.orders.send_permission import RecordedPermission
from tasks.risk.heartbeat import DeadMansSwitch
from tests.unit.risk.risk_desk import NOON, Room, room

MINUTE = timedelta(minutes=1)


class Watch:
    """The wall clock of the test."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at

    def goes_on(self, by: timedelta) -> None:
        self.at += by


def watched(folder: Path, **settings: object) -> tuple[Room, Watch, list[DeskEvent]]:
    """A book that trades only while its operator says something every ten minutes."""
    heard: list[DeskEvent] = []

    def hear(events: Sequence[DeskEvent]) -> None:
        heard.extend(events)

    made, watch = room(folder), Watch()
    given = HeartbeatSettings.model_validate({"max_silence_s": 600, **settings})
    made.desk.book.risk = made.desk.book.risk.model_copy(update={"heartbeat": given})  # type: ignore[misc]
    desk = replace(made.desk, clock=watch, announce=hear)
    return replace(made, desk=desk), watch, heard


def test_between_two_slices_the_second_is_not_sent_when_the_operator_falls_silent(tmp_path: Path) -> None:
    at, watch, heard = watched(tmp_path)
    sent: list[str] = []

    class Paper:
        def submit(self, request: OrderRequest) -> None:
            sent.append(request.key)

    permission = RecordedPermission(at.desk.journal, "demo", DeadMansSwitch(at.desk).check)
    broker = GuardedBroker(Paper(), permission, patience=())  # type: ignore[arg-type]
    beat(tmp_path, Giver.OPERATOR, "Ada Byron", watch.at)
    watch.goes_on(10 * MINUTE)
    broker.submit(order("k1"))
    watch.goes_on(timedelta(seconds=1))
    for key in ("k2", "k3"):
        with pytest.raises(HaltedError, match="the book is halted"):
            broker.submit(order(key))
    assert sent == ["k1"]
    (halt,) = at.desk.journal.halts.history("demo")
    assert (halt.who, halt.figures["measured"], halt.figures["limit"]) == ("breaker heartbeat", 601, 600)
    assert [event.name for event in heard] == ["breaker.tripped"]
    assert halt.why.startswith(
        "its operator gave no sign of life for 601 s, the limit is 600 s; `steelyard heartbeat --who"
    )


def order(key: str) -> OrderRequest:
    return OrderRequest(key, "main", "AAPL", Side.BUY, 10, OrderType.MARKET, TimeInForce.DAY)  # type: ignore[arg-type]


def test_while_a_wave_is_waited_for_the_silence_ends_the_session(tmp_path: Path) -> None:
    at, watch, _ = watched(tmp_path)
    at.ticker.name, at.ticker.executions = "paper", lambda _session: ()  # type: ignore[attr-defined]
    beat(tmp_path, Giver.OPERATOR, "Ada Byron", watch.at)
    obey_halt(at.desk)
    watch.goes_on(11 * MINUTE)
    with pytest.raises(HaltedError, match="halted by breaker heartbeat: its operator gave no sign of life for 660 s"):
        obey_halt(at.desk)


def test_a_halt_for_silence_stays_until_a_person_resumes_and_comes_again_with_the_silence(tmp_path: Path) -> None:
    at, watch, _ = watched(tmp_path)
    DeadMansSwitch(at.desk).check()
    beat(tmp_path, Giver.OPERATOR, "Ada Byron", watch.at)
    DeadMansSwitch(at.desk).check()
    assert at.desk.journal.halts.state("demo") is HaltState.HALTED, "whoever comes back says so by name"
    at.desk.journal.halts.record(Halt("demo", HaltState.NORMAL, "Ada Byron", "I am here", {}, watch.at))
    DeadMansSwitch(at.desk).check()
    assert at.desk.journal.halts.state("demo") is HaltState.NORMAL
    watch.goes_on(11 * MINUTE)
    DeadMansSwitch(at.desk).check()
    assert [halt.state for halt in at.desk.journal.halts.history("demo")] == ["halted", "normal", "halted"]


def test_a_sign_of_life_that_was_never_given_is_missed_too(tmp_path: Path) -> None:
    at, _, heard = watched(tmp_path, of="desk", then="reducing")
    DeadMansSwitch(at.desk).check()
    assert "its desk has never given a sign of life" in heard[0].sentence
    assert at.desk.journal.halts.state("demo") is HaltState.REDUCING


def test_without_the_setting_nobody_is_missed(tmp_path: Path) -> None:
    at, _, heard = watched(tmp_path, max_silence_s=None)
    DeadMansSwitch(at.desk).check()
    assert (heard, at.desk.journal.halts.history("demo")) == ([], ())


def test_a_liquidation_goes_on_and_only_reduces(tmp_path: Path) -> None:
    at, _, _ = watched(tmp_path)
    DeadMansSwitch(at.as_liquidation().desk).check()
    assert at.desk.journal.halts.state("demo") is HaltState.REDUCING


def test_the_newest_sign_of_life_counts_and_half_a_file_is_none(tmp_path: Path) -> None:
    for minute in (0, 5):
        beat(tmp_path, Giver.DESK, "host:1", NOON + minute * MINUTE)
    assert silence_s(tmp_path, Giver.DESK, NOON + 6 * MINUTE) == 60
    assert silence_s(tmp_path, Giver.DESK, NOON) == 0, "a clock that jumped back misses nobody"
    (tmp_path / "heartbeats" / "desk").write_text('{"who": "ho')
    assert last_beat(tmp_path, Giver.DESK) is None
    assert silence_s(tmp_path, Giver.DESK, datetime.now(UTC)) > 600
