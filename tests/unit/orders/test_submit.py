"""Sending: written before sent, one key one order, and a guard that is asked before every write."""

from datetime import date
from pathlib import Path

import pytest

from tasks.errors import LeaseLostError
from tasks.model.account import HaltState
from tasks.model.client_order_ids import LONGEST, slice_key
from tasks.model.halts import EVERY_BOOK, Halt
from tasks.model.orders import BrokerOrder, OrderRequest, OrderState, Side
from tasks.orders.collect import cancel_working, slices_of
from tasks.orders.submit import send_fresh, withhold
from tests.unit.execution.paper_desk import NOON, PaperBroker, desk_of, states


def test_every_intent_is_on_record_as_sent_before_the_broker_hears_of_it(tmp_path: Path) -> None:
    broker = PaperBroker()
    desk = desk_of(tmp_path, broker)
    broker.journal = desk.journal
    send_fresh(desk, slices_of(desk))
    assert list(broker.journal_at_send.items()) == [(key, OrderState.SENT) for key in ("k1", "k2", "k3")]
    assert states(desk) == [OrderState.ACCEPTED] * 3


def test_only_what_was_certainly_never_sent_is_sent(tmp_path: Path) -> None:
    """An order without an answer is for the resolver, whatever state it was left in."""
    broker = PaperBroker(lost={"k2"}, dropped={"k3"})
    desk = desk_of(tmp_path, broker)
    assert send_fresh(desk, slices_of(desk)).unknown == ("k2", "k3")
    assert states(desk) == [OrderState.ACCEPTED, OrderState.UNKNOWN, OrderState.UNKNOWN]
    assert send_fresh(desk, slices_of(desk)).unknown == ()
    assert broker.calls == ["submit k1", "submit k2", "submit k3"]


def test_a_refusal_is_final_and_the_others_go_on(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, PaperBroker(refused={"k1"}))
    assert send_fresh(desk, slices_of(desk)).refusals == ("AAPL: not taken, not today",)
    assert states(desk) == [OrderState.REJECTED, OrderState.ACCEPTED, OrderState.ACCEPTED]


def test_answers_are_kept_when_the_process_stops_halfway(tmp_path: Path) -> None:
    class Dying(PaperBroker):
        def submit(self, request: OrderRequest) -> BrokerOrder:
            if request.key == "k3":
                raise KeyboardInterrupt
            return super().submit(request)

    desk = desk_of(tmp_path, Dying())
    with pytest.raises(KeyboardInterrupt):
        send_fresh(desk, slices_of(desk))
    assert states(desk) == [OrderState.ACCEPTED, OrderState.ACCEPTED, OrderState.SENT]


def test_cancelling_records_what_each_order_became(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, PaperBroker())
    send_fresh(desk, slices_of(desk))
    cancel_working(desk)
    assert states(desk) == [OrderState.CANCELLED] * 3


@pytest.mark.parametrize("scope", ["demo", EVERY_BOOK])
def test_a_halt_that_comes_between_two_orders_stops_the_second(tmp_path: Path, scope: str) -> None:
    """The halt is read before every single write, not once a wave; what was withheld ends as never sent."""
    broker = PaperBroker()
    desk = desk_of(tmp_path, broker)
    halt = Halt(scope, HaltState.HALTED, "Ada", "looks wrong", {}, NOON)
    submit = broker.submit

    def then_halt(request: OrderRequest) -> BrokerOrder:
        order = submit(request)
        desk.journal.halts.record(halt)
        return order

    broker.submit = then_halt  # type: ignore[method-assign]
    sent = send_fresh(desk, slices_of(desk))
    assert broker.calls == ["submit k1"]
    assert states(desk) == [OrderState.ACCEPTED, OrderState.CANCELLED, OrderState.CANCELLED]
    assert all("halted" in refusal for refusal in sent.refusals)


def test_while_reducing_only_what_brings_a_position_nearer_to_zero_is_sent(tmp_path: Path) -> None:
    broker = PaperBroker()
    desk = desk_of(tmp_path, broker)
    desk.journal.halts.record(Halt("demo", HaltState.REDUCING, "Ada", "careful", {}, NOON))
    send_fresh(desk, slices_of(desk))
    assert broker.calls == [], "buying into a flat position enlarges it"


def test_a_process_that_lost_its_lease_neither_sends_nor_cancels(tmp_path: Path) -> None:
    broker = PaperBroker()
    older = desk_of(tmp_path, broker)
    send_fresh(older, slices_of(older)[:1])
    desk_of(tmp_path, broker, life="second")
    with pytest.raises(LeaseLostError):
        older.broker.submit(slices_of(older)[1].request)
    with pytest.raises(LeaseLostError):
        older.broker.cancel("k1")
    with pytest.raises(LeaseLostError):
        send_fresh(older, slices_of(older))
    assert broker.calls == ["submit k1"]


def test_what_is_withheld_was_never_sent_and_says_why(tmp_path: Path) -> None:
    broker = PaperBroker()
    desk = desk_of(tmp_path, broker)
    withhold(desk, slices_of(desk), "its time had passed")
    assert {(p.state, p.reason) for p in slices_of(desk)} == {(OrderState.CANCELLED, "withheld: its time had passed")}
    assert broker.calls == []


def test_a_key_is_a_pure_function_that_fits_every_broker() -> None:
    """Forty characters, equal for equal decisions, different in every part."""
    whole = ("a-book-with-20-chars", date(2022, 12, 28), 1, "LONGSYMBOL.X", Side.SELL, 389, 0)
    assert slice_key(*whole) == slice_key(*whole)
    assert len(slice_key(*whole)) <= LONGEST
    others = [
        ("b-book-with-20-chars", *whole[1:]),
        (whole[0], date(2022, 12, 29), *whole[2:]),
        (*whole[:2], 2, *whole[3:]),
        (*whole[:3], "LONGSYMBOL.Y", *whole[4:]),
        (*whole[:4], Side.BUY, *whole[5:]),
        (*whole[:5], 388, 0),
        (*whole[:6], 1),
    ]
    assert len({slice_key(*whole), *(slice_key(*other) for other in others)}) == 1 + len(others)  # type: ignore[arg-type]
