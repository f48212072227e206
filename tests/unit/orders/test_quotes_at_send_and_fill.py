"""Quotes go on record with what is sent and filled: one question for all, and no order waits for the answer."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from tasks.brokers.guard import GuardedBroker
from tasks.context import StepContext
from tasks.errors import BrokerError
from tasks.model.market import Quote
from tasks.model.orders import OrderState
from tasks.model.quotes_seen import GOOD_FOR, AskedQuotes, Moment, QuoteSeen
from tasks.orders.collect import collect, slices_of
from tasks.orders.quotes_seen import quotes_to_send
from tasks.orders.send_permission import RecordedPermission
from tasks.orders.submit import send_fresh
from tasks.ports.quotes_now import quotes_now
from tests.unit.execution.paper_desk import PaperBroker, desk_of, states


class Asked(PaperBroker):
    """Counts the questions for quotes; does not answer them while `silent`."""

    silent = False
    questions = 0

    def quotes(self, symbols: Sequence[str]) -> dict[str, Quote]:
        self.questions += 1
        if self.silent:
            raise BrokerError("no answer")
        return super().quotes(symbols)


def on_record(desk: StepContext, moment: Moment) -> list[QuoteSeen]:
    return [one for one in desk.journal.quotes.of(desk.cycle_id) if one.moment is moment]


def test_every_order_that_is_sent_has_its_quote_and_all_are_asked_for_once(tmp_path: Path) -> None:
    broker = Asked()
    desk = desk_of(tmp_path, broker)
    send_fresh(desk, slices_of(desk))
    assert [one.key for one in on_record(desk, Moment.SENT)] == ["k1", "k2", "k3"]
    assert broker.questions == 1


def test_without_an_answer_all_orders_go_out_and_no_quote_is_on_record(tmp_path: Path) -> None:
    broker = Asked()
    broker.silent = True
    desk = desk_of(tmp_path, broker)
    send_fresh(desk, slices_of(desk))
    assert states(desk) == [OrderState.ACCEPTED] * 3
    assert (on_record(desk, Moment.SENT), broker.questions) == ([], 1)


def test_behind_the_guard_the_question_is_put_once_and_nothing_waits(tmp_path: Path) -> None:
    broker = Asked()
    broker.silent = True
    desk = desk_of(tmp_path, broker)
    before = broker.clock
    guarded = GuardedBroker(broker, RecordedPermission(desk.journal, desk.book.book))
    assert quotes_now(guarded, ["AAPL"]) is None
    assert (broker.questions, broker.clock) == (1, before)


def test_the_quotes_of_the_decision_stand_while_they_are_fresh_and_are_asked_for_anew_after(tmp_path: Path) -> None:
    broker = Asked()
    desk = desk_of(tmp_path, broker)
    intents = slices_of(desk)
    fresh = decided(broker, GOOD_FOR)
    assert {one.bid for one in quotes_to_send(desk, intents, fresh)} == {Decimal(99)}
    assert broker.questions == 0
    old = decided(broker, GOOD_FOR + timedelta(seconds=1))
    assert {one.bid for one in quotes_to_send(desk, intents, old)} == {Decimal(130)}
    assert broker.questions == 1


def test_where_nobody_answers_the_old_ones_stand_with_their_own_time(tmp_path: Path) -> None:
    broker = Asked()
    broker.silent = True
    desk = desk_of(tmp_path, broker)
    old = decided(broker, timedelta(minutes=3))
    assert {one.asked_at for one in quotes_to_send(desk, slices_of(desk), old)} == {broker.clock - timedelta(minutes=3)}


def decided(broker: PaperBroker, ago: timedelta) -> AskedQuotes:
    at = broker.clock - ago
    return AskedQuotes(at, {"AAPL": Quote("AAPL", at, Decimal(99), Decimal(101), Decimal(100))})


def test_new_fills_are_asked_for_once_together_and_a_second_look_asks_nothing(tmp_path: Path) -> None:
    broker = Asked()
    desk = desk_of(tmp_path, broker)
    send_fresh(desk, slices_of(desk))
    broker.fill("k1", 10, "x1")
    broker.fill("k2", 10, "x2")
    broker.clock += timedelta(minutes=7)
    broker.questions = 0
    collect(desk)
    collect(desk)
    seen = on_record(desk, Moment.FILLED)
    assert [(one.key, one.execution_id, one.asked_at) for one in seen] == [
        ("k1", "x1", broker.clock),
        ("k2", "x2", broker.clock),
    ]
    assert broker.questions == 1


def test_a_fill_is_on_record_though_nobody_has_a_quote(tmp_path: Path) -> None:
    broker = Asked()
    desk = desk_of(tmp_path, broker)
    send_fresh(desk, slices_of(desk))
    broker.fill("k1", 10)
    broker.silent = True
    assert collect(desk) == 1
    assert on_record(desk, Moment.FILLED) == []
