"""How long the broker takes: measured call by call, written once a wave, told when it is slow, and never in the way."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prefect.context import FlowRunContext
from prefect.events.schemas.events import Event
from sqlalchemy import event

from tasks import events
from tasks.model.latency import SLOW_S
from tasks.model.plan import Severity
from tasks.orders.collect import slices_of
from tasks.orders.latency import Stopwatch, broker_of
from tasks.orders.submit import send_fresh
from tests.unit.execution.morning_desk import listened, morning, order, run
from tests.unit.execution.paper_desk import NOON, PaperBroker, desk_of


def test_every_submit_is_measured_also_a_refused_and_an_unanswered_one(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, PaperBroker(lost={"k1"}, refused={"k2"}, takes_s=0.01))
    send_fresh(desk, slices_of(desk))
    measured = desk.journal.latencies.all()
    assert [(one.broker, one.call, one.key) for one in measured] == [("paper", "submit", k) for k in ("k1", "k2", "k3")]
    assert all(0.01 <= one.seconds < 1 for one in measured)


def test_a_wave_measures_its_cancels_and_one_look_at_the_account(tmp_path: Path) -> None:
    broker = PaperBroker()
    desk = morning(tmp_path, broker, worked_by="slices")
    run(desk, 1, 2)
    first = broker.requests[0].key
    calls = [(one.call, one.key) for one in desk.journal.latencies.all()]
    assert calls == [
        ("positions", ""),
        ("submit", first),
        ("cancel", first),
        ("positions", ""),
        ("submit", broker.requests[1].key),
    ]


def test_a_wave_writes_its_measurements_in_one_statement(tmp_path: Path) -> None:
    orders = [order(symbol) for symbol in ("AAPL", "BAC", "CVX", "XOM")]
    desk = morning(tmp_path, PaperBroker(), *orders, worked_by="slices")
    run(desk, 1)
    written: list[str] = []

    def count(*words: object) -> None:
        written.extend(str(word) for word in words if "INSERT INTO latencies" in str(word))

    event.listen(desk.journal.engine, "before_cursor_execute", count)
    run(desk, 2)
    assert len(written) == 1
    assert len(desk.journal.latencies.all()) == (1 + 4) + (4 + 1 + 4)


def test_what_was_measured_is_kept_when_the_process_stops_halfway(tmp_path: Path) -> None:
    broker = PaperBroker()
    desk = desk_of(tmp_path, broker)
    submit = broker.submit

    def dying(request):
        if request.key == "k2":
            raise KeyboardInterrupt
        return submit(request)

    broker.submit = dying  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        send_fresh(desk, slices_of(desk))
    assert [one.key for one in desk.journal.latencies.all()] == ["k1", "k2"]


# ---- slow ----------------------------------------------------------------------------------------------------------


def measured(desk, *seconds: float) -> Stopwatch:
    """Submits that took so long, as if they had been measured."""
    watch = Stopwatch(desk)
    for number, took in enumerate(seconds):
        watch.time("submit", f"k{number}", lambda: None)
        watch.measured[-1] = replace(watch.measured[-1], seconds=took)
    return watch


def test_slow_answers_are_told_once_a_batch_with_the_worst_of_them(tmp_path: Path) -> None:
    desk, heard = listened(desk_of(tmp_path, PaperBroker()))
    measured(desk, 0.2, 1.5, 2.25).write()
    assert [(e.step, e.sentence) for e in heard] == [
        (
            "slow broker",
            "paper took 2.2 s to answer submit of k2, one of 2 such calls above 1 s; look at the line to it",
        )
    ]


def test_an_answer_within_the_second_is_not_slow(tmp_path: Path) -> None:
    desk, heard = listened(desk_of(tmp_path, PaperBroker()))
    measured(desk, 0.5, SLOW_S).write()
    assert heard == []
    assert len(desk.journal.latencies.all()) == 2


def test_a_really_slow_broker_is_told(tmp_path: Path) -> None:
    desk, heard = listened(desk_of(tmp_path, PaperBroker(takes_s=1.01), keys=("k1",)))
    send_fresh(desk, slices_of(desk))
    assert [event.step for event in heard] == ["slow broker"]


def test_a_part_of_several_brokers_is_named_by_its_tag(tmp_path: Path) -> None:
    desk = morning(tmp_path, PaperBroker())
    parts = {"b": desk.book.broker.model_copy(update={"name": "ibkr"})}
    desk.book.broker = desk.book.broker.model_copy(update={"parts": parts})  # type: ignore[misc]
    assert [broker_of(desk, key) for key in ("k", "k~b", "k~x")] == ["paper", "b (ibkr)", "paper x"]


# ---- the event -----------------------------------------------------------------------------------------------------


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Event]]:
    """A run is said to be under way; its events are made as Prefect makes them, and go no further."""
    heard: list[Event] = []

    def emit_event(**words: Any) -> Event:
        heard.append(Event(occurred=NOON, **words))
        return heard[-1]

    monkeypatch.setattr("prefect.events.emit_event", emit_event)
    with FlowRunContext.model_construct():
        yield heard


def test_a_slow_broker_is_an_event_that_an_automation_can_listen_to(tmp_path: Path, told: list[Event]) -> None:
    desk, _ = listened(desk_of(tmp_path, PaperBroker()))
    measured(desk, 1.5).write()
    (sent,) = told
    assert sent.event == "steelyard.broker.slow"
    assert sent.resource.id == "steelyard.broker.demo.paper"
    assert sent.resource["steelyard.severity"] == "warning"
    assert (sent.payload["call"], sent.payload["worst_seconds"], sent.payload["slow_calls"]) == ("submit", 1.5, 1)


def test_outside_a_run_nobody_is_asked_to_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prefect would start a server of its own, and the wave would wait for it."""
    monkeypatch.setattr("prefect.events.emit_event", lambda **_: pytest.fail("asked"))
    assert not events.emit("steelyard.test", "steelyard.test", Severity.WARN, {})


def test_an_event_that_cannot_be_told_holds_nothing_up(told: list[Event]) -> None:
    """Without an id Prefect refuses it: it raises, and we do not."""
    assert not events.emit("steelyard.test", None, Severity.WARN, {})  # type: ignore[arg-type]
    assert events.emit("steelyard.test", "steelyard.test", Severity.WARN, {})
    assert len(told) == 1
