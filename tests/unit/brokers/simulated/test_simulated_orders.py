"""What our orders get: prices, caps, auctions, expiry, and a reason for every refusal."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simulated_world import (
    CLOSE,
    HALF_DAY,
    OPEN,
    TUESDAY,
    WEDNESDAY,
    after_open,
    broker,
    buy,
    flat_week,
    hours,
    opened,
    quiet_week,
    sell,
)

from tasks.brokers.simulated.engine.matching import _beyond, _Offer
from tasks.errors import BrokerError, OrderRefusedError
from tasks.model.orders import OrderState, Side, TimeInForce

AT_OPEN, AT_CLOSE = TimeInForce.AT_OPEN, TimeInForce.AT_CLOSE
NO_IMPACT: dict[str, Any] = {"impact_coefficient": 0.0}
in_tmp = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_a_market_buy_pays_the_ask_and_a_market_sell_gets_the_bid(tmp_path):
    found = opened(tmp_path, flat_week("AAA"), opening_shares={"AAA": "100"}, half_spread_bps=2, **NO_IMPACT)
    found.submit(buy("b", 100))
    found.submit(sell("s", 100))
    found.wait_until(after_open(1))
    assert [(e.side, e.price) for e in found.executions(TUESDAY)] == [
        (Side.BUY, Decimal("100.0200")),
        (Side.SELL, Decimal("99.9800")),
    ]


def test_the_commission_is_per_share_with_a_minimum_for_each_child_order_and_not_for_each_fill(tmp_path):
    found = opened(tmp_path, flat_week("AAA"), opening_cash_usd="5e6", max_participation_pct=1)
    found.submit(buy("small", 10))
    found.submit(buy("large", 2_000))
    found.wait_until(CLOSE)
    fees = {key: [e.fee for e in found.executions(TUESDAY) if e.key == key] for key in ("small", "large")}
    assert fees["small"] == [Decimal("0.35")]
    assert len(fees["large"]) > 3
    assert sum(fees["large"]) == Decimal("7.00")


def test_a_large_order_fills_over_minutes_and_never_beyond_the_cap_of_any(tmp_path):
    found = opened(tmp_path, flat_week("AAA"), opening_cash_usd="1e9", max_participation_pct=10)
    for key in ("one", "two"):
        found.submit(buy(key, 30_000))
    found.wait_until(after_open(60))
    ours: dict = {}
    for execution in found.executions(TUESDAY):
        ours[execution.at] = ours.get(execution.at, 0) + execution.shares
    assert len(ours) > 10
    bars = {bar.start: bar.volume for bar in found.market_bars("AAA", OPEN, CLOSE) if bar.auction is None}
    for at, shares in ours.items():
        market = bars[at - timedelta(seconds=30)] - shares
        assert shares <= market * Decimal("0.10")
        assert shares > market * Decimal("0.09") or at == max(ours)


def test_the_older_order_fills_first(tmp_path):
    found = opened(tmp_path, flat_week("AAA"), opening_cash_usd="1e9")
    found.submit(buy("older", 20_000))
    found.submit(buy("newer", 20_000))
    found.wait_until(after_open(3))
    older, newer = found.find_order("older"), found.find_order("newer")
    assert older is not None
    assert newer is not None
    assert older.filled_shares > newer.filled_shares
    assert older.state is OrderState.FILLED or newer.filled_shares == 0


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(1, 3_000), st.integers(-150, 150), st.integers(0, 380)),
        min_size=1,
        max_size=12,
    )
)
@in_tmp
def test_no_limit_order_ever_fills_beyond_its_limit(tmp_path_factory, wanted):
    found = opened(tmp_path_factory.mktemp("b"), quiet_week("AAA"), opening_cash_usd="1e9")
    limits = {}
    for number, (is_buy, shares, cents, minute) in enumerate(sorted(wanted, key=lambda w: w[3])):
        found.wait_until(after_open(minute))
        limit = str(Decimal(100) + Decimal(cents) / 100)
        limits[str(number)] = Decimal(limit)
        with suppress(OrderRefusedError):  # a sale that would turn the position around
            found.submit((buy if is_buy else sell)(str(number), shares, limit=limit))
    found.wait_until(CLOSE)
    for execution in found.executions(TUESDAY):
        assert execution.side.sign * (limits[execution.key] - execution.price) >= 0


def test_a_limit_away_from_the_market_waits_and_fills_at_the_limit_when_the_market_trades_through(tmp_path):
    source = quiet_week("AAA", open=100.0, high=101.0, low=98.0, close=100.0)
    found = opened(tmp_path, source, **NO_IMPACT)
    found.submit(buy("through", 100, limit="98.50"))
    found.submit(buy("never", 100, limit="97.99"))
    found.wait_until(CLOSE)
    bought = [e for e in found.executions(TUESDAY) if e.key == "through"]
    assert sum(e.shares for e in bought) == 100
    assert all(e.price <= Decimal("98.50") for e in bought)
    lows = {bar.start: bar.low for bar in found.market_bars("AAA", OPEN, CLOSE) if bar.auction is None}
    assert all(lows[e.at - timedelta(seconds=30)] < Decimal("98.50") for e in bought)
    never = found.find_order("never")
    assert never is not None
    assert (never.state, never.filled_shares) == (OrderState.EXPIRED, 0)


def test_a_market_that_only_touches_the_limit_fills_nothing(tmp_path):
    found = opened(tmp_path, flat_week("AAA"), **NO_IMPACT)
    found.submit(buy("at-the-touch", 100, limit="100.00"))
    found.wait_until(CLOSE)
    assert found.executions(TUESDAY) == ()


def test_a_limit_order_stops_where_its_own_impact_reaches_the_limit(tmp_path):
    found = opened(tmp_path, flat_week("AAA"), opening_cash_usd="1e9", max_participation_pct=100, half_spread_bps=0)
    found.submit(buy("much", 100_000, limit="100.01"))
    found.wait_until(after_open(1))
    first = found.find_order("much")
    assert first is not None
    # the market stands at the limit: 0.015 * sqrt(shares / 3.9e6) = 1e-4
    assert first.filled_shares == int((1e-4 / 0.015) ** 2 * 3_900_000)


def test_our_buying_lifts_the_quote_and_the_tape_and_is_forgotten_by_the_half_life(tmp_path):
    found = opened(tmp_path, flat_week("AAA"), opening_cash_usd="1e9", impact_halflife_min=30, half_spread_bps=0)
    found.submit(buy("b", 5_000))
    found.wait_until(after_open(1))
    filled_at = found.executions(TUESDAY)[0].at
    shifts = {}
    for minutes in (0.5, 30, 60):
        found.wait_until(filled_at + timedelta(minutes=minutes))
        shifts[minutes] = float(found.quotes(["AAA"])["AAA"].mid) - 100
    whole = 100 * 0.015 * (5_000 / 3_900_000) ** 0.5
    assert shifts[30] == pytest.approx(whole / 2, abs=1e-4)
    assert shifts[60] == pytest.approx(whole / 4, abs=1e-4)
    later = found.market_bars("AAA", after_open(5), after_open(6))[0]
    assert later.vwap > 100


def test_our_selling_presses_the_quote_and_each_further_sale_gets_less(tmp_path):
    found = opened(tmp_path, flat_week("AAA"), opening_shares={"AAA": "6000"}, half_spread_bps=0)
    found.submit(sell("one", 3_000))
    found.submit(sell("two", 3_000))
    found.wait_until(after_open(1))
    first, second = (e.price for e in found.executions(TUESDAY))
    assert second < first < 100
    assert found.quotes(["AAA"])["AAA"].mid < 100


def test_a_resting_limit_gets_only_the_part_of_the_minute_that_lies_beyond_it():
    offer = _Offer(price=100.0, half_spread=0.0, low=99.0, high=101.0, shares=1_000.0)
    assert _beyond(offer, 1, 99.5, shift=0.0) == 0.25
    assert _beyond(offer, -1, 100.5, shift=0.0) == 0.25
    assert _beyond(offer, 1, 98.0, shift=0.0) == 0.0
    assert _beyond(offer, 1, 99.0, shift=0.0) == 0.0


def test_selling_what_was_bought_at_once_never_earns_and_without_a_spread_costs_only_the_commission(tmp_path):
    found = opened(tmp_path, flat_week("AAA"), half_spread_bps=0, max_participation_pct=100)
    found.submit(buy("in", 3_000))
    found.submit(sell("out", 3_000))
    found.wait_until(after_open(2))
    lost = Decimal(1_000_000) - found.account_state().cash
    assert found.account_state().positions == {}
    assert lost == Decimal("21.00")


def test_an_order_that_comes_within_a_minute_waits_for_the_next(tmp_path):
    found = opened(tmp_path, flat_week("AAA"))
    found.wait_until(after_open(10.5))
    found.submit(buy("b", 100))
    found.wait_until(after_open(11))
    assert found.executions(TUESDAY) == ()
    found.wait_until(after_open(12))
    assert [e.at for e in found.executions(TUESDAY)] == [after_open(11.5)]


def test_an_opening_order_fills_at_the_opening_print_for_everybody(tmp_path):
    found = opened(tmp_path, quiet_week("AAA", open=101.0), **NO_IMPACT)
    found.submit(buy("opg", 100, when=AT_OPEN))
    found.wait_until(OPEN)
    (execution,) = found.executions(TUESDAY)
    assert (execution.price, execution.at) == (Decimal("101.0000"), OPEN)
    (bar,) = found.market_bars("AAA", OPEN, CLOSE)
    assert (bar.auction, bar.volume) == ("open", 78_000 + 100)


def test_a_closing_order_fills_at_the_closing_print_up_to_the_cap_and_the_rest_expires(tmp_path):
    found = opened(tmp_path, flat_week("AAA"), opening_cash_usd="1e9", max_participation_pct=25, **NO_IMPACT)
    found.wait_until(after_open(389.9))
    found.submit(buy("cls", 100_000, when=AT_CLOSE))
    found.wait_until(CLOSE)
    (execution,) = found.executions(TUESDAY)
    assert (execution.shares, execution.price, execution.at) == (78_000, Decimal("100.0000"), CLOSE)
    order = found.find_order("cls")
    assert order is not None
    assert (order.state, order.filled_shares) == (OrderState.EXPIRED, 78_000)
    assert "closing auction" in order.reason


def test_a_limit_in_an_auction_fills_only_at_the_limit_or_better(tmp_path):
    found = opened(tmp_path, quiet_week("AAA", open=101.0), **NO_IMPACT)
    found.submit(buy("too-low", 100, limit="100.99", when=AT_OPEN))
    found.submit(buy("enough", 100, limit="101.00", when=AT_OPEN))
    found.wait_until(OPEN)
    assert [e.key for e in found.executions(TUESDAY)] == ["enough"]
    missed = found.find_order("too-low")
    assert missed is not None
    assert missed.state is OrderState.EXPIRED


def test_a_half_day_closes_at_one_and_day_orders_expire_there(tmp_path):
    found = opened(tmp_path, flat_week("AAA"), HALF_DAY, **NO_IMPACT)
    opens, closes = hours(HALF_DAY)
    assert closes - opens == timedelta(minutes=210)
    found.submit(buy("day", 100, limit="90.00"))
    found.submit(buy("cls", 100, when=AT_CLOSE))
    found.wait_until(closes)
    day, at_close = found.find_order("day"), found.find_order("cls")
    assert day is not None
    assert at_close is not None
    assert (day.state, day.reason) == (OrderState.EXPIRED, "not filled by the close")
    assert at_close.state is OrderState.FILLED
    with pytest.raises(OrderRefusedError, match="market closed at 2022-11-25 18:00"):
        found.submit(buy("late", 1))


def test_a_cancelled_order_fills_no_more_and_keeps_what_it_had(tmp_path):
    found = opened(tmp_path, flat_week("AAA"), opening_cash_usd="1e9", max_participation_pct=1)
    found.submit(buy("b", 50_000))
    found.wait_until(after_open(5))
    cancelled = found.cancel("b")
    assert cancelled.state is OrderState.CANCELLED
    assert 0 < cancelled.filled_shares < 50_000
    found.wait_until(CLOSE)
    assert found.find_order("b") == cancelled
    assert found.open_orders() == ()


def test_cancelling_what_has_filled_says_filled(tmp_path):
    found = opened(tmp_path, flat_week("AAA"))
    found.submit(buy("b", 10))
    found.wait_until(after_open(5))
    assert found.cancel("b").state is OrderState.FILLED


def test_a_key_seen_before_gives_back_its_order_whatever_the_request_says(tmp_path):
    found = opened(tmp_path, flat_week("AAA"))
    first = found.submit(buy("same", 10))
    assert found.submit(buy("same", 999)) == first
    assert len(found.open_orders()) == 1
    found.wait_until(CLOSE)
    assert found.submit(buy("same", 10)).state is OrderState.FILLED
    assert len(found.executions(TUESDAY)) == 1


REFUSED = [
    (buy("k", 10, "ZZZ"), "'ZZZ' has no price"),
    (buy("k", 0), "0 shares: a positive multiple of 1 is taken"),
    (sell("k", -5), "-5 shares: a positive multiple"),
    (buy("k", "NaN"), "NaN shares: a positive multiple"),
    (buy("k", "1.5"), "1.5 shares: a positive multiple of 1 is"),
    (buy("k", 10, limit="100.005"), "100.005 is not a multiple of 0.01"),
    (buy("k", 10, limit="-1"), "limit_price is -1; it has to be positive"),
    (buy("k", 10, account="other"), "account 'other' is not held here"),
    (buy("k", 10_000), "may cost 1020239.00 USD, 1000000.00 USD is free"),
    (sell("k", 50_000), "beyond 4 times the equity of 1000000.00 USD"),
]


@pytest.mark.parametrize(("request_", "reason"), REFUSED)
def test_an_order_the_broker_cannot_take_is_refused_with_its_reason_and_its_key_stays_free(tmp_path, request_, reason):
    found = opened(tmp_path, flat_week("AAA"))
    with pytest.raises(OrderRefusedError, match=reason):
        found.submit(request_)
    assert found.find_order("k") is None
    assert found.submit(buy("k", 10)).state is OrderState.ACCEPTED


def test_after_the_opening_auction_an_order_for_it_is_refused(tmp_path):
    found = opened(tmp_path, flat_week("AAA"))
    found.wait_until(OPEN)
    with pytest.raises(OrderRefusedError, match="opening auction was at 14:30 UTC"):
        found.submit(buy("k", 10, when=AT_OPEN))


def test_open_buys_hold_their_cash_back_from_further_ones(tmp_path):
    found = opened(tmp_path, flat_week("AAA"))
    found.submit(buy("one", 6_000, limit="100.00"))
    with pytest.raises(OrderRefusedError, match=r"399979\.00 USD is free of open orders"):
        found.submit(buy("two", 4_000, limit="100.00"))
    found.cancel("one")
    assert found.submit(buy("two", 4_000, limit="100.00")).state is OrderState.ACCEPTED


def test_short_sales_are_taken_up_to_four_times_the_equity_open_orders_included(tmp_path):
    found = opened(tmp_path, flat_week("AAA", "BBB"), opening_cash_usd="100000")
    found.submit(sell("one", 3_000))
    with pytest.raises(OrderRefusedError, match=r"gross exposure to 400100\.00 USD"):
        found.submit(sell("two", 1_001, "BBB"))
    found.submit(sell("three", 1_000, "BBB"))
    found.wait_until(CLOSE)
    assert found.account_state().positions == {"AAA": -3_000, "BBB": -1_000}


def test_shares_already_on_their_way_out_are_not_there_to_sell_again(tmp_path):
    found = opened(tmp_path, flat_week("AAA"), opening_cash_usd="0", opening_shares={"AAA": "100"})
    found.submit(sell("one", 100))
    with pytest.raises(OrderRefusedError, match="0 of 100 AAA are free to sell, not 1"):
        found.submit(sell("two", 1))


def test_open_short_sales_count_toward_the_gross_exposure_of_the_next(tmp_path):
    found = opened(tmp_path, flat_week("AAA"), opening_cash_usd="10000")
    found.submit(sell("one", 100))
    with pytest.raises(OrderRefusedError, match=r"gross exposure to 40100\.00 USD"):
        found.submit(sell("two", 301))
    assert found.submit(sell("three", 300)).state is OrderState.ACCEPTED


def test_one_order_never_turns_a_long_position_short(tmp_path):
    found = opened(tmp_path, flat_week("AAA"), opening_shares={"AAA": "100"})
    with pytest.raises(OrderRefusedError, match="close the position, then open the short with an order of its own"):
        found.submit(sell("through", 179))
    found.submit(sell("close", 100))
    found.wait_until(CLOSE)
    found.open_session(WEDNESDAY)
    assert found.submit(sell("open", 79)).state is OrderState.ACCEPTED


def test_no_fraction_of_a_share_is_sold_short(tmp_path):
    found = opened(tmp_path, flat_week("AAA"), fractional=True)
    with pytest.raises(OrderRefusedError, match="fractions cannot be sold short"):
        found.submit(sell("half", "0.5"))


def test_open_buys_count_toward_the_gross_exposure_of_a_short_sale(tmp_path):
    found = opened(tmp_path, flat_week("AAA", "BBB"), opening_cash_usd="100000")
    found.submit(buy("one", 900, limit="100.00"))
    with pytest.raises(OrderRefusedError, match="beyond 4 times"):
        found.submit(sell("two", 3_200, "BBB"))
    assert found.submit(sell("three", 3_000, "BBB")).state is OrderState.ACCEPTED


def test_fractions_are_taken_where_the_broker_trades_them(tmp_path):
    found = opened(tmp_path, flat_week("AAA"), fractional=True)
    found.submit(buy("b", "0.125"))
    found.wait_until(after_open(1))
    assert found.account_state().positions == {"AAA": Decimal("0.125")}
    assert found.capabilities.share_step == Decimal("0.000000001")


def test_below_a_dollar_the_price_step_is_a_hundredth_of_a_cent(tmp_path):
    found = opened(tmp_path, quiet_week("AAA", close=0.5))
    assert found.submit(buy("b", 10, limit="0.5003")).state is OrderState.ACCEPTED


def test_before_any_session_there_are_neither_quotes_nor_orders(tmp_path):
    fresh = broker(tmp_path, flat_week("AAA"))
    with pytest.raises(BrokerError, match="no session has begun"):
        fresh.quotes(["AAA"])
    with pytest.raises(OrderRefusedError, match="no session has begun"):
        fresh.submit(buy("k", 1))
