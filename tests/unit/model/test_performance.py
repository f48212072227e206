"""What a ledger is worth, and how far that is below its best; and a real strategy's record as the judge."""

import os
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_desk import booked

from tasks.model.ledger import Entry, EntryKind, drawdown, ledger, worth

D = Decimal
START = datetime(2024, 1, 2, 15, tzinfo=UTC)


@booked
def test_worth_counts_long_and_short_exposure_against_net_asset_value(state):
    """
    01-02 opening   cash 10000
    01-03 buy       100 XOM @ 60
    01-03 sell      50 AMD @ 40
    """
    now = worth(state, {"XOM": D(50), "AMD": D(20)})
    assert now.nav_usd == 10000
    assert (now.gross, now.net) == (D("0.6"), D("0.4"))
    assert (now.unrealised_usd, now.realised_usd, now.unpriced) == (D(0), D(0), ())


@booked
def test_what_has_no_price_is_named_and_left_out(state):
    """
    01-02 opening   cash 100
    01-03 buy       1 XOM @ 60
    """
    now = worth(state, {})
    assert (now.nav_usd, now.unpriced) == (D(40), ("XOM",))


def test_drawdown_is_measured_from_the_highest_value_so_far():
    fall = drawdown([D(100), D(120), D(90), D(150), D(135)])
    assert (fall.high_water_usd, fall.now, fall.deepest) == (D(150), D("0.1"), D("0.25"))


def test_a_new_high_has_no_drawdown():
    assert drawdown([D(100), D(101)]).now == 0


def test_no_value_on_record_has_no_drawdown():
    with pytest.raises(ValueError, match="no net asset value"):
        drawdown([])


@given(st.lists(st.decimals(min_value=1, max_value=10**7, places=2), min_size=1, max_size=40))
def test_no_fall_is_deeper_than_the_deepest_and_none_is_negative(navs):
    fall = drawdown(navs)
    assert 0 <= fall.now <= fall.deepest < 1
    assert fall.high_water_usd == max(navs)


@pytest.fixture
def record() -> tuple[list[tuple[str, Entry]], dict[str, dict[str, float]]]:
    """Fills by day, and what the record says of each day: cash and positions, USD at the day's last price."""
    folder = os.environ.get("STEELYARD_TEST_DATA")
    if not folder:
        pytest.skip("STEELYARD_TEST_DATA is not set: no real fills at hand")
    pandas = pytest.importorskip("pandas")
    files = (Path(folder) / "trades" / f"pyfolio_{name}_2004_2009.parquet" for name in ("transactions", "positions"))
    fills, days = (pandas.read_parquet(file).to_dict("records") for file in files)
    entries_by_day = [
        (f["ts"][:10], Entry(EntryKind.FILL, START, f["symbol"], D(int(f["amount"])), D(str(f["price"]))))
        for f in fills
    ]
    return entries_by_day, {day.pop("ts")[:10]: day for day in days}


def test_six_years_of_real_fills_give_the_recorded_holdings_and_cash(record):
    """9,367 fills of seven stocks that go long and short; the strategy began with 100,000 USD.

    The record is in binary floating point, so a cent of a sum of some ten million USD may not be there: half a
    ten-thousandth is allowed. A holding is read from its USD by the price of that day's fill.
    """
    fills, days = record
    opening = Entry(EntryKind.OPENING, START, amount_usd=D(100_000))
    compared = 0
    for day in sorted(days)[::50]:
        past = [entry for when, entry in fills if when <= day]
        state = ledger([opening, *past])
        assert float(state.cash_usd) == pytest.approx(days[day]["cash"], abs=5e-5)
        for entry in (entry for when, entry in fills if when == day):
            assert entry.symbol is not None
            assert entry.price is not None
            value = float(state.shares().get(entry.symbol, D(0)) * entry.price)
            assert value == pytest.approx(days[day][entry.symbol], abs=5e-5)
            compared += 1
    assert compared > 150


def test_the_profit_of_six_years_adds_up_to_the_last_digit(record):
    fills, _ = record
    last = {entry.symbol: entry.price for _, entry in fills if entry.symbol and entry.price}
    state = ledger(entry for _, entry in fills)
    now = worth(state, last)
    assert now.nav_usd == now.realised_usd + now.unrealised_usd
