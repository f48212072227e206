"""Whether a broker takes an order: each check with its reason, against a table of everything."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tasks.model.capabilities import Capabilities
from tasks.model.order_validation import misfit, refusal_reason, takes_auction
from tasks.model.orders import NativeAlgorithm, NativeOrder, OrderClass, OrderRequest, OrderType, Side, TimeInForce
from tests.unit.brokers.simulated.simulated_world import after_open, buy, sell, trailing, with_exits, with_stop, worked

DAY, GTC, AT_OPEN = TimeInForce.DAY, TimeInForce.GOOD_TILL_CANCELLED, TimeInForce.AT_OPEN
EVERYTHING = frozenset((kind, when) for kind in OrderType for when in TimeInForce)
ALL = Capabilities(
    environment="paper",
    takes=EVERYTHING,
    fractions=frozenset({(OrderType.MARKET, DAY)}),
    share_step=Decimal("0.001"),
    price_step=Decimal("0.01"),
    clock_jumps=True,
    market_data_note="",
    classes=frozenset(OrderClass),
    native=frozenset(NativeAlgorithm),
)
TAKEN = [
    buy("k", 1),
    buy("k", 1, limit="99"),
    buy("k", "0.5"),
    with_stop(buy("k", 1), "101"),
    with_stop(sell("k", 1, limit="98"), "99"),
    trailing(sell("k", 1), usd="1"),
    trailing(sell("k", 1), pct="99.9"),
    with_exits(buy("k", 1), profit="102", loss="98"),
    with_exits(sell("k", 1), profit="98", loss="102"),
    with_exits(buy("k", 1, when=GTC), profit="102", loss="98", loss_limit="97"),
    with_exits(sell("k", 1, limit="102"), OrderClass.OCO, loss="98"),
    with_exits(buy("k", 1, limit="98"), OrderClass.OCO, loss="102"),
    with_exits(buy("k", 1), OrderClass.OTO, profit="102"),
    with_exits(buy("k", 1), OrderClass.OTO, loss="98"),
    worked(buy("k", 1), NativeAlgorithm.VWAP, start=after_open(0), end=after_open(1)),
    worked(buy("k", 1, limit="99"), NativeAlgorithm.PERCENT_OF_VOLUME, max_participation_pct=Decimal(100)),
    buy("k" * 40, 1),
    with_exits(buy("k" * 37, 1), profit="102", loss="98"),
]
REFUSED = [
    (buy("", 1), "1 to 40 characters"),
    (buy("k" * 41, 1), "this one 41"),
    (with_exits(buy("k" * 38, 1), profit="102", loss="98"), "this one 41"),
    (buy("k", 0), "0 shares"),
    (buy("k", -1), "-1 shares"),
    (buy("k", "NaN"), "NaN shares"),
    (buy("k", "Infinity"), "Infinity shares"),
    (buy("k", "0.0001"), "a positive multiple of 0.001"),
    (buy("k", "0.5", limit="99"), "no fractions in such orders"),
    (with_exits(buy("k", "0.5"), profit="102", loss="98"), "no fractions in such orders"),
    (worked(buy("k", "0.5"), NativeAlgorithm.VWAP), "no fractions in such orders"),
    (replace(buy("k", 1), limit_price=Decimal(1)), "carries no limit_price, this one has 1"),
    (replace(buy("k", 1), order_type=OrderType.LIMIT), "needs a limit_price"),
    (buy("k", 1, limit="-1"), "limit_price is -1"),
    (buy("k", 1, limit="NaN"), "limit_price is NaN"),
    (replace(buy("k", 1), order_type=OrderType.STOP), "needs a stop_price"),
    (replace(buy("k", 1), stop_price=Decimal(1)), "carries no stop_price"),
    (replace(with_stop(buy("k", 1), "101"), order_type=OrderType.STOP_LIMIT), "needs a limit_price"),
    (replace(buy("k", 1), order_type=OrderType.TRAILING_STOP), "needs a trail_pct or trail_usd"),
    (replace(buy("k", 1), trail_pct=Decimal(1)), "carries no trail_pct or trail_usd"),
    (replace(trailing(buy("k", 1), usd="1"), trail_pct=Decimal(1)), "one distance"),
    (trailing(buy("k", 1), pct="100"), "trail_pct is 100"),
    (trailing(buy("k", 1), usd="0"), "has to be positive"),
    (with_exits(buy("k", 1), profit="102"), "does not go with these legs: tp"),
    (with_exits(buy("k", 1), OrderClass.SIMPLE, profit="102"), "does not go with these legs: tp"),
    (with_exits(buy("k", 1), OrderClass.OTO), "does not go with these legs: none"),
    (with_exits(buy("k", 1), OrderClass.OTO, profit="102", loss="98"), "does not go with these legs: sl, tp"),
    (with_exits(buy("k", 1), OrderClass.OTO, profit="102", loss_limit="98"), "goes with a stop_loss"),
    (with_exits(buy("k", 1), profit="102", loss="0"), "stop_loss is 0"),
    (with_exits(buy("k", 1), profit="NaN", loss="98"), "take_profit is NaN"),
    (with_exits(buy("k", 1), profit="98", loss="102"), "has to be above the stop-loss"),
    (with_exits(buy("k", 1), profit="98", loss="98"), "has to be above the stop-loss"),
    (with_exits(sell("k", 1), profit="102", loss="98"), "has to be below the stop-loss"),
    (with_exits(sell("k", 1, limit="98"), OrderClass.OCO, loss="102"), "has to be above the stop-loss"),
    (with_exits(sell("k", 1), OrderClass.OCO, loss="98"), "itself the take-profit, a limit order"),
    (with_exits(buy("k", 1, when=AT_OPEN), profit="102", loss="98"), "make it day or gtc, not opg"),
    (worked(with_stop(buy("k", 1), "101"), NativeAlgorithm.VWAP), "not stop day ones"),
    (worked(buy("k", 1, when=GTC), NativeAlgorithm.VWAP), "not market gtc ones"),
    (worked(with_exits(buy("k", 1), profit="102", loss="98"), NativeAlgorithm.VWAP), "works single"),
    (worked(buy("k", 1), NativeAlgorithm.VWAP, start=after_open(1), end=after_open(1)), "not after its start"),
    (worked(buy("k", 1), NativeAlgorithm.VWAP, max_participation_pct=Decimal(101)), "max_participation_pct is 101"),
    (worked(buy("k", 1), NativeAlgorithm.VWAP, max_participation_pct=Decimal(0)), "max_participation_pct is 0"),
    (worked(buy("k", 1), NativeAlgorithm.PERCENT_OF_VOLUME), "needs max_participation_pct"),
]


@pytest.mark.parametrize("request_", TAKEN, ids=range(len(TAKEN)))
def test_an_order_that_makes_sense_is_taken_by_a_broker_that_takes_everything(request_: OrderRequest) -> None:
    assert refusal_reason(request_, ALL) == ""


@pytest.mark.parametrize(("request_", "reason"), REFUSED, ids=range(len(REFUSED)))
def test_an_order_that_makes_no_sense_is_refused_with_its_reason(request_: OrderRequest, reason: str) -> None:
    assert reason in refusal_reason(request_, ALL)


@pytest.mark.parametrize("request_", TAKEN, ids=range(len(TAKEN)))
def test_what_a_broker_does_not_have_in_its_table_it_does_not_take(request_: OrderRequest) -> None:
    kind = (request_.order_type, request_.time_in_force)
    without_kind = replace(ALL, takes=EVERYTHING - {kind})
    assert f"{kind[0]} orders with time in force {kind[1]} are not taken here" in refusal_reason(request_, without_kind)
    without_class = replace(ALL, classes=frozenset(OrderClass) - {request_.order_class})
    assert f"{request_.order_class} orders are not taken here" in refusal_reason(request_, without_class)
    if request_.native is not None:
        assert "let Steelyard slice the order" in refusal_reason(request_, replace(ALL, native=frozenset()))


def test_what_fits_together_does_so_at_any_broker() -> None:
    """The table is not asked: an empty one refuses the kind, never the prices."""
    assert misfit(buy("k", 1)) == ""
    assert "needs a stop_price" in misfit(replace(buy("k", 1), order_type=OrderType.STOP))


def test_an_auction_is_taken_where_market_orders_can_be_in_it() -> None:
    only_limits = replace(ALL, takes=frozenset({(OrderType.LIMIT, AT_OPEN)}))
    assert takes_auction(AT_OPEN, ALL)
    assert not takes_auction(AT_OPEN, only_limits)


def test_a_native_order_says_nothing_of_its_own_by_default() -> None:
    order = OrderRequest("k", "main", "AAA", Side.BUY, Decimal(1), OrderType.MARKET, DAY)
    assert refusal_reason(replace(order, native=NativeOrder(NativeAlgorithm.ADAPTIVE)), ALL) == ""
