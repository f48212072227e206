"""A validation tries every kind of order, leaves nothing behind, and says so when it cannot prove it."""

from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from validation_desk import SYMBOL, Between, at_work, keys_in, open_of, validated

from tasks.book.faults import Call, Fault, FaultKind
from tasks.brokers.diagnostics.validate import Outcome, Result, validate_broker
from tasks.brokers.diagnostics.validation_keys import keys_left
from tasks.brokers.guard import GuardedBroker
from tasks.errors import ConfigError, OrderRefusedError
from tasks.model.account import HaltState
from tasks.model.orders import OrderClass, OrderRequest, OrderType, Side, TimeInForce
from tasks.ports.broker import Broker
from tasks.retry import PATIENCE
from tests.contract.ibkr.venue import desk
from tests.contract.world import ACCOUNT, World
from tests.unit.brokers.simulated.simulated_world import OPEN, order


def test_every_kind_of_the_table_is_tried_or_says_why_not(tmp_path: Path) -> None:
    """Each works, but for market orders, which cannot be far from the market, and the auction that is over."""
    broker = at_work(tmp_path)
    found = validated(broker, keys_in(tmp_path))
    assert found.passed, found
    outcomes = {result.label: result.outcome for result in found.results}
    table = broker.capabilities
    assert len(outcomes) == len(table.takes) + len(table.classes - {OrderClass.SIMPLE}) + len(table.native)
    for label, outcome in outcomes.items():
        market, opening = label.startswith("market"), label == "limit opg"
        expected = Outcome.NOT_TRIED if market else Outcome.REFUSED if opening else Outcome.WORKED
        assert outcome is expected, label
    assert open_of(broker) == []
    assert broker.account_state().positions == {SYMBOL: 10}
    assert broker.truth().executions == ()


def test_what_worked_was_measured(tmp_path: Path) -> None:
    found = validated(at_work(tmp_path), keys_in(tmp_path))
    for result in found.results:
        measured = (result.submit_s, result.ack_s, result.amend_s, result.cancel_s)
        assert all(seconds is not None for seconds in measured) is (result.outcome is Outcome.WORKED), result
    assert len(found.sync_s) == 2


def test_every_key_is_on_disk_before_the_broker_hears_of_it(tmp_path: Path) -> None:
    keys = keys_in(tmp_path)

    def must_be_on_record(request: OrderRequest) -> None:
        assert request.key in keys.path.read_text().split()

    broker = Between(at_work(tmp_path), before=must_be_on_record)
    assert validated(broker, keys).passed
    assert broker.sent > 20


@pytest.mark.parametrize("after", [1, 2, 9, 24])
def test_an_interrupt_leaves_no_order(tmp_path: Path, after: int) -> None:
    """Ctrl-C right after an order has gone out."""

    def interrupt(sent: int) -> None:
        if sent == after:
            raise KeyboardInterrupt

    broker = Between(at_work(tmp_path), after=interrupt)
    found = validated(broker, keys_in(tmp_path))
    assert found.interrupted
    assert not found.passed
    assert open_of(broker.inner) == []
    assert found.left_open == ()


def test_what_a_killed_validation_left_is_cancelled_by_the_next(tmp_path: Path) -> None:
    """Its keys are found in the files of the home."""
    broker, first = at_work(tmp_path), keys_in(tmp_path)
    key = first.next()
    broker.submit(order(key, Side.BUY, 1, SYMBOL, limit="50"))
    assert open_of(broker) == [key]
    earlier = tuple(keys_left(tmp_path / "validations", "simulated", ACCOUNT))
    assert earlier == (key,)
    again = keys_in(tmp_path / "second")
    validated(Between(broker, before=lambda _: _gone(broker, key)), again, earlier)


def _gone(broker: object, key: str) -> None:
    assert key not in open_of(broker)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("kind", [FaultKind.REPLY_LOST, FaultKind.RESET_AFTER, FaultKind.RESET_BEFORE])
@pytest.mark.parametrize("call", [Call.PLACE, Call.CANCEL])
def test_a_lost_reply_is_told_and_leaves_no_order(tmp_path: Path, kind: FaultKind, call: Call) -> None:
    broker = at_work(tmp_path, Fault(kind=kind, call=call, times=3))
    found = validated(broker, keys_in(tmp_path))
    assert open_of(broker) == []
    assert found.left_open == ()
    lost = [result for result in found.results if result.outcome is Outcome.FAILED]
    assert bool(lost) is (call is Call.PLACE) or not found.passed


def test_a_cancel_that_does_nothing_is_not_taken_for_done(tmp_path: Path) -> None:
    broker = Between(at_work(tmp_path), cancels=False)
    found = validated(broker, keys_in(tmp_path))
    assert set(found.left_open) == {key for key in open_of(broker.inner) if "+" not in key}
    assert found.left_open
    assert not found.passed


def test_an_order_that_is_listed_as_open_is_not_over_because_a_look_up_misses_it(tmp_path: Path) -> None:
    class Blind(Between):
        def find_order(self, key: str) -> None:
            """Alpaca's index of keys may lag behind its list of open orders."""

    broker = Blind(at_work(tmp_path), cancels=False)
    found = validated(broker, keys_in(tmp_path))
    assert set(found.left_open) == {key for key in open_of(broker.inner) if "+" not in key}
    assert found.left_open


def test_a_position_that_moved_meanwhile_is_no_pass(tmp_path: Path) -> None:
    """Somebody else buys in the same account."""

    def buy(sent: int) -> None:
        if sent == 3:
            broker.inner.submit(order("somebody", Side.BUY, 7, "BBB"))
            broker.inner.wait_until(broker.inner.now().replace(minute=59))

    broker = Between(at_work(tmp_path), after=buy)
    found = validated(broker, keys_in(tmp_path))
    assert found.moved == ("BBB",)
    assert not found.passed


def test_an_account_with_real_money_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    broker = Between(at_work(tmp_path), is_live=True)
    with pytest.raises(ConfigError, match="real money"):
        validated(broker, keys_in(tmp_path))
    assert broker.sent == 0


def test_a_kind_that_is_promised_and_refused_is_no_pass(tmp_path: Path) -> None:
    def refuse(request: OrderRequest) -> None:
        if (request.order_type, request.time_in_force) == (OrderType.STOP, TimeInForce.DAY):
            raise OrderRefusedError(f"{request.key}: no stops today")

    found = validated(Between(at_work(tmp_path), before=refuse), keys_in(tmp_path))
    assert [r.label for r in found.results if r.outcome is Outcome.REFUSED and not r.is_for_an_auction] == ["stop day"]
    assert not found.passed


def test_one_lost_line_to_tws_costs_at_most_the_order_that_was_on_it(tmp_path: Path) -> None:
    """A write does not wait for a connection that is coming back: every trial after it would fail within a moment."""
    with desk(World(tmp_path, settings={"opening_shares": {SYMBOL: 10}})) as found:
        found.venue.advance(OPEN + timedelta(minutes=5))
        broker = found.broker()
        broker.connect()
        told: list[Result] = []

        def cut_after_the_second(result: Result) -> None:
            told.append(result)
            if len(told) == 2:
                found.venue.cut()

        guarded = cast(Broker, GuardedBroker(broker, Anybody(), PATIENCE[:2]))
        validation = validate_broker(guarded, ACCOUNT, SYMBOL, keys_in(tmp_path), hear=cut_after_the_second)
    failed = [result.label for result in validation.results if result.outcome is Outcome.FAILED]
    assert len(failed) <= 1, failed
    assert sum(result.outcome is Outcome.WORKED for result in validation.results) >= 10
    assert (validation.left_open, validation.moved) == ((), ())


class Anybody:
    """Permission for every write."""

    def require_lease(self) -> None: ...

    def halt_state(self) -> HaltState:
        return HaltState.NORMAL
