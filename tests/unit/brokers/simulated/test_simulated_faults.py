"""Each lie alone: what the caller is told, and what the exchange's own book says."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from simulated_world import CLOSE, TUESDAY, after_open, buy, flat_week, opened, sell

from tasks.brokers.simulated.broker import SimulatedBroker
from tasks.errors import BrokerError, OrderRefusedError, OrderUnknownError
from tasks.model.orders import OrderState

DONE, NOT_DONE = 1, 0
RICH: dict[str, Any] = {"opening_cash_usd": "1e8"}


def liar(home, *faults: dict[str, Any], **settings: Any) -> SimulatedBroker:
    """Stands before the open of a flat market in which a minute has some thousand shares for us."""
    return opened(home, flat_week("AAA", "BBB"), faults=list(faults), **settings)


def seconds_later(found: SimulatedBroker, seconds: float) -> None:
    found.wait_until(found.now() + timedelta(seconds=seconds))


# ---- a request and its answer --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "orders"),
    [("reply_lost", DONE), ("reset_after", DONE), ("server_error", DONE), ("reset_before", NOT_DONE)],
)
def test_a_submit_without_an_answer_is_unknown_whether_or_not_it_was_done(tmp_path, kind, orders):
    found = liar(tmp_path, {"kind": kind})
    with pytest.raises(OrderUnknownError, match=r"k1.*look the order up"):
        found.submit(buy("k1", 10))
    assert len(found.truth().orders) == orders
    assert (found.find_order("k1") is not None) == bool(orders)
    assert found.submit(buy("k2", 10)).state is OrderState.ACCEPTED


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("reply_lost", OrderState.CANCELLED),
        ("reset_after", OrderState.CANCELLED),
        ("server_error", OrderState.CANCELLED),
        ("reset_before", OrderState.ACCEPTED),
    ],
)
def test_a_cancel_without_an_answer_is_unknown_whether_or_not_it_was_done(tmp_path, kind, state):
    found = liar(tmp_path, {"kind": kind, "call": "cancel"})
    found.submit(buy("k1", 10))
    with pytest.raises(OrderUnknownError, match="k1"):
        found.cancel("k1")
    assert found.truth().orders[0].state is state


def test_the_caller_cannot_tell_from_the_words_whether_a_request_was_done(tmp_path):
    said = []
    for kind in ("reset_before", "reset_after", "delayed", "reply_lost"):
        with pytest.raises(OrderUnknownError) as met:
            liar(tmp_path / kind, {"kind": kind}).submit(buy("k1", 10))
        said.append(str(met.value))
    assert said[0] == said[1]
    assert said[2] == said[3]


def test_a_refused_order_is_refused_and_the_lost_reply_waits_for_one_that_is_taken(tmp_path):
    found = liar(tmp_path, {"kind": "reply_lost"})
    with pytest.raises(OrderRefusedError):
        found.submit(buy("k1", 10, "NONE"))
    with pytest.raises(OrderUnknownError):
        found.submit(buy("k2", 10))


def test_a_delayed_order_arrives_when_its_time_has_come_and_not_before(tmp_path):
    found = liar(tmp_path, {"kind": "delayed", "seconds": 45})
    began = found.now()
    with pytest.raises(OrderUnknownError):
        found.submit(buy("k1", 10))
    seconds_later(found, 44)
    assert found.find_order("k1") is None
    assert found.truth().orders == ()
    seconds_later(found, 60)
    assert found.find_order("k1") is not None
    assert found.truth().orders[0].accepted_at == began + timedelta(seconds=45)


def test_a_delayed_cancel_finds_the_order_as_it_is_by_then(tmp_path):
    found = liar(tmp_path, {"kind": "delayed", "call": "cancel", "seconds": 50}, **RICH)
    found.submit(buy("k1", 50_000))
    found.wait_until(after_open(2.5))
    with pytest.raises(OrderUnknownError):
        found.cancel("k1")
    assert found.truth().orders[0].state is OrderState.PARTIALLY_FILLED
    found.wait_until(after_open(9))
    assert found.truth().orders[0].state is OrderState.CANCELLED
    assert [e.at for e in found.truth().standing] == [after_open(minute) for minute in (0.5, 1.5, 2.5)]


def test_an_order_sent_again_while_the_first_is_on_its_way_is_one_order_where_keys_are_unique(tmp_path):
    for unique, orders in ((True, 1), (False, 2)):
        found = liar(tmp_path / str(unique), {"kind": "delayed"}, unique_keys=unique)
        with pytest.raises(OrderUnknownError):
            found.submit(buy("k1", 10))
        found.submit(buy("k1", 10))
        seconds_later(found, 60)
        assert len(found.truth().orders_with("k1")) == orders


def test_a_delayed_order_of_a_day_that_is_over_arrives_before_the_next_begins(tmp_path):
    found = liar(tmp_path, {"kind": "delayed", "seconds": 59})
    found.wait_until(CLOSE - timedelta(seconds=10))
    with pytest.raises(OrderUnknownError):
        found.submit(buy("k1", 10))
    found.open_session(TUESDAY + timedelta(days=1))
    assert found.find_order("k1") is None
    found.wait_until(CLOSE + timedelta(days=1))
    assert found.truth().orders == ()


@pytest.mark.parametrize("is_done", [True, False])
def test_a_refused_cancel_tells_nothing_about_the_order(tmp_path, is_done):
    found = liar(tmp_path, {"kind": "refused_cancel"})
    found.submit(buy("k1", 10))
    if is_done:
        found.wait_until(after_open(1))
    with pytest.raises(OrderRefusedError, match="k1"):
        found.cancel("k1")
    assert found.truth().orders[0].state is (OrderState.FILLED if is_done else OrderState.ACCEPTED)
    assert found.cancel("k1").state is (OrderState.FILLED if is_done else OrderState.CANCELLED)


@pytest.mark.parametrize(("fraction", "state"), [("0.25", OrderState.CANCELLED), ("1", OrderState.FILLED)])
def test_a_fill_after_an_acknowledged_cancel_shows_late_while_the_account_has_it_at_once(tmp_path, fraction, state):
    found = liar(tmp_path, {"kind": "fill_after_cancel", "fraction": fraction, "seconds": 30})
    found.wait_until(after_open(1))
    found.submit(buy("k1", 100))
    told = found.cancel("k1")
    assert (told.state, told.filled_shares) == (OrderState.CANCELLED, 0)
    assert found.executions(TUESDAY) == ()
    assert found.find_order("k1") == told
    assert found.open_orders() == ()
    shares = 100 * Decimal(fraction)
    assert found.account_state().positions == {"AAA": shares}
    assert found.truth().filled("k1") == shares
    seconds_later(found, 29)
    assert found.executions(TUESDAY) == ()
    seconds_later(found, 1)
    assert [(e.key, e.shares) for e in found.executions(TUESDAY)] == [("k1", shares)]
    order = found.find_order("k1")
    assert order is not None
    assert (order.state, order.filled_shares) == (state, shares)
    assert found.truth().orders[0].state is state


def test_a_fill_nobody_hears_of_is_within_our_part_of_the_minute(tmp_path):
    found = liar(tmp_path, {"kind": "fill_after_cancel", "fraction": "1"}, **RICH)
    found.wait_until(after_open(1))
    found.submit(buy("k1", 500_000))
    found.cancel("k1")
    found.wait_until(after_open(2))
    (minute,) = found.market_bars("AAA", after_open(1), after_open(2))
    assert 0 < found.truth().filled("k1") <= minute.volume * Decimal("0.25")


def test_a_bust_of_a_fill_nobody_has_heard_of_is_told_with_it(tmp_path):
    found = liar(tmp_path, {"kind": "fill_after_cancel", "seconds": 60}, {"kind": "bust", "call": "account"})
    found.wait_until(after_open(1))
    found.submit(buy("k1", 100))
    found.cancel("k1")
    assert found.account_state().positions == {}
    assert found.executions(TUESDAY) == ()
    seconds_later(found, 60)
    fill, bust = found.executions(TUESDAY)
    assert bust.supersedes == fill.execution_id


# ---- a question and its answer -------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["order", "working", "executions", "account", "quotes"])
def test_a_question_without_an_answer_is_an_error_and_the_next_is_answered(tmp_path, call):
    found = liar(tmp_path, {"kind": "no_answer", "call": call})
    ask = {
        "order": lambda: found.find_order("k1"),
        "working": found.open_orders,
        "executions": lambda: found.executions(TUESDAY),
        "account": found.account_state,
        "quotes": lambda: found.quotes(["AAA"]),
    }
    for other in ask.keys() - {call}:
        ask[other]()
    with pytest.raises(BrokerError, match="ask again") as met:
        ask[call]()
    assert not isinstance(met.value, OrderUnknownError)
    ask[call]()


def test_only_a_young_order_is_denied(tmp_path):
    found = liar(tmp_path, {"kind": "not_found", "times": None})
    found.submit(buy("k1", 10))
    assert found.find_order("k1") is None
    seconds_later(found, 59)
    assert found.find_order("k1") is None
    assert [order.key for order in found.open_orders()] == ["k1"]
    seconds_later(found, 1)
    assert found.find_order("k1") is not None
    assert found.capabilities.absence_proves_after == timedelta(seconds=60)


def test_a_delayed_order_is_never_denied_longer_than_absence_proves(tmp_path):
    found = liar(tmp_path, {"kind": "delayed", "seconds": 50}, {"kind": "not_found", "times": None})
    with pytest.raises(OrderUnknownError):
        found.submit(buy("k1", 10))
    seconds_later(found, 59)
    assert found.find_order("k1") is None
    seconds_later(found, 1)
    assert found.find_order("k1") is not None


def test_duplicated_and_shuffled_executions_are_the_same_executions(tmp_path):
    found = liar(tmp_path, {"kind": "duplicated_executions"}, {"kind": "shuffled_executions", "nth": 2}, **RICH)
    found.submit(buy("k1", 30_000))
    found.wait_until(after_open(10))
    doubled, mixed, true = (found.executions(TUESDAY) for _ in range(3))
    assert true == found.truth().executions
    assert len(true) > 2
    assert doubled == tuple(row for row in true for _ in range(2))
    assert mixed != true
    assert sorted(mixed, key=lambda row: row.execution_id) == list(true)


def test_late_executions_miss_what_is_young_while_the_orders_say_it_all(tmp_path):
    found = liar(tmp_path, {"kind": "late_executions", "seconds": 120}, **RICH)
    found.submit(buy("k1", 30_000))
    found.wait_until(after_open(3.5))
    true = found.truth().executions
    told = found.executions(TUESDAY)
    assert len(true) == 3
    assert told == true[:2]
    order = found.find_order("k1")
    assert order is not None
    assert order.filled_shares == found.truth().filled("k1")
    found.wait_until(after_open(8))
    assert found.executions(TUESDAY) == found.truth().executions


def test_executions_of_one_order_can_all_be_late(tmp_path):
    late = {"kind": "late_executions", "call": "place", "client_order_id": "k1", "seconds": 600}
    found = liar(tmp_path, late)
    found.submit(buy("k1", 10))
    found.submit(buy("k2", 10))
    found.wait_until(after_open(5))
    assert [e.key for e in found.executions(TUESDAY)] == ["k2"]
    found.wait_until(after_open(11))
    assert sorted(e.key for e in found.executions(TUESDAY)) == ["k1", "k2"]


def test_after_its_first_fill_nothing_is_heard_of_a_silent_order_until_the_silence_ends(tmp_path):
    found = liar(tmp_path, {"kind": "partial_then_silence", "seconds": 600})
    found.submit(buy("k1", 9_000))
    found.wait_until(after_open(6))
    true = found.truth()
    assert true.orders[0].state is OrderState.FILLED
    told = found.find_order("k1")
    assert told is not None
    assert (told.state, told.filled_shares) == (OrderState.PARTIALLY_FILLED, true.executions[0].shares)
    assert found.open_orders() == (told,)
    assert found.executions(TUESDAY) == true.executions[:1]
    assert found.account_state().positions == {"AAA": 9_000}
    assert found.cancel("k1") == told
    found.wait_until(after_open(11))
    assert found.executions(TUESDAY) == true.executions
    assert found.find_order("k1") == true.orders[0].as_broker_order()
    assert found.open_orders() == ()


def test_a_silent_order_that_fills_at_once_has_nothing_to_hide(tmp_path):
    found = liar(tmp_path, {"kind": "partial_then_silence"})
    found.submit(buy("k1", 10))
    found.wait_until(after_open(1))
    assert found.find_order("k1") == found.truth().orders[0].as_broker_order()
    assert found.executions(TUESDAY) == found.truth().executions


def test_an_account_that_timed_out_has_no_positions_and_says_nothing_of_it(tmp_path):
    found = liar(tmp_path, {"kind": "empty_account", "nth": 2}, opening_shares={"AAA": "100"})
    first, empty, again = (found.account_state() for _ in range(3))
    assert first.positions == again.positions == {"AAA": 100} == found.truth().positions
    assert (empty.positions, empty.cash, empty.at) == ({}, first.cash, first.at)


def test_a_stale_account_is_an_earlier_true_one_under_a_new_time(tmp_path):
    found = liar(tmp_path, {"kind": "stale_account", "nth": 3, "seconds": 300}, opening_shares={"BBB": "7"})
    before = found.account_state()
    found.wait_until(after_open(1))
    found.submit(buy("k1", 10))
    found.submit(sell("k2", 7, "BBB"))
    found.wait_until(after_open(3))
    true = found.account_state()
    stale = found.account_state()
    assert true.positions == {"AAA": 10}
    assert (stale.cash, stale.positions) == (before.cash, before.positions)
    assert stale.at == true.at
    assert found.account_state() == true


def test_an_account_in_which_nothing_has_happened_cannot_be_stale_yet(tmp_path):
    found = liar(tmp_path, {"kind": "stale_account"})
    found.account_state()
    assert found.exchange.fired() == {}  # type: ignore[union-attr]
