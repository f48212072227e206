"""Random orders of every kind the simulated exchange takes, and scripts of what is done with them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st
from simulated_world import MemorySource, after_open, quiet_week, trailing, with_exits, with_stop, worked

from tasks.brokers.simulated.broker import SimulatedBroker
from tasks.errors import OrderRefusedError
from tasks.model.orders import NativeAlgorithm, OrderClass, OrderRequest, OrderType, Side, TimeInForce

SYMBOLS = ("AAA", "BBB")
LASTING = (TimeInForce.DAY, TimeInForce.GOOD_TILL_CANCELLED)
CANCEL, NEXT_DAY = "cancel", "next day"
Step = OrderRequest | int | str


def moving_week() -> MemorySource:
    """Days that go from 100 up to 101, down to 98 and end at 100, with little volume."""
    return quiet_week(*SYMBOLS, volume=400_000, open=100.0, high=101.0, low=98.0, close=100.0)


@st.composite
def simple_orders(draw: st.DrawFn, times: Sequence[TimeInForce] = LASTING) -> OrderRequest:
    """A market or limit order; its key is given when it is sent."""
    limit = draw(st.none() | st.integers(9_750, 10_150).map(lambda cents: Decimal(cents) / 100))
    return OrderRequest(
        key="",
        account="main",
        symbol=draw(st.sampled_from(SYMBOLS)),
        side=draw(st.sampled_from(Side)),
        shares=Decimal(draw(st.integers(1, 3_000))),
        order_type=OrderType.MARKET if limit is None else OrderType.LIMIT,
        time_in_force=draw(st.sampled_from(times)),
        limit_price=limit,
    )


def stop_orders() -> st.SearchStrategy[OrderRequest]:
    prices = st.integers(9_800, 10_100).map(lambda cents: str(Decimal(cents) / 100))
    return st.builds(with_stop, simple_orders(), prices)


@st.composite
def trailing_orders(draw: st.DrawFn) -> OrderRequest:
    request = replace(draw(simple_orders()), order_type=OrderType.MARKET, limit_price=None)
    tenths = str(Decimal(draw(st.integers(1, 15))) / 10)
    return draw(st.sampled_from([trailing(request, usd=tenths), trailing(request, pct=tenths)]))


@st.composite
def linked_orders(draw: st.DrawFn) -> OrderRequest:
    """Brackets, one-cancels-other and one-triggers-other orders around 99.50, for either side."""
    entry, kind = draw(simple_orders()), draw(st.sampled_from([OrderClass.BRACKET, OrderClass.OCO, OrderClass.OTO]))
    above, below = (str(Decimal(draw(st.integers(*ends))) / 100) for ends in ((9_950, 10_120), (9_780, 9_940)))
    leaves_up = (entry.side is Side.BUY) != (kind is OrderClass.OCO)
    profit, loss = (above, below) if leaves_up else (below, above)
    if kind is OrderClass.OCO:
        entry = replace(entry, order_type=OrderType.LIMIT, limit_price=Decimal(profit))
        return with_exits(entry, kind, loss=loss)
    if kind is OrderClass.OTO:
        return draw(st.sampled_from([with_exits(entry, kind, loss=loss), with_exits(entry, kind, profit=profit)]))
    limit = draw(st.sampled_from([None, loss]))
    return with_exits(entry, kind, profit, loss, limit)


@st.composite
def native_orders(draw: st.DrawFn) -> OrderRequest:
    first, lasting = draw(st.integers(-30, 200)), draw(st.integers(5, 240))
    return worked(
        draw(simple_orders([TimeInForce.DAY])),
        draw(st.sampled_from(NativeAlgorithm)),
        start=after_open(first),
        end=after_open(first + lasting),
        max_participation_pct=Decimal(draw(st.integers(1, 40))),
        pace=draw(st.sampled_from(["patient", "normal", "urgent"])),
    )


any_order = st.one_of(
    simple_orders(list(TimeInForce)),
    stop_orders(),
    trailing_orders(),
    linked_orders(),
    linked_orders(),
    native_orders(),
)
scripts = st.lists(st.one_of(any_order, any_order, st.integers(0, 60), st.just(CANCEL)), min_size=1, max_size=20)


def play(found: SimulatedBroker, script: Sequence[Step], first: int = 0) -> list[OrderRequest]:
    """Send orders, wait minutes, cancel the oldest; returns the orders that were taken, with their keys."""
    taken: list[OrderRequest] = []
    for number, step in enumerate(script, start=first):
        if isinstance(step, OrderRequest):
            request = replace(step, key=f"k{number}")
            try:
                found.submit(request)
            except OrderRefusedError:
                assert found.find_order(request.key) is None
            else:
                taken.append(request)
        elif isinstance(step, int):
            found.wait_until(found.now() + timedelta(minutes=step))
        elif found.open_orders():
            found.cancel(found.open_orders()[0].key)
    return taken
