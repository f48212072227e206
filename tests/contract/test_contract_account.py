"""Accounts and what is booked in them, at every broker: complete answers, or none."""

from datetime import date
from decimal import Decimal

import pytest

from tasks.book.faults import Call, FaultKind
from tasks.errors import BrokerError
from tasks.ports.broker import Broker
from tests.contract.conftest import Open, fault
from tests.unit.brokers.simulated.simulated_world import (
    TUESDAY,
    WEDNESDAY,
    MemorySource,
    after_open,
    buy,
    flat_week,
    sell,
)


def a_week_with(action: tuple[date, str, str, float]) -> MemorySource:
    """AAA and BBB at 100, and one corporate action."""
    source = flat_week("AAA", "BBB")
    source.actions.append(action)
    return source


def test_a_new_account_has_its_opening_cash_and_shares(open_world: Open) -> None:
    opened = open_world(opening_cash_usd="250000.25", opening_shares={"BBB": 100, "AAA": 7})
    opened.broker.open_session(TUESDAY)

    told = opened.broker.account_state()

    assert (told.account, told.cash) == ("main", Decimal("250000.25"))
    assert told.positions == {"AAA": Decimal(7), "BBB": Decimal(100)}


def test_a_short_position_is_negative(open_world: Open) -> None:
    opened = open_world()
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(sell("s1", 200))

    opened.broker.wait_until(after_open(5))

    assert opened.broker.account_state().positions == {"AAA": Decimal(-200)}


def test_a_position_that_was_sold_is_no_longer_told(open_world: Open) -> None:
    opened = open_world(opening_shares={"BBB": 100})
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(sell("s1", 100, "BBB"))

    opened.broker.wait_until(after_open(5))

    assert opened.broker.account_state().positions == {}


def test_a_position_list_that_times_out_for_good_is_an_error_or_is_said_to_be_empty_each_time(open_world: Open) -> None:
    """No broker can see through a lie that is told every time: that is what asking three times with pauses is for."""
    opened = open_world(fault(FaultKind.EMPTY_ACCOUNT, times=None), opening_shares={"BBB": 100})
    opened.broker.open_session(TUESDAY)

    try:
        told = opened.broker.account_state()
    except BrokerError:
        return
    assert told.positions == {}


def test_an_account_without_an_answer_is_an_error_until_it_is_told(open_world: Open) -> None:
    opened = open_world(fault(FaultKind.NO_ANSWER, call=Call.ACCOUNT), opening_shares={"BBB": 100})
    opened.broker.open_session(TUESDAY)

    answers = [_held(opened.broker) for _ in range(4)]

    assert answers[0] is None
    assert answers[-1] == {"BBB": Decimal(100)}


def test_fractions_of_shares_are_exact_where_the_broker_takes_them(open_world: Open) -> None:
    opened = open_world(fractional=True)
    if opened.broker.capabilities.share_step >= 1:
        pytest.skip("this broker takes whole shares; it says so in its capabilities")
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(buy("k1", "0.1"))
    opened.broker.submit(buy("k2", "0.200000001"))

    opened.broker.wait_until(after_open(5))

    assert opened.broker.account_state().positions == {"AAA": Decimal("0.300000001")}
    assert sum(e.shares for e in opened.broker.executions(TUESDAY)) == Decimal("0.300000001")


def test_a_dividend_is_on_the_statement_and_in_cash(open_world: Open) -> None:
    opened = open_world(source=a_week_with((WEDNESDAY, "AAA", "dividend", 0.25)), opening_shares={"AAA": 40})
    opened.must_tell("statement")
    opened.broker.open_session(TUESDAY)
    before = opened.broker.account_state().cash

    opened.broker.open_session(WEDNESDAY)

    lines = opened.broker.statement(TUESDAY, WEDNESDAY)
    assert [(line.kind, line.symbol, line.amount_usd) for line in lines] == [("dividend", "AAA", Decimal("10.00"))]
    assert opened.broker.account_state().cash == before + 10


def test_a_split_is_on_the_statement_and_in_the_position(open_world: Open) -> None:
    opened = open_world(source=a_week_with((WEDNESDAY, "AAA", "split", 2.0)), opening_shares={"AAA": 40})
    opened.must_tell("statement")
    opened.broker.open_session(TUESDAY)

    opened.broker.open_session(WEDNESDAY)

    lines = opened.broker.statement(TUESDAY, WEDNESDAY)
    assert [(line.kind, line.symbol, line.shares) for line in lines] == [("split", "AAA", Decimal(40))]
    assert opened.broker.account_state().positions == {"AAA": Decimal(80)}


def _held(broker: Broker) -> dict[str, Decimal] | None:
    """None without an answer."""
    try:
        return dict(broker.account_state().positions)
    except BrokerError:
        return None
