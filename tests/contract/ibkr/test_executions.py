"""Fills are executions by their id: told twice, out of order, corrected, and paid for late or never."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tasks.book.faults import Call, Fault, FaultKind
from tasks.brokers.ibkr.broker import IbkrBroker
from tasks.brokers.sandbox.tws.queries import Answering
from tasks.brokers.sandbox.tws.wire_faults import EVERY_TIME, WireFault
from tasks.model.executions import standing_executions
from tasks.model.orders import Execution
from tests.contract.ibkr.conftest import AtTws, trading
from tests.contract.ibkr.venue import Desk
from tests.unit.brokers.simulated.simulated_world import MONDAY, TUESDAY, buy

THREE_MINUTES = timedelta(minutes=3)


def filled(broker: IbkrBroker, shares: int = 60) -> tuple[Execution, ...]:
    broker.submit(buy("a", shares))
    broker.wait_until(broker.now() + THREE_MINUTES)
    return broker.executions(TUESDAY)


def paid(found: Desk) -> Decimal:
    return sum((row.fee for row in found.venue.exchange.truth().standing), Decimal(0))


@pytest.mark.parametrize("fault", [WireFault.DUPLICATED, WireFault.REORDERED, WireFault.COMMISSION_FIRST])
def test_executions_count_once_in_order_and_with_their_fees_however_they_come(at_tws: AtTws, fault: WireFault) -> None:
    found = at_tws(max_participation_pct=0.1)
    broker = trading(found)
    found.venue.play(fault, EVERY_TIME)
    rows = filled(broker)
    truth = found.venue.exchange.truth().standing
    assert [(row.shares, row.price, row.at, row.fee) for row in rows] == [
        (row.shares, row.price, row.at, row.fee) for row in truth
    ]
    assert len({row.execution_id for row in rows}) == len(truth) > 1


def test_fills_made_while_nobody_was_connected_are_found_by_asking(at_tws: AtTws) -> None:
    """The library fires no event for them, and its old trade stays as it was."""
    found = at_tws()
    trading(found).submit(buy("a", 60))
    again = found.next_life()
    found.venue.advance(again.now() + THREE_MINUTES)
    again.connect()
    (row,) = again.executions(TUESDAY)
    assert (row.key, row.shares) == ("a", 60)


def test_a_correction_has_the_same_id_with_a_higher_end_and_supersedes_the_first(at_tws: AtTws) -> None:
    found = at_tws(Fault(kind=FaultKind.CORRECTION, call=Call.WORKING, nth=2))
    broker = trading(found)
    (first,) = filled(broker)
    broker.open_orders()
    rows = broker.executions(TUESDAY)
    assert [row.execution_id for row in rows] == [first.execution_id, first.execution_id[:-2] + "02"]
    assert rows[1].supersedes == first.execution_id
    (stands,) = standing_executions(rows)
    (truth,) = found.venue.exchange.truth().standing
    assert (stands.shares, stands.price) == (truth.shares, truth.price)
    order = broker.find_order("a")
    assert order is not None
    assert order.filled_shares == truth.shares


def test_a_bust_is_a_correction_to_no_shares(at_tws: AtTws) -> None:
    broker = trading(at_tws(Fault(kind=FaultKind.BUST, call=Call.WORKING, nth=2)))
    filled(broker)
    broker.open_orders()
    rows = broker.executions(TUESDAY)
    assert rows[-1].shares == 0
    assert standing_executions(rows) == ()
    assert broker.account_state().positions == {}


def test_an_execution_waits_for_its_commission_and_comes_with_it(at_tws: AtTws) -> None:
    """A fill stored with a fee of zero would be a wrong cost for ever."""
    found = at_tws()
    broker = trading(found, commission_seconds=600)
    found.venue.play(WireFault.COMMISSION_LATE, 2)
    assert filled(broker) == ()
    order = broker.find_order("a")
    assert order is not None
    assert order.filled_shares == 60
    (row,) = broker.executions(TUESDAY)
    assert row.fee == paid(found) > 0


def test_a_commission_that_never_comes_does_not_keep_the_fill_back_for_ever(at_tws: AtTws) -> None:
    found = at_tws()
    broker = trading(found, commission_seconds=600)
    found.venue.play(WireFault.COMMISSION_NEVER, EVERY_TIME)
    assert filled(broker) == ()
    broker.wait_until(broker.now() + timedelta(seconds=601))
    (row,) = broker.executions(TUESDAY)
    assert (row.shares, row.fee) == (60, 0)


def test_a_commission_after_its_fill_was_told_is_a_correction_of_it(at_tws: AtTws) -> None:
    found = at_tws()
    broker = trading(found, commission_seconds=0)
    found.venue.play(WireFault.COMMISSION_LATE, 2)
    (without,) = filled(broker)
    rows = broker.executions(TUESDAY)
    assert rows[0] == without
    assert rows[1].supersedes == without.execution_id
    (stands,) = standing_executions(rows)
    assert (stands.shares, stands.price, stands.fee) == (without.shares, without.price, paid(found))
    assert broker.executions(TUESDAY) == rows


def test_times_without_a_zone_are_in_the_zone_of_the_login(at_tws: AtTws) -> None:
    """The library reads them in the zone of the machine it runs on."""
    found = at_tws()
    broker = trading(found)
    found.venue.play(WireFault.ZONELESS_TIMES, EVERY_TIME)
    (row,) = filled(broker)
    (truth,) = found.venue.exchange.truth().standing
    assert row.at == truth.at


def test_executions_are_those_of_the_session_that_was_asked_for(at_tws: AtTws) -> None:
    broker = trading(at_tws())
    assert len(filled(broker)) == 1
    assert broker.executions(MONDAY) == ()


def test_an_order_is_filled_by_its_executions_when_its_state_is_behind(at_tws: AtTws) -> None:
    found = at_tws(Fault(kind=FaultKind.LATE_EXECUTIONS, call=Call.EXECUTIONS, nth=3, seconds=600))
    broker = trading(found)
    broker.submit(buy("a", 60))
    broker.wait_until(broker.now() + THREE_MINUTES)
    order = broker.find_order("a")
    assert order is not None
    assert order.filled_shares == 60


def test_an_order_in_no_list_is_found_by_its_executions(at_tws: AtTws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another client's, so that nothing was told unasked; the list of completed orders is behind."""
    found = at_tws()
    broker = trading(found)
    trading(found, client_id=8).submit(buy("theirs", 10))
    found.venue.advance(broker.now() + THREE_MINUTES)
    monkeypatch.setattr(Answering, "_completed_messages", lambda *_: iter(()))
    order = broker.find_order("theirs")
    assert order is not None
    assert (order.filled_shares, order.reason) == (10, "known by its executions")
