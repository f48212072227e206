"""Adjusted as asked, and stated as it is; corporate actions as far as a provider tells them."""
# pandas declares unions that its callers cannot narrow, so these reports are about its stubs, not this code.
# pyright: reportGeneralTypeIssues=false

from datetime import date
from typing import Any

import pytest

from tasks.errors import ConfigError
from tests.contract.data.conftest import Open
from tests.contract.data.prices import prices
from tests.unit.brokers.simulated.simulated_world import MONDAY, TUESDAY, WEDNESDAY, MemorySource

SPLIT_DAY, DIVIDEND_DAY = date(2022, 11, 10), date(2022, 11, 15)
BEFORE_SPLIT, BEFORE_DIVIDEND = date(2022, 11, 9), date(2022, 11, 14)
ACTIONS = [(SPLIT_DAY, "AAA", "split", 2.0), (DIVIDEND_DAY, "BBB", "dividend", 1.5)]


def raw() -> MemorySource:
    return prices(actions=list(ACTIONS))


def row(served: MemorySource, symbol: str, day: date) -> dict[str, Any]:
    return next(row for row in served.daily if (row["symbol"], row["session"]) == (symbol, day))


def expected(adjustment: str, served: MemorySource, symbol: str, day: date) -> tuple[float, float]:
    """Close and volume, by hand: two new shares for one, and 1.50 USD of the close before the ex-date."""
    bar, price, volume = row(served, symbol, day), 1.0, 1.0
    if symbol == "AAA" and day < SPLIT_DAY and adjustment != "raw":
        price, volume = 1 / 2, 2
    if symbol == "BBB" and day < DIVIDEND_DAY and adjustment == "split_and_dividend":
        price = 1 - 1.5 / row(served, "BBB", BEFORE_DIVIDEND)["close"]
    return bar["close"] * price, bar["volume"] * volume


def test_prices_are_adjusted_as_asked_and_the_source_says_how(open_at: Open, provider: str) -> None:
    served = raw()
    for adjustment in (
        ("raw", "split", "split_and_dividend") if provider == "alpaca" else ("split", "split_and_dividend")
    ):
        source = open_at(served=served, adjustment=adjustment).source
        assert source.adjustment == adjustment
        got = source.daily_bars(["AAA", "BBB"], date(2022, 11, 1), MONDAY)
        for bar in got.to_dict("records"):
            told = (bar["close"], bar["volume"])
            assert told == pytest.approx(expected(adjustment, served, bar["symbol"], bar["session"].date()))


def test_a_window_that_ends_before_an_action_is_adjusted_for_it_all_the_same(open_at: Open) -> None:
    """Otherwise two downloads of one session would differ by when they end."""
    served = raw()
    source = open_at(served=served, adjustment="split_and_dividend").source
    got = source.daily_bars(["AAA", "BBB"], BEFORE_SPLIT, BEFORE_SPLIT).set_index("symbol")
    for symbol in ("AAA", "BBB"):
        close, _ = expected("split_and_dividend", served, symbol, BEFORE_SPLIT)
        assert got["close"][symbol] == pytest.approx(close)


def test_what_goes_ex_after_today_is_in_no_price_yet(open_at: Open) -> None:
    served = prices(actions=[(WEDNESDAY, "AAA", "split", 2.0)])
    got = open_at(served=served).source.daily_bars(["AAA"], MONDAY, MONDAY)
    assert got["close"].iloc[0] == row(served, "AAA", MONDAY)["close"]


def test_the_name_of_a_source_states_where_the_bars_come_from(open_at: Open, provider: str) -> None:
    assert open_at().source.name == {"alpaca": "alpaca:sip", "ibkr": "ibkr:smart"}[provider]


def test_corporate_actions_are_told_by_ex_date_or_not_at_all(open_at: Open, provider: str) -> None:
    """IB's socket has none; Alpaca lists a dividend by the day it is paid, here after the last day asked for."""
    source = open_at(served=raw(), adjustment="split").source
    got = source.corporate_actions(["AAA", "BBB", "CCC"], BEFORE_SPLIT, DIVIDEND_DAY)
    told = [(a["ex_date"].date(), a["symbol"], a["kind"], a["value"]) for a in got.to_dict("records")]
    assert told == (ACTIONS if provider == "alpaca" else [])
    assert source.corporate_actions(["AAA", "BBB"], date(2022, 11, 16), TUESDAY).empty
    assert source.corporate_actions(["CCC"], BEFORE_SPLIT, DIVIDEND_DAY).empty


@pytest.mark.parametrize("provider", ["ibkr"], indirect=True)
def test_raw_prices_of_interactive_brokers_are_refused_with_a_remedy(open_at: Open) -> None:
    with pytest.raises(ConfigError, match=r"data\.adjustment: raw given.*set split \(its TRADES\)"):
        open_at(adjustment="raw")
