"""Unknown is a state: it is resolved by evidence, never by guessing, and by a person when evidence runs out."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tasks.context import StepContext
from tasks.model.account import HaltState
from tasks.model.halts import Halt
from tasks.model.order_records import OrderEvent, Resolution
from tasks.model.orders import OrderState
from tasks.orders.collect import cancel_working, collect, in_doubt, slices_of
from tasks.orders.submit import send_fresh
from tasks.orders.unknown_orders import (
    call_a_person,
    is_proven_dead,
    mark_sent_by_earlier_runs_unknown,
    resolve,
    resolve_soon,
    unresolved,
)
from tests.flows.worlds import commands_in, steelyard_here
from tests.unit.execution.paper_desk import CLOSE, NOON, PaperBroker, desk_of, states


def sent(folder: Path, broker: PaperBroker) -> StepContext:
    desk = desk_of(folder, broker, keys=("k1",))
    send_fresh(desk, slices_of(desk))
    broker.calls.clear()
    return desk


@pytest.mark.parametrize("unique", [True, False])
def test_a_lost_reply_is_looked_up_and_not_sent_again(tmp_path: Path, unique: bool) -> None:
    broker = PaperBroker(lost={"k1"}, unique=unique)
    desk = sent(tmp_path, broker)
    resolve(desk)
    assert states(desk) == [OrderState.ACCEPTED]
    assert not any(call.startswith("submit") for call in broker.calls)
    assert len(broker.book) == 1


def test_an_order_that_did_not_arrive_is_sent_again_under_its_own_key_where_the_broker_knows_keys(
    tmp_path: Path,
) -> None:
    broker = PaperBroker(dropped={"k1"})
    desk = sent(tmp_path, broker)
    broker.dropped.clear()
    resolve(desk)
    assert broker.calls[-2:] == ["find k1", "submit k1"]
    assert states(desk) == [OrderState.ACCEPTED]
    assert [e.state for e in desk.journal.orders.events(desk.cycle_id)][-2:] == [OrderState.SENT, OrderState.ACCEPTED]


def test_an_order_refused_when_it_is_sent_again_is_only_looked_for_from_then_on(tmp_path: Path) -> None:
    """The refusal tells nothing about the first one, and would be the same at every look."""
    broker = PaperBroker(dropped={"k1"})
    desk = sent(tmp_path, broker)
    broker.refused.add("k1")
    for _ in range(3):
        resolve(desk, may_send=True)
    assert broker.calls.count("submit k1") == 1


def test_where_the_broker_does_not_know_keys_absence_is_proof_only_after_the_quiet_time(tmp_path: Path) -> None:
    """Until then it may still be on its way; then it is dead, and it is not sent again under this key."""
    broker = PaperBroker(dropped={"k1"}, unique=False)
    desk = sent(tmp_path, broker)
    broker.clock = NOON + timedelta(seconds=59)
    resolve(desk)
    assert states(desk) == [OrderState.UNKNOWN]
    broker.clock = NOON + timedelta(seconds=60)
    resolve(desk)
    (piece,) = slices_of(desk)
    assert is_proven_dead(piece)
    assert not any(call.startswith("submit") for call in broker.calls)


def test_an_order_that_shows_up_while_its_silence_is_waited_through_is_not_dead(tmp_path: Path) -> None:
    """One complete answer lacks it; the second look, after the wait, decides."""
    broker = PaperBroker(lost={"k1"}, hidden={"k1"}, unique=False)
    desk = sent(tmp_path, broker)
    broker.clock = NOON + timedelta(seconds=60)
    waits = broker.wait_until

    def shows_up(at: datetime) -> datetime:
        broker.hidden.clear()
        return waits(at)

    broker.wait_until = shows_up  # type: ignore[method-assign]
    resolve(desk)
    assert states(desk) == [OrderState.ACCEPTED]


def test_a_broker_that_does_not_answer_proves_nothing(tmp_path: Path) -> None:
    broker = PaperBroker(dropped={"k1"}, unique=False)
    desk = sent(tmp_path, broker)
    broker.clock = NOON + timedelta(hours=1)
    broker.silent_reads = 1_000
    resolve(desk)
    assert states(desk) == [OrderState.UNKNOWN]


def test_its_executions_are_evidence_even_when_the_order_is_not_found(tmp_path: Path) -> None:
    broker = PaperBroker(lost={"k1"}, hidden={"k1"}, unique=False)
    desk = sent(tmp_path, broker)
    broker.fill("k1", 4)
    resolve(desk)
    assert states(desk) == [OrderState.PARTIALLY_FILLED]


def test_what_an_earlier_life_had_on_the_wire_is_unknown_and_keeps_its_key(tmp_path: Path) -> None:
    broker = PaperBroker(lost={"k1"})
    first = desk_of(tmp_path, broker, keys=("k1",))
    first.journal.orders.add_events([OrderEvent("k1", OrderState.SENT, NOON)])
    assert mark_sent_by_earlier_runs_unknown(first) == 0, "its own orders are not mistrusted"
    second = desk_of(tmp_path, broker, life="second")
    assert mark_sent_by_earlier_runs_unknown(second) == 1
    (piece,) = slices_of(second)
    assert (piece.request.key, piece.state) == ("k1", OrderState.UNKNOWN)
    assert "earlier life" in piece.reason


def test_while_an_order_is_unknown_nothing_moves_in_its_symbol(tmp_path: Path) -> None:
    desk = sent(tmp_path, PaperBroker(lost={"k1"}))
    assert "nobody knows yet what became of k1" in in_doubt(desk)["AAPL"]
    resolve(desk)
    cancel_working(desk)
    assert in_doubt(desk) == {}


def test_a_refused_cancel_says_nothing_so_the_order_is_looked_up_once_and_locks_its_symbol(tmp_path: Path) -> None:
    broker = PaperBroker(stubborn={"k1"})
    desk = sent(tmp_path, broker)
    cancel_working(desk)
    assert broker.calls == ["cancel k1", "find k1"]
    assert states(desk) == [OrderState.ACCEPTED]
    assert "still works" in in_doubt(desk)["AAPL"]


def test_a_fill_after_the_cancel_was_acknowledged_outranks_it(tmp_path: Path) -> None:
    broker = PaperBroker()
    desk = sent(tmp_path, broker)
    cancel_working(desk)
    broker.fill("k1", 10)
    assert collect(desk) == 1
    assert states(desk) == [OrderState.FILLED]


def test_a_filled_order_whose_executions_are_not_told_yet_locks_its_symbol(tmp_path: Path) -> None:
    broker = PaperBroker()
    desk = sent(tmp_path, broker)
    broker.become("k1", OrderState.FILLED)
    collect(desk)
    assert "executions show 0 yet" in in_doubt(desk)["AAPL"]
    broker.fill("k1", 10)
    collect(desk)
    assert in_doubt(desk) == {}


def test_an_execution_of_a_key_that_is_not_ours_is_nobodys_fill(tmp_path: Path) -> None:
    broker = PaperBroker()
    desk = sent(tmp_path, broker)
    broker.fill("k1", 5)
    broker.fill("k1", 5, "x2")
    broker.fills[1] = broker.fills[1].__class__(**{**_fields(broker.fills[1]), "key": "somebody"})
    assert collect(desk) == 1


def test_after_the_deadline_a_person_is_called_once(tmp_path: Path) -> None:
    broker = PaperBroker(lost={"k1"}, hidden={"k1"}, unique=False)
    desk = sent(tmp_path, broker)
    broker.silent_reads = 10_000
    broker.clock = NOON + timedelta(minutes=10)
    resolve(desk)  # asks with patience, for two minutes
    assert desk.journal.orders.tickets("demo") == ()
    broker.clock = NOON + timedelta(minutes=15)
    resolve(desk)
    resolve(desk)
    assert len(desk.journal.orders.tickets("demo")) == 1


@pytest.mark.parametrize(("said", "state"), [("dead", OrderState.REJECTED), ("alive", OrderState.ACCEPTED)])
def test_a_persons_word_counts_where_the_broker_is_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, state: OrderState
) -> None:
    """Typed as the ticket has it."""
    monkeypatch.setenv("STEELYARD_HOME", str(tmp_path))
    monkeypatch.delenv("STEELYARD_DATABASE_URL", raising=False)
    broker = PaperBroker(lost={"k1"}, hidden={"k1"}, unique=False)
    desk = sent(tmp_path, broker)
    call_a_person(desk, unresolved(desk))
    (ticket,) = desk.journal.orders.tickets("demo")
    [told] = commands_in(ticket.sentence)
    assert f"--as {said}" in ticket.sentence
    steelyard_here(*told, "--as", said)  # of an option that is given twice the last one counts
    resolve(desk)
    (piece,) = slices_of(desk)
    assert (piece.state, piece.reason) == (state, f"{said}, says your name: ...")


def test_the_brokers_evidence_outranks_a_person(tmp_path: Path) -> None:
    broker = PaperBroker(lost={"k1"})
    desk = sent(tmp_path, broker)
    broker.become("k1", OrderState.FILLED)
    desk.journal.orders.record_resolution(Resolution("k1", "dead", "Ada", "not seen", NOON))
    resolve(desk)
    assert states(desk) == [OrderState.FILLED]


def test_a_halt_leaves_an_unknown_order_unknown(tmp_path: Path) -> None:
    """Nothing is sent again, and nobody pretends to know that the first one did not arrive."""
    broker = PaperBroker(dropped={"k1"})
    desk = sent(tmp_path, broker)
    desk.journal.halts.record(Halt("demo", HaltState.HALTED, "Ada", "stop", {}, NOON))
    resolve(desk)
    assert states(desk) == [OrderState.UNKNOWN]
    assert not any(call.startswith("submit") for call in broker.calls)


def test_after_the_close_nothing_is_sent_again_and_absence_is_proof(tmp_path: Path) -> None:
    broker = PaperBroker(dropped={"k1"})
    desk = sent(tmp_path, broker)
    broker.clock = CLOSE
    resolve(desk)
    assert is_proven_dead(slices_of(desk)[0])
    assert not any(call.startswith("submit") for call in broker.calls)


def test_a_market_order_is_not_sent_again_outside_the_approved_price_band(tmp_path: Path) -> None:
    broker = PaperBroker(dropped={"k1"})
    desk = sent(tmp_path, broker)
    far = {s: q.__class__(s, q.at, q.bid * 2, q.ask * 2, q.last * 2) for s, q in broker.quotes(["AAPL"]).items()}
    broker.quotes = lambda _symbols: far  # type: ignore[method-assign]
    resolve(desk)
    assert not any(call.startswith("submit") for call in broker.calls)


def test_looks_are_few_and_end_with_the_wave(tmp_path: Path) -> None:
    broker = PaperBroker(lost={"k1"}, hidden={"k1"}, unique=False)
    desk = sent(tmp_path, broker)
    resolve_soon(desk, NOON + timedelta(hours=1))
    assert broker.calls.count("find k1") == 3
    assert len(unresolved(desk)) == 1
    broker.calls.clear()
    resolve_soon(desk, broker.clock + timedelta(seconds=5))
    assert broker.calls.count("find k1") == 1


def _fields(execution: object) -> dict[str, object]:
    return {name: getattr(execution, name) for name in execution.__class__.__slots__}  # type: ignore[attr-defined]
