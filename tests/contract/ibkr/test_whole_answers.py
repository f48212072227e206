"""An answer that TWS did not end proves nothing: neither "no positions" nor "no orders" may come of it."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tasks.brokers.ibkr.broker import IbkrBroker
from tasks.brokers.sandbox.tws.wire_faults import EVERY_TIME, WireFault
from tasks.errors import BrokerError
from tests.contract.ibkr.conftest import AtTws, trading
from tests.contract.ibkr.naive import naively
from tests.unit.brokers.simulated.simulated_world import TUESDAY, buy

MINUTES = timedelta(minutes=5)
HELD = {"AAA": Decimal(10), "BBB": Decimal(20)}
ENDS = (
    WireFault.NO_POSITION_END,
    WireFault.NO_OPEN_ORDER_END,
    WireFault.NO_EXECUTION_END,
    WireFault.NO_COMPLETED_END,
    WireFault.NO_DOWNLOAD_END,
)


@pytest.mark.parametrize("fault", ENDS)
def test_a_start_up_without_the_end_of_one_answer_is_no_connection(at_tws: AtTws, fault: WireFault) -> None:
    found = at_tws(opening_shares=HELD)
    found.venue.play(fault, EVERY_TIME)
    broker = found.broker()
    with pytest.raises(BrokerError, match="did not end its answer"):
        broker.connect()
    with pytest.raises(BrokerError, match="nothing was sent"):
        broker.submit(buy("too-early", 10, limit="50"))
    assert found.venue.exchange.truth().orders == ()


def test_the_library_connects_without_positions_and_calls_them_none(at_tws: AtTws) -> None:
    """Why: with `IB.connect` alone a rebalance would buy the whole book again."""
    found = at_tws(opening_shares=HELD)
    found.venue.play(WireFault.NO_POSITION_END, EVERY_TIME)

    async def positions(ib: Any) -> tuple[bool, list[object]]:
        return ib.isConnected(), [position for position in ib.positions() if position.contract.symbol == "BBB"]

    found.venue.play(WireFault.LATE_POSITIONS, EVERY_TIME)  # the rows come, too late
    is_connected, positions_of_b = naively(found.venue, positions)
    assert (is_connected, positions_of_b) == (True, [])


QUESTIONS: dict[WireFault, Callable[[IbkrBroker], object]] = {
    WireFault.NO_POSITION_END: lambda broker: broker.account_state(),
    WireFault.NO_DOWNLOAD_END: lambda broker: broker.account_state(),
    WireFault.NO_OPEN_ORDER_END: lambda broker: broker.open_orders(),
    WireFault.NO_EXECUTION_END: lambda broker: broker.executions(TUESDAY),
    WireFault.NO_COMPLETED_END: lambda broker: broker.find_order("anything"),
}


@pytest.mark.parametrize("fault", QUESTIONS)
def test_a_question_whose_answer_does_not_end_raises_and_the_next_one_is_answered(
    at_tws: AtTws, fault: WireFault
) -> None:
    found = at_tws(opening_shares=HELD)
    broker = trading(found)
    found.venue.play(fault)
    with pytest.raises(BrokerError, match="proves nothing"):
        QUESTIONS[fault](broker)
    QUESTIONS[fault](broker)
    assert broker.account_state().positions == HELD


def test_the_rest_of_a_late_answer_is_not_taken_for_the_next_one(at_tws: AtTws) -> None:
    """Half of the rows come with the first question; the other half, and its end, in front of the second answer."""
    found = at_tws(opening_shares=HELD)
    broker = trading(found)
    found.venue.play(WireFault.LATE_POSITIONS)
    with pytest.raises(BrokerError, match="proves nothing"):
        broker.account_state()
    assert broker.account_state().positions == HELD


def test_a_position_that_cannot_be_read_spoils_the_answer(at_tws: AtTws, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library logs what it cannot decode and goes on: the row would be missing from a "whole" answer."""
    from tasks.brokers.sandbox.tws import encode

    found = at_tws(opening_shares=HELD)
    broker = trading(found)
    whole = encode.position
    monkeypatch.setattr(encode, "position", lambda *row: (*whole(*row)[:-2], "many", 0))
    with pytest.raises(BrokerError, match="cannot be read"):
        broker.account_state()
    monkeypatch.undo()
    assert broker.account_state().positions == HELD


def test_a_message_of_an_unknown_kind_spoils_nothing(at_tws: AtTws) -> None:
    found = at_tws(opening_shares=HELD)
    broker = trading(found)
    found.venue.play(WireFault.UNKNOWN_MESSAGE, 3)
    broker.submit(buy("a", 10, limit="50"))
    assert broker.account_state().positions == HELD


def test_positions_that_end_without_rows_are_no_positions(at_tws: AtTws) -> None:
    assert trading(at_tws()).account_state().positions == {}


def test_several_threads_may_ask_the_same_thing_at_once(at_tws: AtTws) -> None:
    """In the library two questions without a number share one future: the first never resolves."""
    from concurrent.futures import ThreadPoolExecutor

    broker = trading(at_tws(opening_shares=HELD))
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: broker.account_state().positions, range(4)))
    assert answers == [HELD] * 4


def test_a_completed_order_that_nobody_asked_for_is_no_part_of_an_answer(at_tws: AtTws) -> None:
    found = at_tws()
    broker = trading(found)
    found.venue.play(WireFault.UNASKED_COMPLETED, EVERY_TIME)
    broker.submit(buy("a", 10))
    broker.wait_until(broker.now() + MINUTES)
    found.venue.play(WireFault.STALE_COMPLETED)
    order = broker.find_order("a")
    assert order is not None
    assert order.filled_shares == 10
    assert broker.find_order("another") is None
