"""Every broker's table of what it takes is kept to: what is not in it is refused before it is sent."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from tasks.book.faults import FaultKind
from tasks.brokers.simulated.faults.exchange import FaultyExchange
from tasks.errors import OrderRefusedError
from tasks.model.order_validation import NEEDS_LIMIT, NEEDS_STOP, refusal_reason
from tasks.model.orders import NativeAlgorithm, OrderClass, OrderRequest, OrderState, OrderType, TimeInForce
from tasks.ports.broker import Broker
from tests.contract.conftest import Open, fault
from tests.unit.brokers.simulated.simulated_world import TUESDAY, after_open, buy, sell, with_exits, worked


def of_kind(key: str, kind: OrderType, when: TimeInForce) -> OrderRequest:
    """A purchase far below the market (a stop far above it) that has every price its type needs."""
    return replace(
        buy(key, 10, when=when),
        order_type=kind,
        limit_price=Decimal(90) if kind in NEEDS_LIMIT else None,
        stop_price=Decimal(180) if kind in NEEDS_STOP else None,
        trail_usd=Decimal(50) if kind is OrderType.TRAILING_STOP else None,
    )


def misfits() -> Iterator[OrderRequest]:
    """Orders that no broker takes, whatever its table says."""
    yield replace(buy("m1", 10), stop_price=Decimal(90))
    yield replace(buy("m2", 10), order_type=OrderType.STOP)
    yield replace(buy("m3", 10), order_type=OrderType.TRAILING_STOP, trail_usd=Decimal(1), trail_pct=Decimal(1))
    yield with_exits(buy("m4", 10), profit="102")
    yield with_exits(buy("m5", 10), profit="98", loss="102")
    yield with_exits(sell("m6", 10), OrderClass.OCO, loss="98")
    yield worked(buy("m7", 10), NativeAlgorithm.VWAP, start=after_open(60), end=after_open(30))
    yield buy("k" * 200, 10)
    yield buy("", 10)


def not_in_the_table(broker: Broker) -> Iterator[OrderRequest]:
    kinds = (of_kind(f"t-{kind}-{when}"[:40], kind, when) for kind in OrderType for when in TimeInForce)
    classes = (
        with_exits(buy("c1", 10), profit="102", loss="98"),
        with_exits(sell("c2", 10, limit="102"), OrderClass.OCO, loss="98"),
        with_exits(buy("c3", 10), OrderClass.OTO, loss="98"),
    )
    half = Decimal(5)
    native = (worked(buy(f"n-{name}", 10), name, max_participation_pct=half) for name in NativeAlgorithm)
    for request in (*kinds, *classes, *native):
        if refusal_reason(request, broker.capabilities):
            yield request
    yield from misfits()


def test_an_order_that_the_table_does_not_have_is_refused_before_it_is_sent(open_world: Open) -> None:
    """Nothing that is sent would be answered here, so a refusal can only come from this side of the line."""
    opened = open_world(fault(FaultKind.RESET_BEFORE, times=None))
    opened.broker.open_session(TUESDAY)

    for request in not_in_the_table(opened.broker):
        with pytest.raises(OrderRefusedError) as met:
            opened.broker.submit(request)
        assert refusal_reason(request, opened.broker.capabilities) in str(met.value)

    assert opened.truth().orders == ()
    assert isinstance(opened.exchange, FaultyExchange)
    assert opened.exchange.fired() == {}


@pytest.mark.parametrize("kind", OrderType)
def test_every_type_that_the_table_has_is_taken_with_each_of_its_times_in_force(
    open_world: Open, kind: OrderType
) -> None:
    opened = open_world()
    opened.broker.open_session(TUESDAY)
    taken = sorted(when for of, when in opened.broker.capabilities.takes if of is kind)
    if not taken:
        opened.must_take(of_kind("k1", kind, TimeInForce.DAY))

    for when in taken:
        told = opened.broker.submit(of_kind(f"k-{when}", kind, when))
        assert told.state is OrderState.ACCEPTED, when

    assert [o.key for o in opened.broker.open_orders()] == [f"k-{when}" for when in taken]
    asked = {o.key: (o.request.order_type, o.request.time_in_force) for o in opened.truth().orders}
    assert asked == {f"k-{when}": (kind, when) for when in taken}


def test_a_broker_can_be_closed_twice_and_its_orders_stay(open_world: Open) -> None:
    opened = open_world()
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(buy("k1", 100, limit="90"))

    opened.broker.close()
    opened.broker.close()

    assert [order.state for order in opened.truth().orders] == [OrderState.ACCEPTED]
    other = opened.again()
    other.connect()
    assert [order.key for order in other.open_orders()] == ["k1"]
    other.close()
    other.close()
