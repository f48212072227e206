"""Minutes of a session that is over, inside its hours and on the price basis of the daily bars."""
# pandas declares unions that its callers cannot narrow, so these reports are about its stubs, not this code.
# pyright: reportAttributeAccessIssue=false, reportGeneralTypeIssues=false

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tasks.ports.prices import INTRADAY_COLUMNS
from tests.contract.data.conftest import Open
from tests.contract.data.prices import prices
from tests.unit.brokers.simulated.simulated_world import HALF_DAY, MONDAY, TUESDAY, MemorySource

FRIDAY = date(2022, 11, 18)
MINUTE = timedelta(minutes=1)
AFTER_THE_HALF_DAY = datetime(2022, 11, 25, 18, 30, tzinfo=UTC)


def minute(at: datetime, close: float) -> dict[str, object]:
    figures = {"open": close - 0.01, "high": close + 0.02, "low": close - 0.02, "close": close}
    return {"start": at, "symbol": "AAA", **figures, "volume": 1000, "bid": close - 0.01, "ask": close + 0.01}


def with_minutes(opens: datetime, count: int, **more: Any) -> MemorySource:
    """AAA with a bar for every minute of a session, rising a cent a minute."""
    served = prices("AAA", "BBB", **more)
    served.intraday = [minute(opens + n * MINUTE, 100 + n / 100) for n in range(count)]
    return served


def test_minutes_of_a_past_session_are_those_behind_the_venue(open_at: Open) -> None:
    opens = datetime(2022, 11, 21, 14, 30, tzinfo=UTC)
    got = open_at(served=with_minutes(opens, 390)).source.intraday_bars(["AAA"], MONDAY)
    assert got is not None
    assert list(got.columns) == list(INTRADAY_COLUMNS)
    assert list(got["start"]) == [opens + n * MINUTE for n in range(390)]
    inside = got.iloc[1:-1]
    assert list(inside["close"]) == pytest.approx([100 + n / 100 for n in range(1, 389)])
    assert got[["bid", "ask"]].isna().all().all()


def test_a_half_day_ends_at_one_in_new_york(open_at: Open) -> None:
    served = prices("AAA")
    got = open_at(AFTER_THE_HALF_DAY, served).source.intraday_bars(["AAA"], HALF_DAY)
    assert got is not None
    assert got["start"].max() == datetime(2022, 11, 25, 17, 59, tzinfo=UTC)
    assert len(got) == 210


@pytest.mark.parametrize("day", [TUESDAY, HALF_DAY, date(2022, 11, 20), date(2022, 11, 24)])
def test_a_running_or_coming_session_and_a_day_without_one_have_no_minutes(open_at: Open, day: date) -> None:
    assert open_at().source.intraday_bars(["AAA"], day) is None


def test_symbols_without_minutes_are_missing_and_none_at_all_is_none(open_at: Open) -> None:
    source = open_at().source
    both = source.intraday_bars(["AAA", "NONE"], MONDAY)
    assert both is not None
    assert set(both["symbol"]) == {"AAA"}
    assert source.intraday_bars(["NONE"], MONDAY) is None


@pytest.mark.parametrize("adjustment", ["split", "split_and_dividend"])
def test_minutes_are_adjusted_like_the_daily_bar_of_their_session(open_at: Open, adjustment: str) -> None:
    """A split and a dividend lie between the session and today."""
    actions = [(date(2022, 11, 21), "AAA", "split", 2.0), (MONDAY, "BBB", "dividend", 1.5)]
    source = open_at(served=prices("AAA", "BBB", actions=actions), adjustment=adjustment).source
    minutes = source.intraday_bars(["AAA", "BBB"], FRIDAY)
    days = source.daily_bars(["AAA", "BBB"], FRIDAY, FRIDAY).set_index("symbol")
    assert minutes is not None
    for symbol, own in minutes.groupby("symbol"):
        assert own["close"].iloc[-1] == pytest.approx(days["close"][symbol], rel=2e-3)
        assert own["volume"].sum() == pytest.approx(days["volume"][symbol], rel=0.15)
