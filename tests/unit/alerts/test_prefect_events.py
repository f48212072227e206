"""What Prefect is told of a batch, and that nobody waits for it."""

import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from prefect.events import Event

from flows.alerts import prefect_events
from flows.alerts.prefect_events import Body, Origin, Outbox, bodies, post
from tasks.model.desk_event import DeskEvent, filled, order_moved
from tasks.model.order_records import OrderEvent
from tasks.model.orders import Execution, OrderState, Side
from tasks.model.plan import Severity

NOON = datetime(2022, 12, 28, 17, tzinfo=UTC)
RUN = Origin("demo", "2022-12-28", "7f4f2f5e-0000-4000-8000-000000000001", "demo 2022-12-28")


def moved(key: str, state: OrderState, reason: str = "") -> DeskEvent:
    return order_moved(OrderEvent(key, state, NOON, reason=reason))


def test_a_refused_order_is_a_warning_with_its_key_and_the_brokers_words() -> None:
    (told,) = bodies(RUN, [moved("k1", OrderState.REJECTED, "no permission")], NOON)
    event = Event.model_validate(told)
    assert event.event == "steelyard.order.rejected"
    assert event.resource.id == "steelyard.book.demo"
    labels = ("steelyard.severity", "steelyard.book", "steelyard.session")
    assert [event.resource[label] for label in labels] == ["warning", "demo", "2022-12-28"]
    assert event.payload["sentence"] == "k1 is rejected: no permission"
    assert event.payload["keys"] == ["k1"]
    assert event.related[0].id == f"prefect.flow-run.{RUN.run_id}"


def test_a_wave_of_500_orders_is_one_event_for_each_thing_that_became_of_them() -> None:
    batch = [moved(f"k{n}", OrderState.ACCEPTED) for n in range(498)]
    batch += [moved("k498", OrderState.REJECTED), moved("k499", OrderState.UNKNOWN)]
    told = bodies(RUN, batch, NOON)
    assert {body["event"]: body["payload"]["count"] for body in told} == {
        "steelyard.order.accepted": 498,
        "steelyard.order.rejected": 1,
        "steelyard.order.unknown": 1,
    }
    assert told[0]["payload"]["sentence"].endswith("and 488 more")
    assert all(Event.model_validate(body).size_bytes < 100_000 for body in told)


def test_a_fill_says_what_was_traded_at_which_price() -> None:
    fill = Execution("x1", "k1", "AAPL", Side.BUY, Decimal(10), Decimal("126.5"), Decimal("0.35"), NOON, "main")
    (told,) = bodies(RUN, [filled(fill)], NOON)
    assert (told["event"], told["payload"]["sentence"]) == ("steelyard.fill.recorded", "BUY 10 AAPL at 126.5")
    assert told["payload"]["figures"][0]["execution_id"] == "x1"


def test_a_server_that_does_not_answer_holds_no_wave_up() -> None:
    hangs = threading.Event()
    began = time.perf_counter()
    with Outbox(lambda _: hangs.wait(30) and None, last_words_s=0.1) as outbox:
        for _ in range(prefect_events.MOST_WAITING * 2):
            outbox.put(bodies(RUN, [moved("k1", OrderState.ACCEPTED)], NOON))
        told_after = time.perf_counter() - began
    hangs.set()
    assert told_after < 5
    assert len(outbox._waiting) <= prefect_events.MOST_WAITING


def test_a_server_that_is_not_there_costs_the_events_and_no_error() -> None:
    began = time.perf_counter()
    with Outbox(post("http://127.0.0.1:9/api", {})) as outbox:
        outbox.put(bodies(RUN, [moved("k1", OrderState.ACCEPTED)], NOON))
    assert time.perf_counter() - began < 2


def test_one_batch_that_cannot_be_told_keeps_none_of_the_next_back() -> None:
    heard: list[str] = []
    fails = iter([True, False])

    def send(told: Sequence[Body]) -> None:
        if next(fails):
            raise RuntimeError("the server is confused")
        heard.extend(body["event"] for body in told)
        done.set()

    done, first = threading.Event(), threading.Event()

    def send_in_turn(told: Sequence[Body]) -> None:
        try:
            send(told)
        finally:
            first.set()

    with Outbox(send_in_turn) as outbox:
        outbox.put(bodies(RUN, [moved("k1", OrderState.ACCEPTED)], NOON))
        assert first.wait(5)
        outbox.put(bodies(RUN, [moved("k2", OrderState.REJECTED)], NOON))
        assert done.wait(5)
    assert heard == ["steelyard.order.rejected"]


def test_the_worst_of_a_batch_is_the_severity_of_its_event() -> None:
    mild, bad = DeskEvent("x", "a", Severity.INFO), DeskEvent("x", "b", Severity.HALT)
    assert bodies(RUN, [mild, bad, mild], NOON)[0]["resource"]["steelyard.severity"] == "critical"
