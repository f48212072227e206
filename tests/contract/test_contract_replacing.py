"""Replacing an order, at every broker: a cancel that was proved and a new order for the rest, never two at work."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tasks.book.faults import Call, FaultKind
from tasks.brokers.diagnostics.replace import Outcome, replace_order
from tasks.errors import OrderRefusedError, OrderUnknownError
from tasks.model.orders import OrderState
from tests.contract.brokers import Opened
from tests.contract.conftest import Open, fault
from tests.unit.brokers.simulated.simulated_world import TUESDAY, after_open, buy

RICH = {"opening_cash_usd": "1e8"}
LOW, LOWER = buy("k1", 100, limit="90"), buy("k2", 100, limit="91")
BOUND_TO_ARRIVE = [FaultKind.REPLY_LOST, FaultKind.RESET_AFTER, FaultKind.SERVER_ERROR]


def sent(opened: Opened) -> dict[str, tuple[OrderState, Decimal]]:
    """State and shares of every order the exchange took, by key."""
    return {order.key: (order.state, order.request.shares) for order in opened.truth().orders}


def test_the_old_order_is_cancelled_and_the_new_one_works(open_world: Open) -> None:
    opened = open_world()
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(LOW)

    told = replace_order(opened.broker, "k1", LOWER)

    assert told.outcome is Outcome.REPLACED
    assert told.new is not None
    assert (told.old.key, told.new.key) == ("k1", "k2")
    assert sent(opened) == {"k1": (OrderState.CANCELLED, Decimal(100)), "k2": (OrderState.ACCEPTED, Decimal(100))}


def test_the_new_order_is_only_for_what_the_old_one_has_not_filled(open_world: Open) -> None:
    opened = open_world(**RICH)
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(buy("k1", 20_000))
    opened.broker.wait_until(after_open(2))
    filled = opened.truth().filled("k1")
    assert 0 < filled < 20_000

    replace_order(opened.broker, "k1", buy("k2", 20_000))
    opened.broker.wait_until(after_open(60))

    assert opened.truth().filled("k1") == filled
    assert opened.broker.account_state().positions == {"AAA": Decimal(20_000)}


def test_a_cancel_that_loses_to_a_fill_sends_nothing_and_says_so(open_world: Open) -> None:
    opened = open_world()
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(buy("k1", 100))
    opened.broker.wait_until(after_open(2))

    told = replace_order(opened.broker, "k1", buy("k2", 100, limit="99"))

    assert (told.outcome, told.new, told.old.state) == (Outcome.FILLED, None, OrderState.FILLED)
    assert list(sent(opened)) == ["k1"]


def test_a_cancel_that_is_refused_while_the_order_works_changes_nothing(open_world: Open) -> None:
    opened = open_world(fault(FaultKind.REFUSED_CANCEL))
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(LOW)

    with pytest.raises(OrderRefusedError, match="k1: not replaced, it works on"):
        replace_order(opened.broker, "k1", LOWER)

    assert sent(opened) == {"k1": (OrderState.ACCEPTED, Decimal(100))}


@pytest.mark.parametrize("kind", BOUND_TO_ARRIVE)
def test_a_cancel_without_an_answer_is_looked_up_and_the_order_replaced(open_world: Open, kind: FaultKind) -> None:
    opened = open_world(fault(kind, call=Call.CANCEL))
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(LOW)

    told = replace_order(opened.broker, "k1", LOWER)

    assert told.outcome is Outcome.REPLACED
    assert [state for state, _ in sent(opened).values()] == [OrderState.CANCELLED, OrderState.ACCEPTED]


def test_a_cancel_that_never_arrived_is_unproved_and_nothing_is_sent(open_world: Open) -> None:
    opened = open_world(fault(FaultKind.RESET_BEFORE, call=Call.CANCEL))
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(LOW)

    with pytest.raises(OrderUnknownError, match="k1: asked to cancel, but not seen over"):
        replace_order(opened.broker, "k1", LOWER)

    assert sent(opened) == {"k1": (OrderState.ACCEPTED, Decimal(100))}


def test_a_cancel_that_comes_late_is_waited_for(open_world: Open) -> None:
    opened = open_world(fault(FaultKind.DELAYED, call=Call.CANCEL, seconds=20))
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(LOW)

    told = replace_order(opened.broker, "k1", LOWER)

    assert told.outcome is Outcome.REPLACED
    assert [state for state, _ in sent(opened).values()] == [OrderState.CANCELLED, OrderState.ACCEPTED]


def test_a_new_order_whose_answer_was_lost_is_unknown_and_found_by_the_same_call_again(open_world: Open) -> None:
    opened = open_world(fault(FaultKind.REPLY_LOST, client_order_id="k2"))
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(LOW)
    with pytest.raises(OrderUnknownError, match="k2"):
        replace_order(opened.broker, "k1", LOWER)

    told = replace_order(opened.broker, "k1", LOWER)

    assert told.new is not None
    assert told.new.key == "k2"
    assert sent(opened) == {"k1": (OrderState.CANCELLED, Decimal(100)), "k2": (OrderState.ACCEPTED, Decimal(100))}


def test_an_order_the_broker_would_not_take_leaves_the_old_one_alone(open_world: Open) -> None:
    opened = open_world()
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(LOW)

    with pytest.raises(OrderRefusedError, match="k1 was not touched"):
        replace_order(opened.broker, "k1", replace(LOWER, shares=Decimal(0)))

    assert sent(opened) == {"k1": (OrderState.ACCEPTED, Decimal(100))}


def test_an_order_the_broker_does_not_have_is_not_replaced(open_world: Open) -> None:
    opened = open_world()
    opened.broker.open_session(TUESDAY)

    with pytest.raises(OrderUnknownError, match="nothing was sent"):
        replace_order(opened.broker, "k1", LOWER)

    assert sent(opened) == {}
