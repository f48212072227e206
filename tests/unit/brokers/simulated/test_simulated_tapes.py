"""A tape is true to what it was made from: the daily bar when modelled, the source's own bars when replayed."""

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_world import HALF_DAY, OPEN, TUESDAY, MemorySource, day, hours, quiet_week

from tasks.book.broker import SimulatedSettings
from tasks.brokers.simulated.market.market import Market
from tasks.brokers.simulated.market.replay import replayed_tape
from tasks.brokers.simulated.market.synthetic import DayFacts, day_facts, modelled_tape
from tasks.brokers.simulated.market.tape import Tape, largest_print

NAN = float("nan")
PINNED_VOLUME = [29415, 25427, 24661]
PINNED_CLOSE = 98.77923854089782
prices = st.floats(1, 1000)


def facts(**known: float) -> DayFacts:
    unknown = dict.fromkeys(("previous_close", "open", "high", "low", "volume"), NAN)
    return DayFacts(**{**unknown, "close": 100.0, "volatility": 0.02, **known})


def modelled(minutes: int = 390, seed: int = 7, symbol: str = "AAA", **known: float) -> Tape:
    return modelled_tape(symbol, TUESDAY, OPEN, minutes, facts(**known), SimulatedSettings(seed=seed))


def bars(*rows: tuple[float, float, float, float, float, float], bid: float = NAN, ask: float = NAN) -> pd.DataFrame:
    """Rows of (minutes after the open, open, high, low, close, volume), all with one quote."""
    table = pd.DataFrame(rows, columns=["start", "open", "high", "low", "close", "volume"])
    starts = [OPEN + timedelta(minutes=minute) for minute in table["start"]]
    return table.assign(start=pd.DatetimeIndex(starts), symbol="AAA", bid=bid, ask=ask)


def replayed(table: pd.DataFrame, minutes: int = 390) -> Tape:
    tape = replayed_tape("AAA", TUESDAY, OPEN, minutes, table, facts(), SimulatedSettings())
    assert tape is not None
    return tape


@given(prices, prices, prices, prices, st.sampled_from([210, 390]), st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_a_modelled_path_starts_at_the_open_ends_at_the_close_and_spans_exactly_the_range(a, b, c, d, minutes, seed):
    low, *between, high = sorted((a, b, c, d))
    tape = modelled(minutes, seed, open=between[0], close=between[1], high=high, low=low)
    assert tape.open[0] == between[0]
    assert tape.close[-1] == between[1]
    assert tape.high.max() == high
    assert tape.low.min() == low
    assert tape.minutes == minutes


def test_every_modelled_minute_is_a_sound_bar_that_begins_where_the_last_one_ended():
    tape = modelled(open=99.0, high=103.0, low=97.0, volume=5e6)
    assert (tape.low <= np.minimum(tape.open, tape.close)).all()
    assert (tape.high >= np.maximum(tape.open, tape.close)).all()
    assert ((tape.low <= tape.vwap) & (tape.vwap <= tape.high)).all()
    assert (tape.open[1:] == tape.close[:-1]).all()
    assert (tape.half_spread > 0).all()


@given(st.integers(1, 10**9), st.sampled_from([210, 390]))
@settings(max_examples=40, deadline=None)
def test_modelled_volume_adds_up_to_the_days_to_the_share(volume, minutes):
    tape = modelled(minutes, volume=volume)
    assert tape.total_volume == volume
    assert (tape.volume >= 0).all()


def test_the_auctions_take_the_shares_of_the_day_that_the_settings_say():
    tape = modelled(volume=1_000_000)
    assert (tape.opening.volume, tape.closing.volume) == (20_000, 80_000)
    assert tape.opening.price == tape.open[0]
    assert tape.closing.price == tape.close[-1]


def test_modelled_volume_is_a_u_over_the_day():
    tape = modelled(volume=10_000_000)
    first, lunch, last = tape.volume[:30].sum(), tape.volume[180:210].sum(), tape.volume[-30:].sum()
    assert first > 1.5 * lunch
    assert last > 1.3 * lunch


def test_with_the_close_alone_the_day_opens_near_the_previous_close_and_moves_as_its_volatility_says():
    tapes = [modelled(symbol=f"S{i}", previous_close=100.0, close=100.0) for i in range(200)]
    gaps = np.array([np.log(tape.open[0] / 100) for tape in tapes])
    assert 0 < np.sqrt((gaps**2).mean()) < 0.02
    ranges = np.array([np.log(tape.high.max() / tape.low.min()) for tape in tapes])
    assert 0.01 < ranges.mean() < 0.05


def test_without_a_volume_the_settings_dollars_are_traded():
    tape = modelled_tape("AAA", TUESDAY, OPEN, 390, facts(), SimulatedSettings(daily_volume_usd=5e6))
    assert tape.total_volume == 50_000


def test_the_note_says_what_is_real_and_what_is_assumed():
    assert modelled().note == "modelled from the daily bar (real close; open, high, low, volume assumed)"


def test_a_tape_depends_on_seed_symbol_and_session_and_not_on_what_was_asked_before():
    source, chosen = quiet_week("AAA", "BBB"), SimulatedSettings()
    one, other = Market(source, chosen, hours), Market(source, chosen, hours)
    together = one.tapes(("BBB", "AAA"), TUESDAY)["AAA"]
    other.tape("BBB", HALF_DAY)
    alone = other.tape("AAA", TUESDAY)
    assert together is not None
    assert alone is not None
    assert (together.close == alone.close).all()
    assert (together.volume == alone.volume).all()
    assert (modelled(seed=7).close != modelled(seed=8).close).any()
    assert (modelled(symbol="AAA").close != modelled(symbol="BBB").close).any()


def test_the_stream_of_a_seed_is_the_same_in_every_process_and_version():
    tape = modelled(open=99.0, high=103.0, low=97.0, volume=5_000_000)
    assert [int(v) for v in tape.volume[:3]] == PINNED_VOLUME
    assert float(tape.close[0]) == pytest.approx(PINNED_CLOSE, abs=1e-12)


def test_a_half_day_has_210_minutes():
    tape = Market(quiet_week("AAA"), SimulatedSettings(), hours).tape("AAA", HALF_DAY)
    assert tape is not None
    assert tape.minutes == 210
    assert tape.close_at == datetime(2022, 11, 25, 18, 0, tzinfo=UTC)


def test_a_session_without_a_close_has_no_tape():
    source = quiet_week("AAA")
    source.daily.append(day(TUESDAY, "HOLE", NAN))
    market = Market(source, SimulatedSettings(), hours)
    assert market.tape("HOLE", TUESDAY) is None
    assert market.tape("NEVER", TUESDAY) is None


def test_volatility_is_the_historys_and_does_not_see_a_split():
    closes = 100 * np.exp(np.cumsum(np.resize([0.01, -0.01], 21)))
    split = np.concatenate([closes[:10], closes[10:] / 7])
    assert day_facts(split, {}, 1, 0, 0.5).volatility == pytest.approx(0.01 / 0.6745)
    assert day_facts(closes[:5], {}, 1, 0, 0.5).volatility == 0.5


def test_the_previous_close_is_in_todays_shares_and_without_todays_dividend():
    found = day_facts(np.array([100.0]), {}, split=4, dividend=0.5, assumed_volatility=0.02)
    assert found.previous_close == 24.5


def test_replayed_minutes_are_the_sources_own():
    tape = replayed(
        bars((0, 10, 11, 9, 10, 600), (1, 10, 12, 10, 12, 500), (2, 12, 12, 11, 11, 700), bid=9.9, ask=10.1), 3
    )
    assert tape.high.tolist() == [11, 12, 12]
    assert tape.low.tolist() == [9, 10, 11]
    assert tape.volume[1] == 500
    assert tape.vwap[1] == pytest.approx((12 + 10 + 12) / 3)
    assert tape.half_spread.tolist() == pytest.approx([0.1] * 3)
    assert tape.mid.tolist() == pytest.approx([10.0] * 3)
    assert tape.note == "replayed from real bars"


def test_a_minute_without_trades_repeats_the_last_price_and_offers_no_shares():
    tape = replayed(bars((1, 10, 11, 9, 10.5, 600), (4, 10, 10, 10, 10, 500)), 6)
    assert tape.close.tolist() == [10, 10.5, 10.5, 10.5, 10, 10]
    assert tape.volume.tolist()[2:4] == [0, 0]
    assert tape.high.tolist()[2:4] == [10.5, 10.5]


def test_seconds_become_the_minute_they_are_in():
    table = bars((0, 10, 10, 10, 10, 100), (0.5, 11, 12, 8, 9, 300), (1, 9, 9, 9, 9, 100))
    tape = replayed(table, 2)
    assert (tape.open[0], tape.high[0], tape.low[0], tape.close[0]) == (10, 12, 8, 9)
    assert tape.total_volume == 500
    assert tape.average_price() == pytest.approx((10 * 100 + (12 + 8 + 9) / 3 * 300 + 9 * 100) / 500)


def test_trades_outside_the_session_and_repeated_rows_are_left_out():
    inside = (1, 10, 10, 10, 10, 100)
    tape = replayed(bars((-5, 9, 9, 9, 9, 900), inside, inside, (390, 9, 9, 9, 9, 900)))
    assert tape.total_volume == 100


def test_the_auction_is_what_the_last_minute_trades_beyond_its_usual_level():
    quiet = [(i, 10, 10, 10, 10, 100) for i in range(9)]
    tape = replayed(bars(*quiet, (9, 10, 10, 10, 10, 1000)), 10)
    assert tape.closing.volume == 600
    assert tape.volume[9] == 400
    assert tape.opening.volume == 10


@given(st.lists(st.tuples(prices, prices, prices, prices, st.integers(1, 10**6)), min_size=12, max_size=12))
@settings(max_examples=60, deadline=None)
def test_telling_the_auctions_apart_keeps_the_days_volume_and_average_price(rows):
    table = bars(*((i, a, max(a, b, c, d), min(a, b, c, d), b, v) for i, (a, b, c, d, v) in enumerate(rows)))
    tape = replayed(table, 12)
    typical = (table["high"] + table["low"] + table["close"]) / 3
    assert tape.total_volume == table["volume"].sum()
    assert tape.average_price() == pytest.approx((typical * table["volume"]).sum() / table["volume"].sum(), rel=1e-12)
    assert ((tape.low <= tape.vwap) & (tape.vwap <= tape.high)).all()


@given(prices, prices, prices, prices)
def test_the_largest_print_leaves_the_rest_within_the_range(a, b, c, d):
    low, *between, high = sorted((a, b, c, d))
    average, price = between
    share = largest_print(average, price, low, high)
    assert 0 <= share <= 1
    if 0 < share < 0.999:
        rest = (average - share * price) / (1 - share)
        assert rest == pytest.approx(min(max(rest, low), high), rel=1e-9)


def test_a_stub_quote_is_no_market():
    tape = replayed(bars((0, 10, 10, 10, 10, 100), (1, 10, 10, 10, 10, 100), bid=1, ask=20), 2)
    assert tape.half_spread.tolist() == pytest.approx([10 * 2 / 1e4] * 2)


def _real_bars(symbol: str, session: date) -> pd.DataFrame:
    folder = os.environ.get("STEELYARD_TEST_DATA")
    if not folder:
        pytest.skip("STEELYARD_TEST_DATA names no folder of real market data")
    path = Path(folder) / "minute" / "lean_minute_trades_quotes.parquet"
    if not path.exists():
        pytest.skip(f"{path} is not at hand")
    table = pd.read_parquet(path, filters=[("symbol", "==", symbol), ("session_date", "==", session)])
    regular = table[table["session"] == "regular"]
    return regular.assign(start=regular["ts"], bid=regular["bid_close"], ask=regular["ask_close"])


@pytest.mark.parametrize("symbol", ["SPY", "AIG", "BAC"])
def test_a_replayed_real_day_has_the_sources_volume_and_average_price(symbol):
    real = _real_bars(symbol, date(2013, 10, 8))
    source = MemorySource([day(date(2013, 10, d), symbol, float(real["close"].iloc[-1])) for d in (7, 8)])
    source.intraday = [{str(k): v for k, v in row.items()} for row in real.to_dict("records")]
    tape = Market(source, SimulatedSettings(), hours).tape(symbol, date(2013, 10, 8))
    assert tape is not None
    volume = real["volume"].to_numpy(dtype=float)
    typical = ((real["high"] + real["low"] + real["close"]) / 3).to_numpy(dtype=float)
    assert tape.total_volume == volume.sum()
    assert tape.average_price() == pytest.approx((typical * volume).sum() / volume.sum(), abs=1e-9)
    assert tape.minutes == 390
    assert tape.closing.price == real["close"].iloc[-1]


def test_bank_of_americas_real_closing_auction_is_found_within_a_fifth():
    """BAC 2013-10-08: 2.63 of the 5.13 million shares of the last bar were the auction."""
    real = _real_bars("BAC", date(2013, 10, 8))
    tape = replayed_tape("BAC", date(2013, 10, 8), hours(date(2013, 10, 8))[0], 390, real, facts(), SimulatedSettings())
    assert tape is not None
    assert abs(tape.closing.volume / 2_630_000 - 1) < 0.2
