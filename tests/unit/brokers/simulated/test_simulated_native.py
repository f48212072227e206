"""The exchange's own algorithms: how much of an order each minute gets, and what is left at the end."""

from decimal import Decimal
from typing import Any

import pytest
from simulated_world import TUESDAY, after_open, buy, flat_week, opened, stepping_week, worked

from tasks.brokers.simulated.broker import SimulatedBroker
from tasks.brokers.simulated.engine.accept import Refusal
from tasks.model.orders import NativeAlgorithm, OrderRequest, OrderState

STILL: dict[str, Any] = {"impact_coefficient": 0.0, "half_spread_bps": 0.0, "opening_cash_usd": "1e9"}
HOUR = {"start": after_open(0), "end": after_open(60)}


def by_minute(found: SimulatedBroker) -> dict[int, int]:
    """Shares of each minute's fill."""
    start = after_open(0)
    return {int((e.at - start).total_seconds() // 60): int(e.shares) for e in found.executions(TUESDAY)}


def begun(home, request: OrderRequest, path: tuple[float, ...] = (100.0,), **world: Any) -> SimulatedBroker:
    found = opened(home, stepping_week("AAA", list(path)), **{**STILL, **world})
    found.submit(request)
    return found


def test_twap_asks_for_the_same_in_every_minute(tmp_path):
    found = begun(tmp_path, worked(buy("k", 6_000), NativeAlgorithm.TWAP, **HOUR))
    found.wait_until(after_open(60))
    assert by_minute(found) == dict.fromkeys(range(60), 100)


def test_vwap_asks_for_its_part_of_each_minutes_volume(tmp_path):
    found = begun(tmp_path, worked(buy("k", 6_000), NativeAlgorithm.VWAP, **HOUR))
    found.wait_until(after_open(60))
    bars = [b for b in found.market_bars("AAA", after_open(0), after_open(60)) if b.auction is None]
    ours = by_minute(found)
    market = [bar.volume - ours[minute] for minute, bar in enumerate(bars)]
    for minute, volume in enumerate(market):
        assert ours[minute] == pytest.approx(6_000 * volume / sum(market), abs=1)
    assert sum(ours.values()) == 6_000


def test_percent_of_volume_takes_its_part_of_each_minute_and_makes_nothing_up(tmp_path):
    how = {"max_participation_pct": Decimal(5), **HOUR}
    found = begun(tmp_path, worked(buy("k", 100_000), NativeAlgorithm.PERCENT_OF_VOLUME, **how))
    found.wait_until(after_open(60))
    minutes = by_minute(found)
    assert [minutes[minute] for minute in range(1, 60)] == [500] * 59


@pytest.mark.parametrize(("pace", "shares"), [("patient", 625), ("normal", 1_250), ("urgent", 2_500)])
def test_arrival_price_takes_more_of_the_cap_the_more_urgent_it_is(tmp_path, pace, shares):
    found = begun(tmp_path, worked(buy("k", 30_000), NativeAlgorithm.ARRIVAL_PRICE, pace=pace, start=after_open(1)))
    found.wait_until(after_open(4))
    assert by_minute(found) == {1: shares, 2: shares, 3: shares}


def test_a_cap_wider_than_the_exchanges_is_the_exchanges(tmp_path):
    how = {"start": after_open(1), "max_participation_pct": Decimal(40)}
    found = begun(tmp_path, worked(buy("k", 30_000), NativeAlgorithm.ARRIVAL_PRICE, **how))
    found.wait_until(after_open(3))
    assert by_minute(found) == {1: 1_250, 2: 1_250}


def test_an_order_that_comes_after_its_start_begins_when_it_is_there(tmp_path):
    found = opened(tmp_path, stepping_week("AAA", [100.0]), **STILL)
    found.wait_until(after_open(20.5))
    found.submit(worked(buy("k", 390), NativeAlgorithm.TWAP, **HOUR))
    found.wait_until(after_open(60))
    assert by_minute(found) == dict.fromkeys(range(21, 60), 10)


def test_a_limit_price_holds_for_an_algorithm_and_the_rest_is_cancelled_at_its_end(tmp_path):
    path = (100.0,) * 30 + (101.0,) * 30
    found = begun(tmp_path, worked(buy("k", 6_000, limit="100.50"), NativeAlgorithm.TWAP, **HOUR), path)
    found.wait_until(after_open(60))
    order = found.find_order("k")
    assert order is not None
    assert (order.state, order.filled_shares) == (OrderState.CANCELLED, 3_000)
    assert order.reason == "its algorithm's time is over"


def test_all_orders_of_a_symbol_share_the_exchanges_cap_with_an_algorithm(tmp_path):
    found = begun(tmp_path, worked(buy("k", 50_000), NativeAlgorithm.ARRIVAL_PRICE, pace="urgent"))
    found.submit(buy("other", 50_000))
    found.wait_until(after_open(10))
    for bar in found.market_bars("AAA", after_open(1), after_open(10)):
        ours = sum(e.shares for e in found.executions(TUESDAY) if bar.start < e.at < bar.end)
        assert ours == 2_500


def test_without_an_end_an_algorithm_works_to_the_close_and_its_rest_expires(tmp_path):
    found = begun(tmp_path, worked(buy("k", 5_000_000), NativeAlgorithm.TWAP))
    found.wait_until(after_open(390))
    order = found.find_order("k")
    assert order is not None
    assert order.state is OrderState.EXPIRED
    assert 0 < order.filled_shares < 5_000_000


@pytest.mark.parametrize(
    "how",
    [
        {"start": after_open(395)},
        {"end": after_open(-10)},
        {"end": after_open(5)},
    ],
    ids=["after the close", "before the open", "over"],
)
def test_an_algorithm_without_time_is_refused(tmp_path, how):
    found = opened(tmp_path, flat_week("AAA"), **STILL)
    found.wait_until(after_open(10))
    with pytest.raises(Refusal, match="has no time"):
        found.exchange.place(worked(buy("k", 10), NativeAlgorithm.TWAP, **how))
