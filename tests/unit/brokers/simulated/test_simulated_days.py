"""The clock, what can be seen at each moment of it, and what happens to the account between sessions."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from simulated_world import (
    CLOSE,
    HALF_DAY,
    MONDAY,
    OPEN,
    TUESDAY,
    WEDNESDAY,
    MemorySource,
    after_open,
    broker,
    buy,
    day,
    flat_week,
    hours,
    opened,
    quiet_week,
)

from tasks.book.broker import BrokerSettings
from tasks.brokers.factory import open_broker
from tasks.errors import ConfigError
from tasks.model.orders import OrderState


def test_a_session_opens_half_an_hour_before_the_market_does(tmp_path):
    assert opened(tmp_path, flat_week("AAA")).now() == OPEN - timedelta(minutes=30)


def test_opening_a_session_again_changes_nothing_even_after_its_close(tmp_path):
    found = opened(tmp_path, flat_week("AAA"))
    for at in (after_open(60), CLOSE + timedelta(hours=2)):
        found.wait_until(at)
        found.open_session(TUESDAY)
        assert found.now() == at


def test_before_the_open_of_a_day_without_a_bar_yet_the_last_close_is_shown(tmp_path):
    """What a plan for tomorrow is checked against; once the day has begun there is nothing to show."""
    after_the_week = date(2022, 11, 28)
    found = broker(tmp_path, quiet_week("AAA"))
    found.open_session(after_the_week)
    quote = found.quotes(["AAA", "ZZZ"])["AAA"]
    assert (quote.last, quote.bid < quote.mid < quote.ask) == (Decimal(100), True)
    found.wait_until(hours(after_the_week)[0])
    assert found.quotes(["AAA"]) == {}


def test_a_symbol_that_misses_a_day_others_have_shows_no_price_before_its_open(tmp_path):
    source = quiet_week("AAA", "BBB")
    source.daily = [row for row in source.daily if (row["symbol"], row["session"]) != ("BBB", TUESDAY)]
    assert opened(tmp_path, source).quotes(["AAA", "BBB"]).keys() == {"AAA"}


def test_an_older_session_is_refused_with_what_to_do(tmp_path):
    found = opened(tmp_path, flat_week("AAA"))
    with pytest.raises(ConfigError, match=r"session 2022-11-21.*'main' is already at 2022-11-22 14:00.*choose a later"):
        found.open_session(MONDAY)
    with pytest.raises(ConfigError, match="2022-11-24 is not a session"):
        found.open_session(date(2022, 11, 24))


def test_the_clock_never_goes_back(tmp_path):
    found = opened(tmp_path, flat_week("AAA"))
    found.wait_until(after_open(60))
    assert found.wait_until(after_open(30)) == after_open(60)
    assert found.now() == after_open(60)


def test_opening_the_next_session_ends_the_last_one_first(tmp_path):
    found = opened(tmp_path, flat_week("AAA"))
    found.submit(buy("b", 100))
    found.submit(buy("low", 100, limit="50.00"))
    found.open_session(WEDNESDAY)
    filled, expired = found.find_order("b"), found.find_order("low")
    assert filled is not None
    assert expired is not None
    assert (filled.state, expired.state) == (OrderState.FILLED, OrderState.EXPIRED)
    assert len(found.executions(TUESDAY)) == 1
    assert found.executions(WEDNESDAY) == ()


def test_waiting_into_a_later_session_opens_it(tmp_path):
    found = opened(tmp_path, flat_week("AAA"))
    found.wait_until(hours(HALF_DAY)[0] + timedelta(minutes=5))
    found.submit(buy("b", 100))
    found.wait_until(hours(HALF_DAY)[1])
    assert [e.at.date() for e in found.executions(HALF_DAY)] == [HALF_DAY]


def test_no_bar_is_seen_before_it_has_ended(tmp_path):
    found = opened(tmp_path, quiet_week("AAA"))
    assert found.market_bars("AAA", OPEN, CLOSE) == ()
    found.wait_until(after_open(10.9))
    bars = found.market_bars("AAA", OPEN, CLOSE)
    assert [bar.auction for bar in bars] == ["open"] + [None] * 10
    assert all(bar.end <= found.now() for bar in bars)


def test_bars_do_not_depend_on_when_they_were_looked_at(tmp_path):
    often, once = opened(tmp_path / "a", quiet_week("AAA")), opened(tmp_path / "b", quiet_week("AAA"))
    for found in (often, once):
        found.submit(buy("b", 3_000))
    for minute in range(0, 391, 13):
        often.wait_until(after_open(minute))
        often.market_bars("AAA", OPEN, CLOSE)
    once.wait_until(CLOSE)
    assert often.market_bars("AAA", OPEN, CLOSE) == once.market_bars("AAA", OPEN, CLOSE)


def test_windows_that_meet_share_no_bar_and_the_closing_print_is_in_the_last(tmp_path):
    found = opened(tmp_path, quiet_week("AAA"))
    found.wait_until(CLOSE)
    whole = found.market_bars("AAA", OPEN, CLOSE)
    parts = [found.market_bars("AAA", after_open(a), after_open(a + 130)) for a in (0, 130, 260)]
    assert tuple(bar for part in parts for bar in part) == whole
    assert whole[-1].auction == "close"
    assert found.market_bars("AAA", CLOSE, CLOSE + timedelta(hours=1)) == ()
    assert sum(bar.volume for bar in whole) == 3_900_000


def test_our_own_shares_are_part_of_the_markets_volume_and_average_price(tmp_path):
    found = opened(tmp_path, flat_week("AAA"), half_spread_bps=10)
    found.submit(buy("b", 3_000))
    found.wait_until(CLOSE)
    (execution,) = found.executions(TUESDAY)
    bars = found.market_bars("AAA", OPEN, CLOSE)
    assert sum(bar.volume for bar in bars) == 3_903_000
    minute = next(bar for bar in bars if bar.start <= execution.at < bar.end)
    assert minute.high == execution.price
    market = minute.volume - execution.shares
    assert float(minute.vwap) == pytest.approx(
        float((100 * market + execution.price * execution.shares) / minute.volume), abs=1e-9
    )


def test_a_past_session_can_still_be_looked_at_as_it_was(tmp_path):
    found = opened(tmp_path, quiet_week("AAA"))
    found.submit(buy("b", 3_000))
    found.wait_until(CLOSE)
    then = found.market_bars("AAA", OPEN, CLOSE)
    found.open_session(HALF_DAY)
    assert found.market_bars("AAA", OPEN, CLOSE) == then
    assert found.market_bars("AAA", OPEN, hours(HALF_DAY)[1])[: len(then)] == then


def test_before_the_open_the_quote_is_the_previous_close_and_after_it_the_market(tmp_path):
    source = MemorySource([day(MONDAY, "AAA", 100.0), day(TUESDAY, "AAA", 105.0, open=103.0)])
    found = opened(tmp_path, source, half_spread_bps=2)
    before = found.quotes(["AAA"])["AAA"]
    assert (before.bid, before.ask, before.last) == (Decimal("99.98"), Decimal("100.02"), Decimal(100))
    found.wait_until(OPEN)
    assert found.quotes(["AAA"])["AAA"].last == 103
    found.wait_until(CLOSE)
    assert found.quotes(["AAA"])["AAA"].last == 105


def test_a_symbol_without_a_price_has_no_quote(tmp_path):
    assert list(opened(tmp_path, flat_week("AAA")).quotes(["AAA", "ZZZ"])) == ["AAA"]


def test_a_split_multiplies_the_shares_on_its_ex_date_and_pays_the_fraction_in_cash(tmp_path):
    source = MemorySource(
        [day(MONDAY, "AAA", 90.0), day(TUESDAY, "AAA", 60.0)], actions=[(TUESDAY, "AAA", "split", 1.5)]
    )
    found = opened(tmp_path, source, MONDAY, opening_shares={"AAA": "101"}, opening_cash_usd="1000")
    assert found.account_state().positions == {"AAA": 101}
    found.open_session(TUESDAY)
    assert found.account_state().positions == {"AAA": 151}
    assert found.account_state().cash == Decimal("1030.00")
    assert found.quotes(["AAA"])["AAA"].last == 60
    (entry,) = found.statement(MONDAY, TUESDAY)
    assert (entry.kind, entry.shares, entry.amount_usd) == ("split", 50, Decimal("30.00"))
    assert entry.words == "AAA split 1.5 for 1: 101 shares become 151, 30.00 USD in lieu of the fraction"


def test_a_dividend_is_credited_to_the_long_and_charged_to_the_short(tmp_path):
    source = flat_week("AAA", "BBB", "CCC")
    source.actions = [(WEDNESDAY, symbol, "dividend", 0.5) for symbol in ("AAA", "BBB", "CCC")]
    found = opened(tmp_path, source, opening_shares={"AAA": "100", "BBB": "-40"}, opening_cash_usd="1000")
    found.open_session(HALF_DAY)
    assert found.account_state().cash == Decimal("1030.00")
    assert {entry.symbol: entry.amount_usd for entry in found.statement(TUESDAY, HALF_DAY)} == {
        "AAA": Decimal("50.00"),
        "BBB": Decimal("-20.00"),
    }


@pytest.mark.parametrize(("adjustment", "kinds"), [("split", ["dividend"]), ("split_and_dividend", [])])
def test_what_the_sources_prices_already_hold_is_not_applied_again(tmp_path, adjustment, kinds):
    source = flat_week("AAA")
    source.adjustment = adjustment
    source.actions = [(TUESDAY, "AAA", "split", 2.0), (TUESDAY, "AAA", "dividend", 0.5)]
    found = opened(tmp_path, source, MONDAY, opening_shares={"AAA": "100"})
    found.open_session(TUESDAY)
    assert [entry.kind for entry in found.statement(MONDAY, TUESDAY)] == kinds
    assert found.account_state().positions == {"AAA": 100}


def test_on_one_day_the_split_comes_before_the_dividend(tmp_path):
    source = flat_week("AAA")
    source.actions = [(TUESDAY, "AAA", "dividend", 0.5), (TUESDAY, "AAA", "split", 2.0)]
    found = opened(tmp_path, source, MONDAY, opening_shares={"AAA": "100"}, opening_cash_usd="0")
    found.open_session(TUESDAY)
    assert found.account_state().cash == Decimal("100.00")


def test_two_dividends_of_one_day_are_two_lines_and_each_is_paid_once(tmp_path):
    source = flat_week("AAA")
    source.actions = [(TUESDAY, "AAA", "dividend", 0.5), (TUESDAY, "AAA", "dividend", 2.0)]
    found = opened(tmp_path, source, MONDAY, opening_shares={"AAA": "100"}, opening_cash_usd="0")
    for session in (TUESDAY, TUESDAY, WEDNESDAY):
        found.open_session(session)
        assert found.account_state().cash == Decimal("250.00")
    lines = found.statement(MONDAY, WEDNESDAY)
    assert [line.line_id for line in lines] == [f"SIM-2022-11-22-AAA-dividend-{n}" for n in (1, 2)]
    assert [line.amount_usd for line in lines] == [Decimal("50.00"), Decimal("200.00")]


def test_before_the_open_the_quote_is_without_the_days_dividend_and_in_new_shares(tmp_path):
    source = flat_week("AAA")
    source.actions = [
        (TUESDAY, "AAA", "split", 2.0),
        (TUESDAY, "AAA", "dividend", 0.5),
        (TUESDAY, "AAA", "dividend", 1.0),
    ]
    assert opened(tmp_path, source).quotes(["AAA"])["AAA"].last == Decimal("48.5")


def test_the_note_says_where_the_prices_of_the_session_come_from(tmp_path):
    source = flat_week("AAA", "BBB", "CCC")
    start = datetime(2022, 11, 22, 14, 30, tzinfo=UTC)
    source.intraday = [
        {"start": start, "symbol": symbol, **dict.fromkeys(("open", "high", "low", "close"), price), "volume": 9.0}
        for symbol, price in (("BBB", 100.0), ("CCC", 1.0))
    ]
    found = opened(tmp_path, source)
    found.quotes(["AAA", "BBB", "CCC"])
    assert found.capabilities.market_data_note == (
        "Simulated exchange over memory, 2022-11-22: 1 symbols modelled from the daily bar "
        "(real open, high, low, close, volume); 1 symbols modelled from the daily bar (real open, high, low, close, "
        "volume), because its bars inside the day are unusable; 1 symbols replayed from real bars."
    )


def test_real_money_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"broker\.live: true"):
        open_broker(BrokerSettings(live=True), tmp_path, flat_week("AAA"), hours)
    assert list(tmp_path.iterdir()) == []


def test_an_account_whose_name_is_no_file_name_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"broker\.account"):
        broker(tmp_path, flat_week("AAA"), account="../elsewhere")
