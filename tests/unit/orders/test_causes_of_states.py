"""What an order's state rests on is a value: a broker's words never decide anything."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tasks.execution.standing_refusals import stood_down
from tasks.journal.causes import cause_read
from tasks.model.order_records import Resolution
from tasks.model.orders import Cause, OrderState
from tasks.orders.collect import collect, slices_of
from tasks.orders.submit import send_fresh
from tasks.orders.unknown_orders import is_proven_dead, resolve
from tests.unit.execution.morning_desk import morning, order, run
from tests.unit.execution.paper_desk import CYCLE, NOON, PaperBroker, desk_of, states

HOURS = timedelta(hours=3)


def test_a_refusal_in_the_words_of_our_own_proof_is_a_refusal(tmp_path: Path) -> None:
    broker = PaperBroker(refused={"k1"}, words="never arrived at the exchange; withheld")
    desk = desk_of(tmp_path, broker, keys=("k1",))
    send_fresh(desk, slices_of(desk))
    (piece,) = slices_of(desk)
    assert (piece.state, piece.cause) == (OrderState.REJECTED, Cause.REFUSED)
    assert not is_proven_dead(piece)


def test_an_order_in_doubt_is_neither_buried_nor_sent_under_a_new_key_and_the_ticket_has_the_words(
    tmp_path: Path,
) -> None:
    """No complete answer has it, for hours: where the broker has named it, that is no proof."""
    broker = PaperBroker(doubted={"k1"}, unique=False, words="777: Some order thing")
    desk = desk_of(tmp_path, broker, keys=("k1",))
    send_fresh(desk, slices_of(desk))
    for _ in range(3):
        broker.clock += HOURS
        resolve(desk)
    (piece,) = slices_of(desk)
    assert (piece.state, piece.cause) == (OrderState.UNKNOWN, Cause.IN_DOUBT)
    assert broker.calls.count("submit k1") == 1
    (ticket,) = desk.journal.orders.tickets("demo")
    assert "777: Some order thing" in ticket.sentence
    said = Resolution("k1", "dead", "Ada", "TWS shows it as refused", NOON)
    desk.journal.orders.record_resolution(said)
    resolve(desk)
    assert states(desk) == [OrderState.REJECTED]
    assert slices_of(desk)[0].cause is Cause.PERSON


def test_a_warning_that_comes_after_acceptance_is_on_record_at_the_next_look_and_once(tmp_path: Path) -> None:
    """Not only with the order's next change of state: that may be hours away."""
    broker = PaperBroker()
    desk = desk_of(tmp_path, broker, keys=("k1",))
    send_fresh(desk, slices_of(desk))
    broker.book = [replace(order, reason="399: will not be placed before the open") for order in broker.book]
    for _ in range(3):
        collect(desk)
    (piece,) = slices_of(desk)
    assert (piece.state, piece.reason) == (OrderState.ACCEPTED, "399: will not be placed before the open")
    said = [event for event in desk.journal.orders.events(CYCLE) if event.state is OrderState.ACCEPTED]
    assert [event.reason for event in said] == ["", "399: will not be placed before the open"]


def test_a_symbol_refused_for_a_reason_that_lasts_gets_no_further_order_in_the_session(tmp_path: Path) -> None:
    broker = PaperBroker(barred={"AAPL"}, words="460: No trading permissions")
    desk = morning(tmp_path, broker, order(), order("MSFT"))
    run(desk, 0, 1, 2, 3)
    sent = [request.symbol for request in broker.requests]
    assert sent.count("AAPL") == 1
    assert sent.count("MSFT") == 3
    assert "460: No trading permissions" in stood_down(desk)["AAPL"]
    notes = [note for lines in desk.journal.orders.wave_notes(desk.cycle_id).values() for note in lines]
    assert [note for note in notes if "stood down for this session" in note and "460" in note]


@pytest.mark.parametrize(
    ("state", "words", "cause"),
    [
        (OrderState.REJECTED, "never arrived: two complete answers do not have it", Cause.NEVER_ARRIVED),
        (OrderState.REJECTED, "dead, says Ada: seen at the broker", Cause.PERSON),
        (OrderState.CANCELLED, "withheld: its time had passed", Cause.WITHHELD),
        (OrderState.UNKNOWN, "refused when it was sent again: no", Cause.REFUSED_AGAIN),
        (OrderState.REJECTED, "insufficient buying power", None),
        (OrderState.CANCELLED, "never arrived", None),
    ],
)
def test_a_row_of_before_there_was_a_cause_is_read_by_its_words(state: OrderState, words: str, cause: Cause) -> None:
    assert cause_read(None, state, words) is cause
    assert cause_read("told", state, words) is Cause.TOLD
