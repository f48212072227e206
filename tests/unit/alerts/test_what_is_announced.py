"""Each thing that a desk wants to hear of is announced once it is on record, and once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from flows.outcome import ended
from tasks.book.audit import AuditSettings
from tasks.errors import BadDataError, WaitsForPersonError
from tasks.model.desk_event import DeskEvent
from tasks.model.order_records import OrderEvent
from tasks.model.orders import Execution, OrderState, Side
from tasks.orders.record import record_events, record_executions
from tasks.risk.trip import check_breakers
from tests.unit.risk.risk_desk import NOON, Room, room


def listened(folder: Path) -> tuple[Room, list[DeskEvent]]:
    heard: list[DeskEvent] = []

    def hear(events: Sequence[DeskEvent]) -> None:
        heard.extend(events)

    made = room(folder)
    return replace(made, desk=replace(made.desk, announce=hear)), heard


def test_a_breaker_that_trips_is_announced_with_what_it_measured(tmp_path: Path) -> None:
    at, heard = listened(tmp_path)
    at.falls_to("50")
    check_breakers(at.desk)
    check_breakers(at.desk)
    names = [(event.name, event.severity, event.figures["breaker"]) for event in heard]
    assert names == [("breaker.tripped", "halt", "daily_loss"), ("breaker.tripped", "halt", "drawdown")]
    assert "The book is reducing now" in heard[0].sentence


def test_an_order_is_announced_as_it_moves_and_its_fill_once(tmp_path: Path) -> None:
    at, heard = listened(tmp_path)
    at.desk = replace(at.desk, broker=_Named(at.desk.broker))
    at.sends("k1")
    for state in (OrderState.SENT, OrderState.ACCEPTED):
        record_events(at.desk, [OrderEvent("k1", state, NOON + timedelta(seconds=1))])
    fill = Execution("x1", "k1", "AAPL", Side.BUY, Decimal(10), Decimal(100), Decimal(0), NOON, "main")
    record_executions(at.desk, [fill])
    record_executions(at.desk, [fill])
    assert [(event.name, event.key) for event in heard] == [
        ("order.sent", "k1"),
        ("order.accepted", "k1"),
        ("fill.recorded", "k1"),
    ]


class _Named:
    """The same broker, which says its name."""

    name = "paper"

    def __init__(self, ticker: object) -> None:
        self.now = ticker.now  # type: ignore[attr-defined]

    def quotes(self, symbols: object) -> dict[str, object]:
        """It knows none."""
        del symbols
        return {}


@pytest.mark.parametrize(
    ("stop", "name", "severity"),
    [
        (WaitsForPersonError("nobody has answered yet"), "approval.wanted", "warn"),
        (BadDataError("prices of AAPL are missing"), "session.stopped", "info"),
    ],
)
def test_how_a_session_ends_is_announced(tmp_path: Path, stop: Exception, name: str, severity: str) -> None:
    at, heard = listened(tmp_path / "home")
    at.desk.book.audit = AuditSettings()  # type: ignore[misc]
    with pytest.raises(type(stop)), ended(at.desk):
        raise stop
    assert [(event.name, event.severity) for event in heard] == [(name, severity)]
    assert str(stop) in heard[0].sentence


def test_a_signal_that_met_the_engine_of_prefect_is_an_interrupt_and_no_failed_session(tmp_path: Path) -> None:
    """Its engine falls over for want of a task run while it writes down that it was interrupted."""
    at, heard = listened(tmp_path / "home")
    at.desk.book.audit = AuditSettings()  # type: ignore[misc]

    def engine() -> None:
        try:
            try:
                raise KeyboardInterrupt("SIGTERM")
            finally:
                raise ValueError("Task run is not set")
        except ValueError as fell_over:
            raise RuntimeError("the engine could not go on") from fell_over

    with pytest.raises(KeyboardInterrupt, match="SIGTERM"), ended(at.desk):
        engine()
    assert heard == []
    (cycle,) = at.desk.journal.cycles.all(at.desk.cycle.book)
    assert cycle.status == "running"


def test_a_fault_without_an_interrupt_behind_it_is_a_failed_session(tmp_path: Path) -> None:
    at, heard = listened(tmp_path / "home")
    at.desk.book.audit = AuditSettings()  # type: ignore[misc]
    with pytest.raises(ValueError, match="no task run"), ended(at.desk):
        raise ValueError("no task run")
    assert [event.name for event in heard] == ["session.failed"]
