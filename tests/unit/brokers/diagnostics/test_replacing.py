"""Replacing an order over the real simulated broker: what is checked first, and how long an answer is waited for."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.book.faults import Call, Fault, FaultKind
from tasks.brokers.diagnostics.replace import Outcome, replace_order
from tasks.brokers.simulated.broker import SimulatedBroker
from tasks.errors import BrokerError, ConfigError, OrderRefusedError, OrderUnknownError
from tasks.model.orders import OrderState
from tasks.retry import ORDER_IS_OVER
from tests.unit.brokers.simulated.simulated_world import after_open, buy, flat_week, opened, sell, with_exits

in_tmp = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
RICH: dict[str, Any] = {"opening_cash_usd": "1e8"}


def at_work(home: Path, *lies: Fault, **world: Any) -> SimulatedBroker:
    """One order, `k1`, that the market does not reach."""
    found = opened(home, flat_week("AAA", "BBB"), faults=lies, **world)
    found.submit(buy("k1", 100, limit="90"))
    return found


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (buy("k1", 100, limit="91"), "give it the key of the next generation"),
        (sell("k2", 100, limit="91"), "which is to BUY AAA"),
        (buy("k2", 100, "BBB", limit="91"), "which is to BUY AAA"),
    ],
)
def test_two_orders_that_cannot_replace_each_other_are_a_mistake_of_the_caller(tmp_path, new, words):
    found = at_work(tmp_path)
    with pytest.raises(ConfigError, match=words):
        replace_order(found, "k1", new)
    assert [order.key for order in found.open_orders()] == ["k1"]


def test_an_unproved_cancel_is_looked_after_for_a_minute_of_the_brokers_time(tmp_path):
    found = at_work(tmp_path, Fault(kind=FaultKind.RESET_BEFORE, call=Call.CANCEL))
    began = found.now()
    with pytest.raises(OrderUnknownError, match="not seen over"):
        replace_order(found, "k1", buy("k2", 100, limit="91"))
    assert found.now() - began == sum(ORDER_IS_OVER, timedelta(0)) == timedelta(minutes=1)
    assert [order.key for order in found.truth().orders] == ["k1"]


def test_a_look_without_an_answer_is_no_look(tmp_path):
    silence = Fault(kind=FaultKind.NO_ANSWER, call=Call.ORDER, nth=2, times=3)
    found = at_work(tmp_path, silence)
    assert replace_order(found, "k1", buy("k2", 100, limit="91")).outcome is Outcome.REPLACED


def test_while_nobody_answers_at_all_nothing_is_sent(tmp_path):
    found = at_work(tmp_path, Fault(kind=FaultKind.NO_ANSWER, call=Call.ORDER, times=None))
    with pytest.raises(BrokerError):
        replace_order(found, "k1", buy("k2", 100, limit="91"))
    assert [(o.key, o.state) for o in found.truth().orders] == [("k1", OrderState.ACCEPTED)]


def test_a_refused_cancel_of_what_has_filled_meanwhile_tells_the_fill(tmp_path):
    found = opened(tmp_path, flat_week("AAA"), faults=[Fault(kind=FaultKind.REFUSED_CANCEL)])
    found.submit(buy("k1", 100))
    found.wait_until(after_open(2))
    told = replace_order(found, "k1", buy("k2", 150))
    assert (told.outcome, told.new) == (Outcome.FILLED, None)
    assert [order.key for order in found.truth().orders] == ["k1"]


def test_a_new_order_for_less_than_has_filled_is_not_sent(tmp_path):
    found = opened(tmp_path, flat_week("AAA"), **RICH)
    found.submit(buy("k1", 20_000))
    found.wait_until(after_open(2))
    told = replace_order(found, "k1", buy("k2", 100))
    assert told.old.state is OrderState.CANCELLED
    assert (told.outcome, told.new) == (Outcome.FILLED, None)


def test_the_new_order_may_be_larger_and_of_another_kind(tmp_path):
    found = at_work(tmp_path)
    told = replace_order(found, "k1", with_exits(buy("k2", 300, limit="91"), profit="110", loss="85"))
    assert told.new is not None
    assert (told.new.shares, len(told.new.legs)) == (Decimal(300), 2)


def test_a_new_order_the_broker_refuses_only_then_leaves_the_old_one_cancelled(tmp_path):
    found = at_work(tmp_path)
    with pytest.raises(OrderRefusedError, match="may cost"):
        replace_order(found, "k1", buy("k2", 100_000, limit="91"))
    assert [(o.key, o.state) for o in found.truth().orders] == [("k1", OrderState.CANCELLED)]


CANCELS_GO_WRONG = [
    [],
    [Fault(kind=FaultKind.REPLY_LOST, call=Call.CANCEL)],
    [Fault(kind=FaultKind.RESET_BEFORE, call=Call.CANCEL)],
    [Fault(kind=FaultKind.DELAYED, call=Call.CANCEL, seconds=20)],
    [Fault(kind=FaultKind.REFUSED_CANCEL)],
]


@given(st.integers(100, 30_000), st.integers(100, 30_000), st.integers(0, 20), st.sampled_from(CANCELS_GO_WRONG))
@in_tmp
def test_both_orders_together_never_fill_more_than_the_larger_of_them(tmp_path_factory, first, second, minutes, lies):
    found = opened(tmp_path_factory.mktemp("b"), flat_week("AAA"), faults=lies, **RICH)
    found.submit(buy("k1", first))
    found.wait_until(after_open(minutes))
    try:
        replace_order(found, "k1", buy("k2", second))
    except BrokerError:
        assert len(found.truth().orders) == 1
    found.wait_until(after_open(390))
    assert found.account_state().positions["AAA"] <= max(first, second)
