"""From what was heard to our words: which execution corrects which, and what an order is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tasks.brokers.ibkr.codes import state_of
from tasks.brokers.ibkr.instruments import our_symbol, wire_symbol
from tasks.brokers.ibkr.parse_orders import corrects, found_order, parse_executions, parse_order
from tasks.brokers.ibkr.price_increments import Traded
from tasks.brokers.ibkr.reported import ReportedExecution, ReportedOrder, Reports, exact
from tasks.model.executions import standing_executions
from tasks.model.orders import OrderState, Side

AT = datetime(2022, 11, 22, 15, 0, tzinfo=UTC)
LATER = AT + timedelta(minutes=1)


def order(**more: object) -> ReportedOrder:
    known = ReportedOrder(
        (1, 4), "k", "main", "AAA", Side.BUY, Decimal(10), perm_id=1004, status="Submitted", heard_at=AT
    )
    return replace(known, **more)  # pyright: ignore[reportArgumentType]


def report(execution_id: str, shares: int = 10, at: datetime = AT, perm_id: int = 1004) -> ReportedExecution:
    price = Decimal(100)
    return ReportedExecution(
        execution_id, "k", perm_id, "main", "AAA", Side.BUY, Decimal(shares), price, at, "NASDAQ", (1, 4)
    )


@pytest.mark.parametrize(
    ("execution_id", "corrected"),
    [
        ("0000e0d5.6596b0b8.01.01", ""),
        ("0000e0d5.6596b0b8.01.02", "0000e0d5.6596b0b8.01.01"),
        ("0000e0d5.6596b0b8.02.01", ""),
        ("0000e0d5.6596b0b8.01.12", "0000e0d5.6596b0b8.01.01"),
        ("no-dots", ""),
        ("odd.ending", ""),
    ],
)
def test_only_the_part_after_the_last_dot_counts_corrections(execution_id: str, corrected: str) -> None:
    assert corrects(execution_id) == corrected


def test_of_several_corrections_the_newest_stands_also_when_one_between_was_never_seen() -> None:
    rows = (report("a.01"), report("a.03", 7, LATER))
    told = parse_executions(rows, {"a.01": Decimal(1), "a.03": Decimal(1)}, (), AT)
    (stands,) = standing_executions(told)
    assert stands.shares == 7


def test_executions_outrank_a_status_that_is_behind_and_a_status_that_is_ahead_is_told() -> None:
    assert parse_order(order(filled=Decimal(2)), [report("a.01", 6)]).filled_shares == 6
    ahead = parse_order(order(filled=Decimal(10), status="Filled"), [report("a.01", 6)])
    assert (ahead.filled_shares, ahead.state) == (10, OrderState.FILLED)


def test_a_correction_outranks_what_the_status_had_counted() -> None:
    rows = [report("a.01", 10), report("a.02", 4, LATER)]
    assert parse_order(order(filled=Decimal(10), status="Filled"), rows).filled_shares == 4


def test_a_refused_order_that_filled_all_the_same_is_no_refused_one() -> None:
    refused = order(status="Inactive", refused="201: no")
    assert parse_order(refused, []).state is OrderState.REJECTED
    assert parse_order(refused, [report("a.01", 10)]).state is OrderState.FILLED


@pytest.mark.parametrize(
    ("status", "filled", "state"),
    [
        ("PendingSubmit", 0, OrderState.ACCEPTED),
        ("PreSubmitted", 0, OrderState.ACCEPTED),
        ("Submitted", 3, OrderState.PARTIALLY_FILLED),
        ("PendingCancel", 0, OrderState.ACCEPTED),
        ("Inactive", 0, OrderState.ACCEPTED),
        ("Cancelled", 3, OrderState.CANCELLED),
        ("ApiCancelled", 0, OrderState.CANCELLED),
        ("Filled", 10, OrderState.FILLED),
        ("AStatusOfTheFuture", 0, OrderState.ACCEPTED),
    ],
)
def test_each_status_of_the_wire_has_one_state(status: str, filled: int, state: OrderState) -> None:
    assert state_of(status, Decimal(filled), Decimal(10)) is state


def test_an_expired_order_is_told_from_a_cancelled_one_by_its_sentence() -> None:
    assert state_of("Cancelled", Decimal(0), Decimal(10), "Expired") is OrderState.EXPIRED


def test_what_was_heard_at_work_counts_for_a_minute_without_a_list_that_has_it() -> None:
    """A list may be behind the order; it is not behind for ever."""
    assert found_order([], [], [order()], [], AT) is not None
    assert found_order([], [], [order()], [], LATER) is None


def test_an_order_sent_and_never_heard_of_is_not_found_by_our_own_memory() -> None:
    assert found_order([], [], [order(status="", perm_id=0, heard_at=None)], [], AT) is None


def test_an_order_known_by_its_executions_alone_is_found() -> None:
    found = found_order([], [], [], [report("a.01", 6)], AT)
    assert found is not None
    assert (found.state, found.filled_shares) == (OrderState.PARTIALLY_FILLED, 6)


def test_of_several_orders_of_a_key_the_one_that_works_is_told() -> None:
    found = found_order([order(perm_id=2)], [order(perm_id=9, status="Filled")], [], [], AT)
    assert found is not None
    assert found.broker_order_id == "2"


def test_the_partners_of_an_order_are_what_works_of_its_group_under_the_same_client() -> None:
    ours = order(group="g")
    others = {
        "partner": order(name=(1, 5), group="g"),
        "over": order(name=(1, 6), group="g", status="Cancelled"),
        "never heard of": order(name=(1, 7), group="g", status=""),
        "another client's": order(name=(2, 5), group="g"),
        "of another group": order(name=(1, 8), group="h"),
        "of none": order(name=(1, 9)),
    }
    records = Reports({o.name: o for o in (ours, *others.values())})
    assert records.partners(ours) == (others["partner"],)
    assert records.partners(others["of none"]) == ()


def test_of_an_earlier_connection_only_what_is_over_keeps_its_state() -> None:
    kept = {
        1: order(name=(1, 1)),
        2: order(name=(1, 2), status="Filled"),
        3: order(name=(1, 3), status="", refused="201: no"),
        4: order(name=(1, 4), refused="201: one venue does not take it"),
    }
    after = Reports({o.name: o for o in kept.values()}).of_an_earlier_connection().orders
    assert [o.status for o in after.values()] == ["", "Filled", "", ""]
    assert [o.is_refused for o in after.values()] == [False, False, True, False]


@pytest.mark.parametrize(
    ("price", "fits"), [("0.5003", True), ("0.50031", False), ("1.001", False), ("1.01", True), ("0", False)]
)
def test_a_price_fits_the_step_of_its_band(price: str, fits: bool) -> None:
    bands = ((Decimal(0), Decimal("0.0001")), (Decimal(1), Decimal("0.01")))
    assert Traded("AAA", 1, "NASDAQ", bands, Decimal(1)).takes_price(Decimal(price)) is fits


def test_numbers_are_as_they_stood_on_the_wire_and_unset_ones_are_none() -> None:
    assert exact(0.1) == Decimal("0.1")
    assert str(exact(10.0)) == "10"
    assert exact(1.7976931348623157e308) == exact(None) == 0


def test_a_share_class_is_written_with_a_space_at_ib() -> None:
    assert our_symbol(wire_symbol("BRK.B")) == "BRK.B"
    assert wire_symbol("BRK.B") == "BRK B"
