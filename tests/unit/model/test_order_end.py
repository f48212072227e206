"""An order that was not filled ended when nothing of it could fill any more, not at the close."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tasks.model.executions import totals_of
from tasks.model.market import MarketBar
from tasks.model.order_end import order_end, price_at
from tasks.model.order_records import ParentOrder, Slice
from tasks.model.orders import Algorithm, Execution, OrderRequest, OrderState, OrderType, Side, TimeInForce

OPENS = datetime(2022, 6, 15, 13, 30, tzinfo=UTC)
CLOSES = datetime(2022, 6, 15, 20, 0, tzinfo=UTC)
DEADLINE = CLOSES - timedelta(minutes=120)
D = Decimal


def order(algorithm: Algorithm = Algorithm.TWAP, shares: int = 100) -> ParentOrder:
    return ParentOrder(
        "o-1", "c-1", "hash", "AAA", Side.BUY, D(shares), algorithm, "toward_target", D(50), OPENS, None, None, ()
    )


def piece(state: OrderState, at: datetime, number: int = 1, broker_order_id: str = "b", shares: int = 50) -> Slice:
    request = OrderRequest(f"o-1-{number}", "main", "AAA", Side.BUY, D(shares), OrderType.MARKET, TimeInForce.DAY)
    return Slice(request, "o-1", number, 0, at, state, broker_order_id, state_at=at)


def fill(at: datetime, shares: int) -> Execution:
    return Execution(f"x-{at:%H%M}", "o-1-1", "AAA", Side.BUY, D(shares), D(50), D(0), at, "main")


def ended(found: ParentOrder, slices: tuple[Slice, ...] = (), fills: tuple[Execution, ...] = ()) -> datetime:
    return order_end(found, slices, totals_of(fills), DEADLINE, (OPENS, CLOSES))


def test_a_filled_order_ended_with_its_last_fill():
    first, last = OPENS + timedelta(minutes=9), OPENS + timedelta(minutes=70)
    assert ended(order(), fills=(fill(last, 60), fill(first, 40))) == last


def test_an_unfilled_rest_that_is_cancelled_at_the_deadline_ended_there():
    slices = (piece(OrderState.FILLED, OPENS), piece(OrderState.CANCELLED, DEADLINE, 2))
    assert ended(order(), slices, (fill(OPENS + timedelta(minutes=5), 50),)) == DEADLINE


def test_a_slice_that_was_swept_after_the_deadline_ends_its_order_when_it_is_over_at_most_at_the_close():
    later = DEADLINE + timedelta(minutes=30)
    assert ended(order(), (piece(OrderState.CANCELLED, later),)) == later
    assert ended(order(), (piece(OrderState.EXPIRED, CLOSES + timedelta(minutes=5)),)) == CLOSES


def test_a_slice_that_was_never_sent_keeps_no_order_alive():
    withheld = piece(OrderState.CANCELLED, CLOSES + timedelta(minutes=5), broker_order_id="")
    assert ended(order(), (withheld,)) == DEADLINE


@pytest.mark.parametrize(("algorithm", "end"), [(Algorithm.AT_OPEN, OPENS), (Algorithm.AT_CLOSE, CLOSES)])
def test_orders_for_an_auction_end_with_it(algorithm, end):
    assert ended(order(algorithm)) == end


def test_the_end_price_is_that_of_the_newest_bar_over_by_then():
    minute = timedelta(minutes=1)
    bars = [
        MarketBar("AAA", OPENS + n * minute, OPENS + (n + 1) * minute, *(D(50 + n),) * 4, 100, D(50 + n))
        for n in range(5)
    ]
    assert price_at(bars, OPENS + 2 * minute) == D(51)
    assert price_at(bars, OPENS + timedelta(seconds=90)) == D(50)
    assert price_at(bars, OPENS) is None
