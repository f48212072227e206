"""Exits at the simulated exchange: when they come to the market, and what they take from each other."""

import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simulated_world import (
    CLOSE,
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    after_open,
    broker,
    buy,
    flat_week,
    hours,
    opened,
    sell,
    stepping_week,
    with_exits,
    with_stop,
)

from tasks.book.faults import Call, Fault, FaultKind
from tasks.brokers.simulated.broker import SimulatedBroker
from tasks.brokers.simulated.engine.accept import Refusal
from tasks.brokers.simulated.exchange import Exchange
from tasks.brokers.simulated.faults.incidents import Incidents
from tasks.errors import OrderRefusedError, OrderUnknownError
from tasks.model.client_order_ids import leg_key
from tasks.model.orders import LegRole, OrderClass, OrderRequest, OrderState, TimeInForce

STILL: dict[str, Any] = {"impact_coefficient": 0.0, "half_spread_bps": 0.0}
RICH: dict[str, Any] = {**STILL, "opening_cash_usd": "1e8"}
GTC = TimeInForce.GOOD_TILL_CANCELLED
BRACKET = with_exits(buy("k1", 100), profit="102", loss="98")
ROUND_TRIP = [100.0] * 5 + [103.0] * 5
PROFIT, LOSS = (leg_key(BRACKET.key, role) for role in LegRole)


def told(found: SimulatedBroker, key: str) -> tuple[OrderState, Decimal, Decimal]:
    """State, shares asked for and shares filled."""
    order = found.find_order(key)
    assert order is not None, key
    return order.state, order.shares, order.filled_shares


def begun(home: Path, request: OrderRequest, path: list[float], **world: Any) -> SimulatedBroker:
    found = opened(home, stepping_week("AAA", path), **{**STILL, **world})
    found.submit(request)
    return found


def test_exits_are_told_as_held_until_their_entry_is_over(tmp_path):
    found = begun(tmp_path, BRACKET, [100.0])
    before = found.find_order("k1")
    found.wait_until(after_open(2))
    after = found.find_order("k1")
    assert before is not None
    assert after is not None
    assert [leg.reason for leg in before.legs] == ["held until its entry is over"] * 2
    assert [leg.reason for leg in after.legs] == ["", ""]


def test_exits_meet_no_minute_that_began_before_their_entry_was_over(tmp_path):
    """The entry fills in the first minute, at 103: the exit at 102 gets the second one's price, not the first's."""
    found = begun(tmp_path, BRACKET, [103.0, 102.5])
    found.wait_until(after_open(3))
    assert [(e.key, e.price) for e in found.executions(TUESDAY)] == [("k1", 103), (PROFIT, Decimal("102.5"))]


def test_the_minute_in_which_an_entry_fills_does_not_trigger_its_stop(tmp_path):
    """Below the stop from the start: the second minute triggers it, and the third one is where it sells."""
    found = begun(tmp_path, BRACKET, [97.0, 97.0, 96.0])
    found.wait_until(after_open(4))
    assert [(e.key, e.at) for e in found.executions(TUESDAY)] == [("k1", after_open(0.5)), (LOSS, after_open(2.5))]


def test_after_a_cancel_in_part_the_exits_are_for_what_was_bought(tmp_path):
    found = begun(tmp_path, with_exits(buy("k1", 20_000), profit="102", loss="98"), ROUND_TRIP, **RICH)
    found.wait_until(after_open(2))
    found.cancel("k1")
    bought = found.account_state().positions["AAA"]
    assert 0 < bought < 20_000
    assert told(found, PROFIT) == told(found, LOSS) == (OrderState.ACCEPTED, bought, Decimal(0))
    found.wait_until(after_open(30))
    assert found.account_state().positions == {}


def test_a_fill_in_part_of_one_exit_takes_so_many_shares_from_the_other(tmp_path):
    """6,000 were bought; at 103 the market takes 2,500 a minute."""
    found = begun(tmp_path, with_exits(buy("k1", 6_000), profit="102", loss="98"), ROUND_TRIP, **RICH)
    found.wait_until(after_open(6))
    assert told(found, PROFIT) == (OrderState.PARTIALLY_FILLED, Decimal(6_000), Decimal(2_500))
    assert told(found, LOSS) == (OrderState.ACCEPTED, Decimal(3_500), Decimal(0))


def test_when_both_exits_have_filled_in_part_each_has_sold_its_own_shares(tmp_path):
    path = [100.0] * 5 + [103.0] + [97.0] * 10
    found = begun(tmp_path, with_exits(buy("k1", 6_000), profit="102", loss="98"), path, **RICH)
    found.wait_until(after_open(20))
    assert told(found, PROFIT) == (OrderState.CANCELLED, Decimal(3_500), Decimal(2_500))
    assert told(found, LOSS) == (OrderState.FILLED, Decimal(3_500), Decimal(3_500))
    assert found.account_state().positions == {}


def test_the_answer_that_was_lost_hides_no_part_of_a_bracket(tmp_path):
    lies = [Fault(kind=FaultKind.REPLY_LOST), Fault(kind=FaultKind.PARTIAL_THEN_SILENCE, nth=2)]
    found = opened(tmp_path, stepping_week("AAA", [100.0]), faults=lies, **STILL)
    with pytest.raises(OrderUnknownError):
        found.submit(BRACKET)
    order = found.find_order("k1")
    assert order is not None
    assert [leg.key for leg in order.legs] == [PROFIT, LOSS]


def test_of_two_exits_that_one_minute_reaches_the_stop_loss_goes_first(tmp_path):
    """The stop at 98 is triggered in one minute, and the next one trades at 103, where both would fill."""
    found = begun(tmp_path, BRACKET, [100.0, 100.0, 97.0, 103.0])
    found.wait_until(after_open(10))
    assert [e.key for e in found.executions(TUESDAY)] == ["k1", LOSS]


def test_exits_that_last_sell_in_a_later_session(tmp_path):
    source = stepping_week("AAA", [100.0], later=[100.0, 97.0])
    found = opened(tmp_path, source, **STILL)
    found.submit(with_exits(buy("k1", 100, when=GTC), profit="102", loss="98"))
    found.wait_until(CLOSE)
    found.open_session(WEDNESDAY)
    found.wait_until(hours(WEDNESDAY)[1])
    assert [(e.key, e.price) for e in found.executions(WEDNESDAY)] == [(LOSS, Decimal(97))]


def test_the_exits_of_a_day_order_end_with_the_session(tmp_path):
    found = begun(tmp_path, BRACKET, [100.0])
    found.wait_until(CLOSE)
    assert [told(found, key)[0] for key in ("k1", PROFIT, LOSS)] == [
        OrderState.FILLED,
        OrderState.EXPIRED,
        OrderState.EXPIRED,
    ]


def test_a_short_sale_has_exits_that_buy(tmp_path):
    found = begun(tmp_path, with_exits(sell("k1", 100), profit="98", loss="102"), [100.0] * 5 + [103.0] * 5)
    found.wait_until(after_open(10))
    assert [(e.key, e.side.sign, e.price) for e in found.executions(TUESDAY)] == [("k1", -1, 100), (LOSS, 1, 103)]
    assert found.account_state().positions == {}


def test_two_exits_are_one_sale_of_the_shares(tmp_path):
    """970 are held and one exit will sell them: none is left to sell, and no more than these are gone."""
    found = opened(tmp_path, flat_week("AAA"), opening_cash_usd="100000", **STILL)
    found.submit(with_exits(buy("k1", 970), profit="102", loss="98"))
    found.wait_until(after_open(2))
    with pytest.raises(OrderRefusedError, match="s1: 0 of 970 AAA are free to sell"):
        found.submit(sell("s1", 1))


def test_exits_that_are_held_are_no_sale_yet(tmp_path):
    found = opened(tmp_path, flat_week("AAA"), opening_cash_usd="100000", **STILL)
    found.submit(with_exits(buy("k1", 900, limit="99"), profit="102", loss="98"))
    assert found.submit(sell("s1", 3_000)).state is OrderState.ACCEPTED


def test_an_exits_key_that_is_taken_refuses_the_whole_order(tmp_path):
    found = opened(tmp_path, flat_week("AAA"))
    found.submit(buy(LOSS, 1))
    with pytest.raises(OrderRefusedError, match=r"another order has the key 'k1\+sl'"):
        found.submit(BRACKET)
    assert [order.key for order in found.truth().orders] == [LOSS]


def test_where_keys_are_not_unique_a_second_bracket_has_exits_of_its_own(tmp_path):
    found = opened(tmp_path, stepping_week("AAA", ROUND_TRIP), unique_keys=False, **STILL)
    found.submit(BRACKET)
    found.submit(BRACKET)
    assert len({order.request.key for order in found.truth().orders}) == 6
    assert [order.key for order in found.truth().orders] == ["k1", PROFIT, LOSS] * 2
    found.wait_until(after_open(20))
    assert found.account_state().positions == {}
    assert sorted(e.key for e in found.executions(TUESDAY)) == ["k1", "k1", PROFIT, PROFIT]


@given(st.sampled_from([0, 1, 2, 4, 5, 6, 7, 12]), st.sampled_from(["k1", PROFIT, LOSS]))
@settings(max_examples=24, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_bust_of_any_part_of_a_bracket_leaves_exits_for_what_is_held(tmp_path_factory, minutes, key):
    request = with_exits(buy("k1", 6_000), profit="102", loss="98")
    path = [100.0] * 5 + [103.0] + [97.0] * 10
    found = begun(tmp_path_factory.mktemp("b"), request, path, **RICH)
    found.wait_until(after_open(minutes))
    assert isinstance(found.exchange, Exchange)
    Incidents(found.exchange).bust(lambda _, sent_as: sent_as == key)
    at_work = [o for o in found.open_orders() if o.key != "k1" and not o.reason]
    held = found.account_state().positions.get("AAA", Decimal(0))
    assert all(o.shares - o.filled_shares <= max(held, Decimal(0)) for o in at_work)
    assert len({o.shares - o.filled_shares for o in at_work}) <= 1


def test_a_quiet_fill_of_an_entry_brings_its_exits_to_the_market(tmp_path):
    lie = Fault(kind=FaultKind.FILL_AFTER_CANCEL, call=Call.CANCEL, fraction=Decimal("0.5"), seconds=30)
    found = opened(tmp_path, stepping_week("AAA", ROUND_TRIP), faults=[lie], **STILL)
    found.wait_until(after_open(1))
    found.submit(with_exits(buy("k1", 100, limit="99"), profit="102", loss="98"))
    found.cancel("k1")
    found.wait_until(after_open(20))
    assert [(e.key, e.shares) for e in found.executions(TUESDAY)] == [("k1", Decimal(50)), (PROFIT, Decimal(50))]
    assert found.account_state().positions == {}


def test_a_quiet_fill_of_one_exit_takes_the_shares_from_the_other(tmp_path):
    """The take-profit fills completely while its cancel is on the way; then the market falls through the stop."""
    lie = Fault(kind=FaultKind.FILL_AFTER_CANCEL, call=Call.CANCEL, fraction=Decimal(1), seconds=30)
    found = opened(tmp_path, stepping_week("AAA", [100.0] * 5 + [97.0]), faults=[lie], **STILL)
    found.submit(BRACKET)
    found.wait_until(after_open(3))
    found.cancel(PROFIT)
    found.wait_until(after_open(20))
    assert [(e.key, e.shares) for e in found.executions(TUESDAY)] == [("k1", Decimal(100)), (PROFIT, Decimal(100))]
    assert found.account_state().positions == {}


def test_an_order_that_lasts_is_cancelled_when_its_symbol_splits(tmp_path):
    source = flat_week("AAA", "BBB")
    source.actions.append((WEDNESDAY, "AAA", "split", 2.0))
    found = opened(tmp_path, source)
    found.submit(with_stop(sell("k1", 10, when=GTC), "60"))
    found.submit(with_stop(sell("k2", 10, "BBB", when=GTC), "60"))
    found.open_session(WEDNESDAY)
    order = found.find_order("k1")
    assert order is not None
    assert (order.state, order.reason) == (
        OrderState.CANCELLED,
        "AAA split on 2022-11-23: send it again in the new shares",
    )
    assert [o.key for o in found.open_orders()] == ["k2"]


def test_orders_that_last_work_in_a_session_that_nobody_opens(tmp_path):
    found = opened(tmp_path, stepping_week("AAA", [97.0], later=[100.0]), session=MONDAY, **STILL)
    found.submit(with_exits(buy("k1", 100, limit="98", when=GTC), profit="99", loss="90"))
    found.open_session(WEDNESDAY)
    found.wait_until(hours(WEDNESDAY)[1])
    assert [e.key for e in found.executions(TUESDAY)] == ["k1"]
    assert [e.key for e in found.executions(WEDNESDAY)] == [PROFIT]


def test_a_file_from_before_there_were_exits_is_read_and_goes_on(tmp_path):
    found = opened(tmp_path, flat_week("AAA"), session=MONDAY)
    found.submit(buy("old", 10, limit="90"))
    file = tmp_path / "broker" / "main.sqlite"
    assert isinstance(found.exchange, Exchange)
    found.exchange.store.close()
    with sqlite3.connect(file) as sql:
        sql.execute("DROP INDEX orders_parent")
        for column in ("terms", "parent", "role", "is_held", "works_from", "is_triggered", "best_price"):
            sql.execute(f"ALTER TABLE orders DROP COLUMN {column}")
    sql.close()
    again = broker(tmp_path, flat_week("AAA"))
    assert told(again, "old")[0] is OrderState.ACCEPTED
    again.submit(BRACKET)
    assert [order.key for order in again.open_orders()] == ["old", "k1", PROFIT, LOSS]


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (with_stop(buy("k", 1, when=TimeInForce.AT_OPEN), "101"), "stop order cannot have time in force opg"),
        (with_exits(buy("k", 1), profit="98", loss="102"), "has to be above the stop-loss"),
        (with_exits(buy("k", 1), OrderClass.OTO), "does not go with these legs: none"),
        (with_stop(buy("k", 1), "101.005"), "stop price 101.005 is not a multiple of 0.01"),
        (with_exits(buy("k", 1), profit="102.001", loss="98"), "take profit 102.001 is not a multiple of 0.01"),
    ],
)
def test_whoever_speaks_to_the_exchange_itself_is_refused_what_makes_no_sense(tmp_path, request_, words):
    found = opened(tmp_path, flat_week("AAA"))
    with pytest.raises(Refusal, match=words):
        found.exchange.place(request_)
    assert found.truth().orders == ()
