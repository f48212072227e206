"""From the close on a session is worth what the price file says, whatever our own trades have left in the market."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulated_world import CLOSE, OPEN, TUESDAY, WEDNESDAY, after_open, buy, hours, opened, quiet_week, stepping_week

from tasks.brokers.simulated.broker import SimulatedBroker
from tasks.brokers.simulated.market.quotes import quote_around
from tasks.model.market import MarketBar
from tasks.model.orders import TimeInForce
from tasks.quality.traded import can_have_traded

D = Decimal
THIN = 20_000
"""Shares of a day."""
PRINT = D("37.41")
"""What the file says that the thin name closed at, every day."""


def buying_to_the_end(home: Path, **settings: Any) -> SimulatedBroker:
    """A thin name that we buy in its last hour, as much as the market's volume allows; a minute is left."""
    known = {"half_spread_bps": 13, "max_participation_pct": 50, **settings}
    found = opened(home, quiet_week("AAA", close=float(PRINT), volume=THIN), **known)
    found.wait_until(after_open(330))
    found.submit(buy("k1", 5_000))
    found.wait_until(after_open(389))
    return found


def bars_of(found: SimulatedBroker) -> tuple[MarketBar, ...]:
    return found.market_bars("AAA", OPEN, CLOSE)


def test_from_the_close_on_the_quote_is_the_files_close_and_its_spread_moves_nothing(tmp_path: Path):
    found = buying_to_the_end(tmp_path)
    moved = found.quotes(["AAA"])["AAA"].last
    for at in (CLOSE, CLOSE + timedelta(minutes=5)):
        found.wait_until(at)
        quote = found.quotes(["AAA"])["AAA"]
        assert quote.last == quote.mid == PRINT != moved
        assert quote.ask - quote.bid == 2 * D("0.0486")


def test_until_the_close_what_we_have_bought_stands_in_the_price(tmp_path: Path):
    still, ours = (buying_to_the_end(tmp_path / name, impact_coefficient=it) for name, it in (("a", 0.0), ("b", 1.0)))
    assert ours.quotes(["AAA"])["AAA"].last > still.quotes(["AAA"])["AAA"].last * D("1.001")


@pytest.mark.parametrize("in_the_auction", [8.0, 0.0])
def test_the_last_bar_of_the_session_closes_where_the_file_does(tmp_path: Path, in_the_auction: float):
    found = buying_to_the_end(tmp_path, close_auction_volume_pct=in_the_auction)
    found.wait_until(CLOSE)
    *_, last = bars_of(found)
    assert last.auction == ("close" if in_the_auction else None)
    assert last.close == PRINT
    assert can_have_traded(bars_of(found))


def test_a_closing_auction_without_us_is_the_tapes_print_alone(tmp_path: Path):
    found = buying_to_the_end(tmp_path)
    found.wait_until(CLOSE)
    *_, last = bars_of(found)
    assert {last.open, last.high, last.low, last.close, last.vwap} == {PRINT}
    assert last.volume == THIN * 8 // 100


def test_who_buys_in_the_closing_auction_pays_the_impact_and_the_official_close_is_the_tapes(tmp_path: Path):
    found = opened(tmp_path, quiet_week("AAA", close=float(PRINT), volume=THIN), max_participation_pct=50)
    found.submit(buy("k1", 700, when=TimeInForce.AT_CLOSE))
    found.wait_until(CLOSE)
    [paid] = found.executions(TUESDAY)
    *_, last = bars_of(found)
    others = last.volume - paid.shares
    assert paid.price > PRINT
    assert (last.close, last.low, last.high) == (PRINT, PRINT, paid.price)
    assert float(last.vwap) == pytest.approx(float((PRINT * others + paid.price * paid.shares) / last.volume), abs=1e-9)
    assert found.quotes(["AAA"])["AAA"].last == PRINT


def test_a_replayed_day_ends_at_the_close_of_its_daily_bar_where_the_last_minute_ends_beside_it(tmp_path: Path):
    """The minutes end at 100.20, the daily bar at 100.00: the next morning begins there, and plans value by it."""
    found = opened(tmp_path, stepping_week("AAA", [100.20], [100.00]))
    found.wait_until(CLOSE)
    *_, last = bars_of(found)
    assert found.quotes(["AAA"])["AAA"].last == last.close == 100
    assert can_have_traded(bars_of(found))


def test_a_replayed_day_without_a_daily_bar_ends_at_its_last_price(tmp_path: Path):
    source = stepping_week("AAA", [100.20])
    source.daily = [row for row in source.daily if row["session"] != TUESDAY]
    found = opened(tmp_path, source)
    found.wait_until(CLOSE)
    assert found.quotes(["AAA"])["AAA"].last == D("100.20")


def test_the_next_session_begins_with_what_is_left_of_our_impact(tmp_path: Path):
    """A footprint that takes days to fade is in the quote before the next open, and was not in the close."""
    found = buying_to_the_end(tmp_path, impact_halflife_min=3_000.0)
    found.wait_until(CLOSE)
    assert found.quotes(["AAA"])["AAA"].last == PRINT
    found.open_session(WEDNESDAY)
    assert found.now() < hours(WEDNESDAY)[0]
    assert found.quotes(["AAA"])["AAA"].last > PRINT


@given(st.decimals("0.0001", "500", places=4), st.floats(0, 0.2))
def test_a_spread_around_a_price_leaves_it_in_the_middle(price: Decimal, half: float):
    quote = quote_around("AAA", CLOSE, float(price), half)
    assert quote.mid == quote.last == price
    assert 0 < quote.bid <= quote.ask
