"""Interval VWAPs of real trades, computed by our benchmarks, are those of an oracle made from every trade."""

from datetime import timedelta
from decimal import Decimal
from functools import cache

from real_ticks import Interval, as_seconds, as_ticks, bps, instant, intervals, trades_between

from tasks.model.market import MarketBar
from tasks.tca.benchmarks import bars_touched, market_volume, twap, vwap

DAY = "2013-10-09"
LATE, ITS_CONDITION = instant(DAY, "15:43:34.205"), "20100200"


@cache
def seconds(symbol: str, day: str) -> tuple[MarketBar, ...]:
    return as_seconds(trades_between(symbol, instant(day, "09:30"), instant(day, "16:15")))


def known(bars: tuple[MarketBar, ...]) -> Decimal:
    found = vwap(bars)
    assert found is not None
    return found


def of(symbol: str, day: str, start: str) -> Interval:
    return next(one for one in intervals() if (one.symbol, one.day, one.start) == (symbol, day, instant(day, start)))


def test_seconds_have_the_volume_and_within_a_hundredth_of_a_bp_the_vwap_of_every_interval():
    assert len(intervals()) == 40
    for one in intervals():
        bars = bars_touched(seconds(one.symbol, one.day), one.start, one.end)
        assert market_volume(bars) == one.volume
        assert abs(bps(known(bars), one.vwap)) < 0.01, one


def test_single_trades_have_the_same_vwap_as_their_seconds_to_the_last_digits():
    one = of("BAC", DAY, "10:00")
    ticks = as_ticks(trades_between("BAC", one.start - timedelta(minutes=5), one.end + timedelta(minutes=5)))
    found = bars_touched(ticks, one.start, one.end)
    assert market_volume(found) == one.volume
    assert abs(known(found) - known(bars_touched(seconds("BAC", DAY), one.start, one.end))) < Decimal("1e-20")


def test_a_late_print_far_from_the_market_moves_the_days_vwap_by_three_bp_and_not_the_twap():
    """1.55 m BAC shares at 13.56 in a market of 13.85: whoever bought that day looks 3.4 bp dearer for it."""
    one = of("BAC", DAY, "09:31")
    every = trades_between("BAC", one.start, one.end)
    late = every[(every["ts"] == LATE) & (every["condition"] == ITS_CONDITION) & (every["price"] == 13.56)]
    assert late["size"].tolist() == [1_550_700]
    without = as_seconds(every.drop(late.index))
    with_it = bars_touched(seconds("BAC", DAY), one.start, one.end)
    assert 3.3 < bps(known(without), known(with_it)) < 3.5
    assert abs(bps(known(without), one.clean_vwap)) < 0.01
    assert abs(bps(twap(without) or Decimal(0), twap(with_it) or Decimal(1))) < 0.2


def test_the_closing_auctions_print_is_outside_of_a_window_that_ends_at_the_close():
    """It is printed seconds after 16:00; only a bar that says it is an auction's counts as of its instant."""
    close = instant(DAY, "16:00")
    printed = [bar for bar in seconds("BAC", DAY) if bar.start >= close and bar.volume > 2_000_000]
    assert [bar.start for bar in printed] == [instant(DAY, "16:00:11")]
    assert printed[0] not in bars_touched(seconds("BAC", DAY), instant(DAY, "15:59"), close)
