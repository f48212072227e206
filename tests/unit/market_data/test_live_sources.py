"""The pure parts of the live sources: which session is over, what their words mean, which settings do not fit."""

from collections import namedtuple
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tasks.book.data import DataSettings
from tasks.brokers.alpaca import parse_prices as alpaca
from tasks.brokers.alpaca.errors import Silence
from tasks.brokers.ibkr import parse_prices as ibkr
from tasks.brokers.price_sources import open_source
from tasks.errors import BadDataError, ConfigError
from tasks.market_data.frames import action_frame, daily_frame, intraday_frame
from tasks.market_data.session_hours import last_whole, last_whole_until
from tasks.ports.prices import ACTION_COLUMNS, DAILY_COLUMNS, INTRADAY_COLUMNS

MONDAY, TUESDAY = date(2022, 11, 21), date(2022, 11, 22)


@pytest.mark.parametrize(
    ("now", "newest"),
    [
        ("2022-11-22T21:29:59+00:00", MONDAY),
        ("2022-11-22T21:30:00+00:00", TUESDAY),
        ("2022-11-23T04:59:00+00:00", TUESDAY),  # still Tuesday in New York
        ("2022-11-24T18:00:00+00:00", date(2022, 11, 23)),  # Thanksgiving
        ("2022-11-25T18:29:00+00:00", date(2022, 11, 23)),  # a half day, not settled
        ("2022-11-25T18:30:00+00:00", date(2022, 11, 25)),
        ("2022-11-27T12:00:00+00:00", date(2022, 11, 25)),  # a Sunday
        ("2022-07-01T20:30:00+00:00", date(2022, 7, 1)),  # summer time
    ],
)
def test_a_session_is_over_half_an_hour_after_its_close(now: str, newest: date) -> None:
    assert last_whole(datetime.fromisoformat(now)) == newest


@pytest.mark.parametrize(
    ("day", "newest"),
    [(TUESDAY, MONDAY), (date(2030, 1, 1), MONDAY), (MONDAY, MONDAY), (date(2022, 11, 20), date(2022, 11, 18))],
)
def test_no_session_after_the_day_asked_for_is_whole_for_it(day: date, newest: date) -> None:
    assert last_whole_until(day, datetime(2022, 11, 22, 17, 0, tzinfo=UTC)) == newest


def bar(**changed: Any) -> dict[str, Any]:
    usual = {"t": "2022-11-21T05:00:00Z", "o": 1.0, "h": 2.0, "l": 0.5, "c": 1.5, "v": 100, "n": 3, "vw": 1.2}
    return {**usual, **changed}


@pytest.mark.parametrize(
    ("stamp", "session"),
    [
        ("2022-11-21T05:00:00Z", MONDAY),
        ("2022-07-01T04:00:00Z", date(2022, 7, 1)),
        ("2022-11-21T00:00:00-05:00", MONDAY),
    ],
)
def test_a_daily_bar_belongs_to_the_day_that_begins_in_new_york(stamp: str, session: date) -> None:
    (row,) = alpaca.daily_rows([("AAA", bar(t=stamp))], session, session)
    assert row == (session, "AAA", 1.0, 2.0, 0.5, 1.5, 100.0)


@pytest.mark.parametrize("wrong", [{"c": None}, {"v": "many"}, {"o": True}, {"t": "2022-11-21"}, {"h": float("nan")}])
def test_a_bar_that_is_not_whole_is_no_answer(wrong: dict[str, Any]) -> None:
    with pytest.raises(Silence):
        list(alpaca.daily_rows([("AAA", bar(**wrong))], MONDAY, MONDAY))


def actions(**kinds: Any) -> dict[str, Any]:
    return {"corporate_actions": kinds}


def action(**more: Any) -> dict[str, Any]:
    return {"symbol": "AAA", "ex_date": "2022-11-21", "process_date": "2022-12-01", **more}


@pytest.mark.parametrize(
    ("kind", "row", "told"),
    [
        ("forward_splits", action(new_rate=3, old_rate=2), ("split", 1.5)),
        ("reverse_splits", action(new_rate=1, old_rate=50), ("split", 0.02)),
        ("stock_dividends", action(rate=0.05), ("split", 1.05)),
        ("cash_dividends", action(rate=0.125), ("dividend", 0.125)),
    ],
)
def test_each_kind_of_action_is_new_shares_per_old_or_dollars_per_share(
    kind: str, row: dict[str, Any], told: tuple[str, float]
) -> None:
    assert list(alpaca.action_rows(actions(**{kind: [row]}))) == [(MONDAY, "AAA", *told)]


def test_a_dividend_in_another_currency_is_not_taken_for_dollars() -> None:
    page = actions(cash_dividends=[action(rate=1, currency="CAD")])
    assert list(alpaca.action_rows(page)) == []
    [event] = alpaca.inexpressible(page)
    assert (event.ex_date, event.symbol, event.kind, event.distorts) == (MONDAY, "AAA", "foreign_dividend", True)


@pytest.mark.parametrize(
    "page",
    [
        {},
        {"corporate_actions": []},
        actions(forward_splits=[action(new_rate=2, old_rate=0)]),
        actions(cash_dividends=[action()]),
        actions(cash_dividends=[action(rate=1, ex_date="soon")]),
    ],
)
def test_an_action_that_cannot_be_read_is_no_answer(page: dict[str, Any]) -> None:
    with pytest.raises(Silence):
        list(alpaca.action_rows(page))


Bar = namedtuple("Bar", "date open high low close volume")


HOURS = datetime(2022, 11, 21, 14, 30, tzinfo=UTC), datetime(2022, 11, 21, 21, 0, tzinfo=UTC)
AROUND = {-1: False, 0: True, 389: True, 390: False}
"""Minutes after the open, and whether they are of the regular session: the one after the last has the closing print."""


@pytest.mark.parametrize(("after", "is_inside"), AROUND.items())
def test_minutes_before_the_open_and_from_the_close_on_are_left_out(after: int, is_inside: bool) -> None:
    at = HOURS[0] + timedelta(minutes=after)
    told = list(alpaca.minute_rows([("AAA", bar(t=at.isoformat()))], HOURS))
    theirs = list(ibkr.minute_rows("AAA", [Bar(f"{at.timestamp():.0f}", 1.0, 2.0, 0.5, 1.5, 100)], HOURS, 1.0))
    assert [row[0] for row in told] == [row[0] for row in theirs] == ([at] if is_inside else [])


def test_minutes_adjusted_for_dividends_have_every_price_times_the_factor_and_the_same_volume() -> None:
    at = f"{HOURS[0].timestamp():.0f}"
    (row,) = ibkr.minute_rows("AAA", [Bar(at, 1.0, 2.0, 0.5, 1.5, 100)], HOURS, 0.5)
    assert row[2:7] == (0.5, 1.0, 0.25, 0.75, 100.0)


def test_a_volume_that_tws_does_not_know_is_missing_not_minus_one() -> None:
    (row,) = ibkr.daily_rows("AAA", [Bar("20221121", 1.0, 2.0, 0.5, 1.5, -1.0)], MONDAY, MONDAY)
    assert str(row[-1]) == "nan"


def test_a_daily_bar_of_tws_without_a_date_is_bad_data() -> None:
    with pytest.raises(BadDataError, match="AAA: TWS dates a daily bar '1669006800'"):
        list(ibkr.daily_rows("AAA", [Bar("1669006800", 1, 1, 1, 1, 1)], MONDAY, MONDAY))


@pytest.mark.parametrize(("days", "length"), [(0, "1 D"), (364, "365 D"), (365, "2 Y"), (729, "2 Y"), (730, "3 Y")])
def test_a_window_longer_than_a_year_is_asked_for_in_years_that_cover_it(days: int, length: str) -> None:
    assert ibkr.length_of(MONDAY, MONDAY + timedelta(days=days)) == length


def test_tables_have_the_same_types_with_rows_and_without() -> None:
    at = datetime(2022, 11, 21, 14, 30, tzinfo=UTC)
    days, minutes = (MONDAY, "AAA", 1, 2, 0.5, 1.5, 100), (at, "AAA", 1, 2, 0.5, 1.5, 100, np.nan, np.nan)
    for made, row, columns in (
        (daily_frame, days, DAILY_COLUMNS),
        (intraday_frame, minutes, INTRADAY_COLUMNS),
        (action_frame, (MONDAY, "AAA", "split", 2), ACTION_COLUMNS),
    ):
        assert dict(made([row]).dtypes) == dict(made([]).dtypes)
        assert list(made([]).columns) == list(columns)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"source": "ibkr", "adjustment": "raw"}, r"data\.adjustment: raw given.*set split"),
        ({"source": "alpaca", "daily_path": "mine.csv"}, r"data\.daily_path: only for `source: files`; remove it"),
        ({"source": "ibkr", "actions_path": "mine.csv"}, r"data\.actions_path: only for `source: files`"),
        ({"source": "ibkr", "alpaca": {"feed": "iex"}}, r"data\.alpaca: only for `source: alpaca`; remove it"),
        ({"source": "sample", "ibkr": {"client_id": 5}}, r"data\.ibkr: only for `source: ibkr`; remove it"),
        ({"source": "alpaca"}, "no APCA_API_KEY_ID and no APCA_API_SECRET_KEY in the environment"),
    ],
)
def test_settings_that_contradict_each_other_are_told_with_a_remedy(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        open_source(DataSettings(**settings), Path(), {})


def test_the_client_id_for_prices_is_another_one_than_that_for_orders() -> None:
    from tasks.book.broker import IbkrSettings

    assert DataSettings().ibkr.client_id != IbkrSettings().client_id
