"""What the venue hides, loses or bends, at every broker: a question fails or is told late, a write becomes unknown."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tasks.book.faults import Call, FaultKind
from tasks.brokers.simulated.snapshot import standing
from tasks.errors import BrokerError, OrderRefusedError, OrderUnknownError
from tasks.model.orders import OrderState, TimeInForce
from tasks.ports.broker import Broker
from tests.contract.conftest import Open, fault
from tests.unit.brokers.simulated.simulated_world import CLOSE, TUESDAY, after_open, buy, sell

RICH = {"opening_cash_usd": "1e8"}
DONE, NOT_DONE = 1, 0
UNANSWERED = [
    (FaultKind.REPLY_LOST, DONE),
    (FaultKind.RESET_AFTER, DONE),
    (FaultKind.SERVER_ERROR, DONE),
    (FaultKind.RESET_BEFORE, NOT_DONE),
    (FaultKind.DELAYED, NOT_DONE),
]


def later(broker: Broker, seconds: float) -> None:
    broker.wait_until(broker.now() + timedelta(seconds=seconds))


@pytest.mark.parametrize(("kind", "orders"), UNANSWERED, ids=[str(kind) for kind, _ in UNANSWERED])
def test_an_order_without_an_answer_is_unknown_and_never_called_refused(
    open_world: Open, kind: FaultKind, orders: int
) -> None:
    opened = open_world(fault(kind))
    opened.broker.open_session(TUESDAY)

    with pytest.raises(OrderUnknownError, match="k1"):
        opened.broker.submit(buy("k1", 100))

    assert len(opened.truth().orders) == orders


@pytest.mark.parametrize(("kind", "orders"), UNANSWERED, ids=[str(kind) for kind, _ in UNANSWERED])
def test_an_order_whose_answer_was_lost_is_found_by_its_key_or_is_not_there(
    open_world: Open, kind: FaultKind, orders: int
) -> None:
    opened = open_world(fault(kind))
    opened.broker.open_session(TUESDAY)
    with pytest.raises(OrderUnknownError):
        opened.broker.submit(buy("k1", 100))

    found = opened.broker.find_order("k1")

    assert (found is not None) == bool(orders)


@pytest.mark.parametrize(("kind", "_orders"), UNANSWERED, ids=[str(kind) for kind, _ in UNANSWERED])
def test_sending_again_under_the_same_key_makes_one_order_where_keys_are_unique(
    open_world: Open, kind: FaultKind, _orders: int
) -> None:
    opened = open_world(fault(kind))
    if not opened.broker.capabilities.keys_are_unique:
        pytest.skip("this broker makes a second order of a key; it says so in its capabilities")
    opened.broker.open_session(TUESDAY)
    with pytest.raises(OrderUnknownError):
        opened.broker.submit(buy("k1", 100))

    told = opened.broker.submit(buy("k1", 100))
    later(opened.broker, 120)

    assert told.key == "k1"
    assert len(opened.truth().orders_with("k1")) == 1


def test_a_delayed_order_arrives_late_and_is_found_then(open_world: Open) -> None:
    opened = open_world(fault(FaultKind.DELAYED, seconds=40))
    opened.broker.open_session(TUESDAY)
    with pytest.raises(OrderUnknownError):
        opened.broker.submit(buy("k1", 100))
    assert opened.broker.find_order("k1") is None

    later(opened.broker, 60)

    found = opened.broker.find_order("k1")
    assert found is not None
    assert found.shares == 100


@pytest.mark.parametrize(
    "kind", [FaultKind.REPLY_LOST, FaultKind.RESET_AFTER, FaultKind.SERVER_ERROR, FaultKind.RESET_BEFORE]
)
def test_a_cancel_without_an_answer_is_unknown_until_the_order_is_looked_up(open_world: Open, kind: FaultKind) -> None:
    opened = open_world(fault(kind, call=Call.CANCEL))
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(buy("k1", 100, limit="90"))

    with pytest.raises(OrderUnknownError, match="k1"):
        opened.broker.cancel("k1")

    found = opened.broker.find_order("k1")
    assert found is not None
    assert found.state is opened.truth().orders[0].state


def test_a_refused_cancel_of_a_working_order_says_so_and_the_order_works_on(open_world: Open) -> None:
    opened = open_world(fault(FaultKind.REFUSED_CANCEL))
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(buy("k1", 100, limit="90"))

    with pytest.raises(OrderRefusedError, match="k1"):
        opened.broker.cancel("k1")

    assert [o.key for o in opened.broker.open_orders()] == ["k1"]
    assert opened.broker.cancel("k1").state is OrderState.CANCELLED


def test_a_fill_after_an_acknowledged_cancel_is_told_in_the_end(open_world: Open) -> None:
    opened = open_world(fault(FaultKind.FILL_AFTER_CANCEL, fraction="0.5", seconds=30))
    opened.broker.open_session(TUESDAY)
    opened.broker.wait_until(after_open(1))
    opened.broker.submit(buy("k1", 100, limit="100.05"))

    opened.broker.cancel("k1")
    later(opened.broker, 60)

    assert sum(e.shares for e in opened.broker.executions(TUESDAY)) == opened.truth().filled("k1") == 50


@pytest.mark.parametrize("call", [Call.ORDER, Call.WORKING, Call.EXECUTIONS, Call.ACCOUNT, Call.QUOTES])
def test_a_question_without_an_answer_fails_and_is_never_an_empty_answer(open_world: Open, call: Call) -> None:
    opened = open_world(fault(FaultKind.NO_ANSWER, call=call, times=None), opening_shares={"BBB": 10})
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(buy("k1", 100, limit="90"))
    broker = opened.broker
    questions = {
        Call.ORDER: lambda: broker.find_order("k1"),
        Call.WORKING: broker.open_orders,
        Call.EXECUTIONS: lambda: broker.executions(TUESDAY),
        Call.ACCOUNT: broker.account_state,
        Call.QUOTES: lambda: broker.quotes(["AAA"]),
    }

    with pytest.raises(BrokerError):
        questions[call]()


def test_executions_told_twice_count_once(open_world: Open) -> None:
    opened = open_world(fault(FaultKind.DUPLICATED_EXECUTIONS, times=None), **RICH)
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(buy("k1", 30_000))

    opened.broker.wait_until(after_open(30))

    told = standing(opened.broker.executions(TUESDAY))
    assert sum(e.shares for e in told) == opened.truth().filled("k1") == 30_000


def test_executions_told_out_of_order_are_all_there(open_world: Open) -> None:
    opened = open_world(fault(FaultKind.SHUFFLED_EXECUTIONS, times=None), **RICH)
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(buy("k1", 30_000))
    opened.broker.submit(buy("k2", 30_000, "BBB"))

    opened.broker.wait_until(after_open(30))

    told = opened.broker.executions(TUESDAY)
    assert sorted((e.key, e.at, e.shares) for e in told) == sorted(
        (e.key, e.at, e.shares) for e in opened.truth().standing
    )


def test_late_executions_are_told_when_they_come(open_world: Open) -> None:
    opened = open_world(fault(FaultKind.LATE_EXECUTIONS, call=Call.PLACE, seconds=60))
    opened.broker.open_session(TUESDAY)
    opened.broker.wait_until(after_open(1))
    opened.broker.submit(buy("k1", 100))
    later(opened.broker, 60)
    assert opened.truth().filled("k1") == 100

    early = opened.broker.executions(TUESDAY)
    later(opened.broker, 120)

    assert early == ()
    assert sum(e.shares for e in opened.broker.executions(TUESDAY)) == 100


def test_after_a_first_fill_and_a_silence_the_rest_is_told(open_world: Open) -> None:
    opened = open_world(fault(FaultKind.PARTIAL_THEN_SILENCE, seconds=300), **RICH)
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(buy("k1", 10_000))

    opened.broker.wait_until(CLOSE)

    assert sum(e.shares for e in opened.broker.executions(TUESDAY)) == opened.truth().filled("k1") == 10_000


def test_a_young_order_that_the_index_denies_is_found_after_the_quiet_time(open_world: Open) -> None:
    opened = open_world(fault(FaultKind.NOT_FOUND, times=None))
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(buy("k1", 100, limit="90"))
    assert opened.broker.capabilities.absence_proves_after >= timedelta(seconds=60)

    later(opened.broker, opened.broker.capabilities.absence_proves_after.total_seconds())

    found = opened.broker.find_order("k1")
    assert found is not None
    assert found.state is OrderState.ACCEPTED


def test_an_order_that_its_auction_passed_by_is_told_as_expired(open_world: Open) -> None:
    opened = open_world(fault(FaultKind.AUCTION_EXPIRES))
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(buy("k1", 100, when=TimeInForce.AT_OPEN))
    opened.broker.wait_until(after_open(1))

    found = opened.broker.find_order("k1")
    assert found is not None
    assert (found.state, found.filled_shares) == (OrderState.EXPIRED, Decimal(0))


def test_a_liquidation_by_the_broker_shows_in_positions_and_executions(open_world: Open) -> None:
    opened = open_world(fault(FaultKind.LIQUIDATION, call=Call.ORDER, fraction="1"), opening_shares={"BBB": 100})
    opened.broker.open_session(TUESDAY)
    opened.broker.wait_until(after_open(1))

    opened.broker.find_order("nothing")

    assert opened.broker.account_state().positions == {}
    assert [(e.symbol, e.shares) for e in opened.broker.executions(TUESDAY)] == [("BBB", Decimal(100))]


def test_a_halted_symbol_has_no_quote_and_the_others_have(open_world: Open) -> None:
    opened = open_world(fault(FaultKind.HALT, call=Call.ORDER, symbol="AAA", seconds=300, client_order_id="k"))
    opened.broker.open_session(TUESDAY)
    opened.broker.wait_until(after_open(5))
    opened.broker.submit(sell("k1", 1, "AAA"))
    opened.broker.find_order("k1")

    assert set(opened.broker.quotes(["AAA", "BBB"])) == {"BBB"}

    later(opened.broker, 301)
    assert set(opened.broker.quotes(["AAA", "BBB"])) == {"AAA", "BBB"}


@pytest.mark.parametrize("kind", [FaultKind.BUST, FaultKind.CORRECTION])
def test_after_a_bust_or_a_correction_what_stands_is_what_the_exchange_has(open_world: Open, kind: FaultKind) -> None:
    opened = open_world(fault(kind, call=Call.ORDER, client_order_id="k1"))
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(buy("k1", 100))
    opened.broker.wait_until(after_open(5))

    opened.broker.find_order("k1")
    later(opened.broker, 1)

    rows = opened.broker.executions(TUESDAY)
    told = [(e.key, e.symbol, e.side, e.shares, e.price) for e in standing(rows)]
    assert told == [(e.key, e.symbol, e.side, e.shares, e.price) for e in opened.truth().standing]


def test_while_the_line_is_down_everything_fails_and_afterwards_nothing_is_lost(open_world: Open) -> None:
    opened = open_world(fault(FaultKind.DISCONNECT, call=Call.QUOTES, seconds=60), **RICH)
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(buy("k1", 5_000))
    with pytest.raises(BrokerError):
        opened.broker.quotes(["AAA"])

    with pytest.raises(BrokerError):
        opened.broker.account_state()
    with pytest.raises(BrokerError):
        opened.broker.submit(buy("k2", 100))
    opened.move(after_open(10))
    back = opened.again() if opened.broker.name == "ibkr" else opened.broker
    back.connect()

    assert sum(e.shares for e in back.executions(TUESDAY)) == opened.truth().filled("k1") == 5_000
    assert back.account_state().positions == dict(opened.truth().positions)
