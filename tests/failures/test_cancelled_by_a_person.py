"""A person cancels a run whose process died in the middle of its messages: what may still fill comes off the broker."""

from datetime import timedelta
from pathlib import Path

import pytest

from tasks.errors import SessionCancelledError
from tasks.execution.cancel_session import cancelled_by, obey_cancel, take_off, take_off_left
from tasks.execution.step import recover
from tests.failures.session import Session, buy, sell, session, some
from tests.simulation.points import Point

SHORT = timedelta(seconds=3)


def dies_in_mid_wave(folder: Path, moment: str, **facts: object) -> Session:
    """Three orders that wait for their price; the process ends `before` or `after` its second call got through."""
    trades = (buy("AAA", some("AAA", 8)), buy("BBB", some("BBB", 8)), buy("CCC", some("CCC", 8)))
    s = session(folder, *trades, child_order="limit", limit_offset_bps=-100, **facts)  # type: ignore[arg-type]
    calls = 0

    def second_call(point: Point) -> bool:
        nonlocal calls
        calls += (point.moment, point.what) == (moment, "submit")
        return calls >= 2

    assert s.run("the first run", second_call) == "killed"
    return s


@pytest.mark.parametrize(("moment", "reached"), [("before", 1), ("after", 2)])
@pytest.mark.parametrize("unique_keys", [True, False], ids=["keys are unique", "keys are labels"])
def test_orders_that_had_no_answer_yet_are_looked_for_and_never_sent(
    tmp_path: Path, moment: str, reached: int, unique_keys: bool
) -> None:
    """On record all three say `sent`; only what shows at the broker is cancelled, and nothing goes out again."""
    s = dies_in_mid_wave(tmp_path, moment, unique_keys=unique_keys)
    assert len(s.exchange.working()) == reached
    assert set(s.last_states().values()) == {"sent"}
    with s.begun("the hook") as desk:
        found = take_off(desk)
    assert not s.exchange.working()
    unseen = 3 - reached  # absent at once proves something only where the broker knows keys
    assert (found.cancelled, found.filled) == (reached, 0)
    assert (found.never_arrived, len(found.left)) == ((unseen, 0) if unique_keys else (0, unseen))
    assert [call for call in s.asked("submit") if call.run == "the hook"] == []
    assert len(s.orders_there()) == reached
    assert s.wrongs() == []


def test_an_order_that_arrives_after_the_cancel_is_cancelled_when_it_shows(tmp_path: Path) -> None:
    late = {"kind": "delayed", "call": "place", "nth": 2, "seconds": SHORT.seconds}
    s = dies_in_mid_wave(tmp_path, "after", faults=(late,))
    assert len(s.exchange.working()) == 1
    with s.begun("the hook") as desk:
        found = take_off(desk)
    assert not s.exchange.working()
    assert (found.cancelled, len(found.left)) == (2, 1), "the third had not been sent, and nobody knows it yet"
    assert "1 are not known to be over" in found.sentence
    assert len(s.orders_there()) == 2


def test_an_order_that_no_look_showed_is_taken_off_by_the_next_reconciliation(tmp_path: Path) -> None:
    """It arrives when the hook has given up looking; the word on record is enough for whoever looks next."""
    late = {"kind": "delayed", "call": "place", "nth": 2, "seconds": 55}
    s = dies_in_mid_wave(tmp_path, "after", faults=(late,))
    with s.begun("the hook") as desk:
        desk.journal.cancellations.record(cancelled_by(desk.cycle, "Ada Byron", "a rumour", desk.clock()))
        assert len(take_off(desk).left) == 2
    s.exchange.advance(s.exchange.now() + timedelta(minutes=2))
    with s.begun("the reconciliation") as desk:
        take_off_left(desk)
    assert not s.exchange.working()
    assert [call for call in s.asked("submit") if call.run != "the first run"] == []


def test_fills_made_before_the_cancel_are_counted_and_stand(tmp_path: Path) -> None:
    s = session(tmp_path, sell("AAA", some("AAA")), buy("BBB", some("BBB")))
    assert s.run("the first run", lambda p: (p.moment, p.what, p.ordinal) == ("after", "submit", 2)) == "killed"
    s.exchange.advance(s.exchange.now() + timedelta(minutes=10))
    assert s.executions_there()
    with s.begun("the hook") as desk:
        found = take_off(desk)
    assert found.filled == 2
    assert s.fills().keys() == s.executions_there().keys()
    assert s.wrongs() == []


def test_a_cancelled_session_is_not_adopted_and_stops_at_its_next_run(tmp_path: Path) -> None:
    """Its wave still runs; without the word on record its orders would work on as if nothing had happened."""
    s = dies_in_mid_wave(tmp_path, "after")
    with s.begun("the next run") as desk:
        desk.journal.cancellations.record(cancelled_by(desk.cycle, "Ada Byron", "a rumour", desk.clock()))
        recover.fn(desk)
        assert not s.exchange.working()
        with pytest.raises(SessionCancelledError, match=r"by Ada Byron: a rumour\. 2 working orders cancelled"):
            obey_cancel(desk)
    assert [call for call in s.asked("submit") if call.run == "the next run"] == []


def test_orders_that_another_process_took_off_are_counted_by_whoever_is_asked_next(tmp_path: Path) -> None:
    """Suspended, then cancelled: the run took its orders off and had no time to say so; its watch finds none open."""
    s = dies_in_mid_wave(tmp_path, "after", unique_keys=True)
    with s.begun("the run") as desk:
        desk.journal.cancellations.record(cancelled_by(desk.cycle, "Ada Byron", "a rumour", desk.clock()))
        assert take_off(desk).cancelled == 2
    with s.begun("the watch") as desk:
        found = take_off(desk)
    assert (found.cancelled, found.filled, found.never_arrived, found.left) == (2, 0, 1, ())
    assert found.sentence.startswith("2 working orders cancelled at the broker")


def test_an_order_that_was_over_before_the_session_was_cancelled_is_not_counted(tmp_path: Path) -> None:
    s = dies_in_mid_wave(tmp_path, "after", unique_keys=True)
    with s.begun("the next run") as desk:
        take_off(desk)
        desk.journal.cancellations.record(cancelled_by(desk.cycle, "Ada Byron", "a rumour", desk.clock()))
        assert take_off(desk).sentence == "0 working orders cancelled at the broker"
