"""The market at every broker: sessions, the clock, quotes, minutes and auctions, each as the exchange has them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tasks.book.faults import Call, FaultKind
from tasks.errors import ConfigError
from tests.contract.conftest import Open, fault
from tests.unit.brokers.simulated.simulated_world import (
    CLOSE,
    HALF_DAY,
    MONDAY,
    OPEN,
    TUESDAY,
    after_open,
    buy,
    quiet_week,
)

TEN_PLACES = Decimal("1e-9")
"""Prices go over the wire as binary floats."""


def test_the_hours_of_a_session_are_told_in_utc(open_world: Open) -> None:
    assert open_world().broker.session_hours(TUESDAY) == (OPEN, CLOSE)


def test_a_half_day_closes_early(open_world: Open) -> None:
    closes = datetime(2022, 11, 25, 18, 0, tzinfo=UTC)

    assert open_world().broker.session_hours(HALF_DAY)[1] == closes


def test_a_holiday_is_no_session(open_world: Open) -> None:
    with pytest.raises(ConfigError, match="2022-11-24"):
        open_world().broker.session_hours(date(2022, 11, 24))


def test_a_session_that_is_over_is_refused(open_world: Open) -> None:
    opened = open_world()
    opened.broker.open_session(TUESDAY)
    opened.broker.wait_until(CLOSE + timedelta(minutes=1))

    with pytest.raises(ConfigError, match="2022-11-21"):
        opened.broker.open_session(MONDAY)


def test_opening_a_session_again_moves_nothing(open_world: Open) -> None:
    opened = open_world()
    opened.broker.open_session(TUESDAY)
    opened.broker.wait_until(after_open(10))

    opened.broker.open_session(TUESDAY)

    assert opened.broker.now() == after_open(10)


def test_waiting_reaches_the_instant_and_never_goes_back(open_world: Open) -> None:
    opened = open_world()
    opened.broker.open_session(TUESDAY)

    assert opened.broker.wait_until(after_open(5)) == after_open(5)
    assert opened.broker.wait_until(after_open(1)) == after_open(5)


def test_a_skewed_clock_is_told_as_the_broker_tells_it(open_world: Open) -> None:
    opened = open_world(fault(FaultKind.CLOCK_SKEW, call=Call.QUOTES, skew_seconds=-30, seconds=600))
    opened.broker.open_session(TUESDAY)
    opened.broker.quotes(["AAA"])

    assert opened.broker.now() == opened.truth().clock - timedelta(seconds=30)


def test_quotes_are_the_exchanges_and_unknown_symbols_are_left_out(open_world: Open) -> None:
    opened = open_world(source=quiet_week("AAA", "BBB", close=57.31))
    opened.broker.open_session(TUESDAY)
    opened.broker.wait_until(after_open(30))

    told, true = opened.broker.quotes(["AAA", "BBB", "ZZZ"]), opened.exchange.quotes(["AAA", "BBB"])

    assert {s: (q.bid, q.ask, q.last) for s, q in told.items()} == {s: (q.bid, q.ask, q.last) for s, q in true.items()}


def test_minutes_and_auctions_are_told_apart_and_no_share_twice(open_world: Open) -> None:
    opened = open_world()
    opened.must_tell("auctions")
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(buy("k1", 3_000))
    opened.broker.wait_until(CLOSE)

    told = opened.broker.market_bars("AAA", OPEN, CLOSE)
    true = opened.exchange.bars("AAA", OPEN, CLOSE)

    assert [(b.start, b.end, b.auction, b.volume) for b in told] == [
        (b.start, b.end, b.auction, b.volume) for b in true if b.volume
    ]
    pairs = list(zip(told, true, strict=True))
    assert all(abs(mine.vwap - its.vwap) < TEN_PLACES for mine, its in pairs if mine.auction is None)
    assert all(mine.close == its.close for mine, its in pairs)


def test_after_the_close_every_broker_tells_the_close_of_the_price_file_whatever_we_have_traded(
    open_world: Open,
) -> None:
    opened = open_world(source=quiet_week("AAA", close=57.31, volume=20_000))
    opened.broker.open_session(TUESDAY)
    opened.broker.wait_until(after_open(380))
    opened.broker.submit(buy("k1", 100))
    opened.broker.wait_until(after_open(389))
    moved = opened.broker.quotes(["AAA"])["AAA"].last
    opened.broker.wait_until(CLOSE + timedelta(minutes=2))

    quote = opened.broker.quotes(["AAA"])["AAA"]

    assert quote.last == quote.mid == opened.broker.market_bars("AAA", OPEN, CLOSE)[-1].close == Decimal("57.31")
    assert moved > quote.last


def test_a_window_has_the_minutes_that_begin_in_it_and_none_that_has_not_ended(open_world: Open) -> None:
    opened = open_world()
    opened.broker.open_session(TUESDAY)
    opened.broker.wait_until(after_open(7.5))

    told = opened.broker.market_bars("AAA", after_open(3), after_open(60))

    assert [b.start for b in told] == [after_open(minute) for minute in (3, 4, 5, 6)]


def test_before_the_first_minute_has_ended_there_is_only_the_opening_print(open_world: Open) -> None:
    opened = open_world()
    opened.must_tell("auctions")
    opened.broker.open_session(TUESDAY)
    opened.broker.wait_until(after_open(0.5))

    assert [b.auction for b in opened.broker.market_bars("AAA", OPEN, CLOSE)] == ["open"]
