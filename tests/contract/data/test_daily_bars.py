"""Daily bars of every live source: what stands behind the venue, whole sessions only, and no more than asked for."""

from datetime import date, datetime, timedelta

import pandas as pd
import pytest

from tasks.checkpoints import worth_retrying
from tasks.errors import BrokerError
from tasks.ports.prices import DAILY_COLUMNS
from tests.contract.data.conftest import NOON, Open
from tests.contract.data.prices import FIRST, SYMBOLS, behind, prices
from tests.unit.brokers.simulated.simulated_world import CLOSE, MONDAY, OPEN, TUESDAY, WEDNESDAY

WHOLE = CLOSE + timedelta(minutes=30)


def test_daily_bars_are_what_stands_behind_the_venue_through_a_change_of_the_clocks(open_at: Open) -> None:
    """Summer time ends on 6 November in between."""
    served = prices()
    got = open_at(served=served).source.daily_bars(SYMBOLS, FIRST, MONDAY)
    pd.testing.assert_frame_equal(got, behind(served, SYMBOLS, FIRST, MONDAY))


def test_only_the_sessions_and_symbols_asked_for_are_told(open_at: Open) -> None:
    served, first, last = prices(), date(2022, 10, 3), date(2022, 10, 7)
    got = open_at(served=served).source.daily_bars(["BBB"], first, last)
    pd.testing.assert_frame_equal(got, behind(served, ("BBB",), first, last))


def test_a_window_that_begins_and_ends_on_days_without_trading_has_the_sessions_between(open_at: Open) -> None:
    served = prices()
    got = open_at(served=served).source.daily_bars(["AAA"], date(2022, 10, 1), date(2022, 10, 9))
    pd.testing.assert_frame_equal(got, behind(served, ("AAA",), date(2022, 10, 3), date(2022, 10, 7)))


def test_a_window_without_a_session_has_no_rows(open_at: Open) -> None:
    assert open_at().source.daily_bars(["AAA"], date(2022, 10, 1), date(2022, 10, 2)).empty


def test_more_than_a_year_is_told_from_its_first_session(open_at: Open) -> None:
    served = prices("AAA", first=date(2020, 6, 1))
    got = open_at(served=served).source.daily_bars(["AAA"], date(2020, 6, 1), MONDAY)
    pd.testing.assert_frame_equal(got, behind(served, ("AAA",), date(2020, 6, 1), MONDAY))


@pytest.mark.parametrize(
    ("at", "newest"),
    [(OPEN - timedelta(minutes=5), MONDAY), (NOON, MONDAY), (WHOLE - timedelta(minutes=1), MONDAY), (WHOLE, TUESDAY)],
)
@pytest.mark.parametrize("adjustment", ["split", "split_and_dividend"])
def test_a_session_is_told_when_it_is_over_and_settled_never_while_it_runs(
    open_at: Open, at: datetime, newest: date, adjustment: str
) -> None:
    """The venues themselves tell a running session half, where they are asked for it."""
    source = open_at(at, adjustment=adjustment).source
    assert source.available()[1] == newest
    assert source.daily_bars(["AAA"], MONDAY, WEDNESDAY)["session"].max().date() == newest


def test_the_running_session_alone_is_no_rows_and_no_error(open_at: Open) -> None:
    got = open_at().source.daily_bars(["AAA"], TUESDAY, TUESDAY)
    assert got.empty
    assert list(got.columns) == list(DAILY_COLUMNS)


def test_a_symbol_that_the_provider_does_not_know_is_missing_rows(open_at: Open) -> None:
    served = prices()
    got = open_at(served=served).source.daily_bars(["AAA", "NONE", "CCC"], FIRST, MONDAY)
    pd.testing.assert_frame_equal(got, behind(served, ("AAA", "CCC"), FIRST, MONDAY))


def test_a_symbol_that_was_listed_later_and_a_day_without_a_row_stay_missing(open_at: Open) -> None:
    served = prices()
    served.daily = [row for row in served.daily if (row["symbol"], row["session"]) != ("AAA", date(2022, 10, 5))]
    served.daily = [row for row in served.daily if row["symbol"] != "BBB" or row["session"] >= date(2022, 10, 3)]
    got = open_at(served=served).source.daily_bars(SYMBOLS, FIRST, MONDAY)
    pd.testing.assert_frame_equal(got, behind(served, SYMBOLS, FIRST, MONDAY))


def test_symbols_that_are_all_unknown_give_an_empty_table_of_the_usual_types(open_at: Open) -> None:
    source = open_at().source
    got, usual = source.daily_bars(["NONE"], FIRST, MONDAY), source.daily_bars(["AAA"], FIRST, MONDAY)
    assert got.empty
    assert dict(got.dtypes) == dict(usual.dtypes)


class Failed:
    """What Prefect hands to the condition of a retry."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def result(self, raise_on_failure: bool) -> Exception:
        assert not raise_on_failure
        return self.error


def test_a_venue_that_is_gone_is_a_clear_error_worth_another_try(open_at: Open) -> None:
    found = open_at()
    found.stop()
    with pytest.raises(BrokerError) as caught:
        found.source.daily_bars(["AAA"], FIRST, MONDAY)
    assert worth_retrying(None, None, Failed(caught.value))
    assert any(word in str(caught.value) for word in ("ask again", "run again"))


def test_the_same_may_be_asked_again_at_once(open_at: Open) -> None:
    """IB forbids it for 15 seconds: the answer is given again, not waited for."""
    source = open_at().source
    told = [source.daily_bars(["AAA"], FIRST, MONDAY) for _ in range(3)]
    assert len(told[0]) == 57
    for again in told[1:]:
        pd.testing.assert_frame_equal(again, told[0])
