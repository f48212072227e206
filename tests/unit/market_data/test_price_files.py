"""Files people bring: read whole, or refused with file, column, row, value and remedy."""

import gzip
import os
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest
from price_world import bars

from tasks.errors import BadDataError
from tasks.market_data.file_source import FilesSource
from tasks.ports.prices import INTRADAY_COLUMNS

DAY = date(2021, 1, 4)


def source(path: Path, adjustment: str = "split", **others: Path) -> FilesSource:
    return FilesSource(path, adjustment, **others)


def written(folder: Path, text: str, name: str = "prices.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def all_bars(path: Path, adjustment: str = "split") -> pd.DataFrame:
    opened = source(path, adjustment)
    return opened.daily_bars(opened.symbols(), *opened.available())


def test_long_wide_and_parquet_files_say_the_same(tmp_path):
    made = bars()
    made.to_csv(tmp_path / "long.csv", index=False)
    made.to_parquet(tmp_path / "long.parquet")
    made.pivot(index="session", columns="symbol", values="close").to_csv(tmp_path / "wide.csv")
    made.pivot(index="session", columns="symbol", values="close").to_parquet(tmp_path / "wide.parquet")
    for name in ("long.csv", "long.parquet"):
        pd.testing.assert_frame_equal(all_bars(tmp_path / name), made)
    for name in ("wide.csv", "wide.parquet"):
        read = all_bars(tmp_path / name)
        pd.testing.assert_frame_equal(read[["session", "symbol", "close"]], made[["session", "symbol", "close"]])
        assert read["volume"].isna().all()


def test_columns_go_by_their_usual_names_in_any_case(tmp_path):
    path = written(tmp_path, "Date;Ticker;Open;HIGH;low;Close Price;Vol\n2021-01-04;AAA;1;3;0.5;2;100\n")
    read = all_bars(path)
    assert read.loc[0, ["open", "high", "low", "close", "volume"]].tolist() == [1, 3, 0.5, 2, 100]


def test_tickers_that_look_like_column_names_stay_tickers_in_a_wide_file(tmp_path):
    read = all_bars(written(tmp_path, "date,A,C,O,OPEN,V\n2021-01-04,1,2,3,4,5\n"))
    assert dict(zip(read["symbol"], read["close"], strict=True)) == {"A": 1, "C": 2, "O": 3, "OPEN": 4, "V": 5}


def test_a_file_of_one_symbol_goes_by_its_name_and_a_folder_is_read_whole(tmp_path):
    written(tmp_path, "Date,Open,High,Low,Close,Adj Close,Volume\n2021-01-04,1,3,1,2,1,5\n", "AAA.csv")
    with gzip.open(tmp_path / "BBB.csv.gz", "wt") as file:
        file.write("date,close\n2021-01-05,7\n")
    written(tmp_path, "not prices", "README.txt")
    read = all_bars(tmp_path)
    assert read[["symbol", "close"]].values.tolist() == [["AAA", 2.0], ["BBB", 7.0]]


def test_the_close_that_fits_the_adjustment_is_taken_and_the_range_follows_it(tmp_path):
    path = written(tmp_path, "date,symbol,open,high,low,close,adj_close\n2021-01-04,AAA,8,12,6,10,5\n")
    assert all_bars(path, "raw").loc[0, ["open", "high", "low", "close"]].tolist() == [8, 12, 6, 10]
    adjusted = all_bars(path, "split_and_dividend")
    assert adjusted.loc[0, ["open", "high", "low", "close"]].tolist() == [4, 6, 3, 5]


@pytest.mark.parametrize(
    ("stamp", "day"),
    [
        ("2021-01-04", "2021-01-04"),
        ("20210104", "2021-01-04"),
        ("2021-01-04 16:00:00", "2021-01-04"),
        ("2021-01-04T00:00:00+00:00", "2021-01-04"),
        ("2021-01-04 00:00:00-05:00", "2021-01-04"),
        ("2021-01-04T05:00:00Z", "2021-01-04"),
        ("2021-01-05T00:30:00Z", "2021-01-04"),
    ],
)
def test_a_time_becomes_the_new_york_session_it_belongs_to(tmp_path, stamp, day):
    read = all_bars(written(tmp_path, f"date,symbol,close\n{stamp},AAA,1\n"))
    assert read["session"].tolist() == [pd.Timestamp(day)]


def test_zoned_dates_in_parquet_become_sessions(tmp_path):
    stamps = pd.to_datetime(["2021-01-04 00:00", "2021-07-06 00:00"]).tz_localize("America/New_York")
    for zone in ("America/New_York", "UTC"):
        frame = pd.DataFrame({"date": stamps.tz_convert(zone), "symbol": "AAA", "close": [1.0, 2.0]})
        frame.to_parquet(tmp_path / "zoned.parquet")
        read = all_bars(tmp_path / "zoned.parquet")
        assert [day.date() for day in read["session"]] == [date(2021, 1, 4), date(2021, 7, 6)]


def test_nothing_is_dropped_on_the_way_in(tmp_path):
    text = "date,symbol,close,volume\n2021-01-04,AAA,1,10\n2021-01-04,AAA,1,10\n2021-01-05,AAA,,\n2021-01-06,NA,NaN,0\n"
    read = all_bars(written(tmp_path, text))
    assert len(read) == 4
    assert read["close"].isna().sum() == 2
    assert set(read["symbol"]) == {"AAA", "NA"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            "date,symbol,close\n2021-01-04,AAA,1\n04/01/2021,AAA,2\n",
            r"'date', data row 2: '04/01/2021'; write dates as",
        ),
        ("date,symbol,close\n2021-02-30,AAA,1\n", r"'date', data row 1: '2021-02-30'"),
        ("date,symbol,close\n,AAA,1\n", r"'date', data row 1: ''"),
        (
            "date,symbol,close\n2021-01-04,AAA,1\n2021-01-05,AAA,ten\n",
            r"'close', data row 2: 'ten'; write a plain number",
        ),
        ('date,symbol,close\n2021-01-04,AAA,"1,200"\n', r"'close', data row 1: '1,200'"),
        ("date,symbol,close\n2021-01-04,,1\n", r"'symbol', data row 1: ''; fill it in"),
        ("date,symbol,close,mood\n2021-01-04,AAA,1,good\n", r"unknown column 'mood'; rename it"),
        ("date,symbol,bid\n2021-01-04,AAA,1\n", r"no column for close"),
        ("symbol,close\nAAA,1\n", r"no column for session"),
        ("date,open,volume\n2021-01-04,1,1\n", r"no column for close"),
        ("date,symbol,close,close\n2021-01-04,AAA,1,2\n", r"column 'close' is there twice; keep one"),
        ("date,symbol,close\n2021-01-04,AAA,1,2\n", r"give every row as many fields as the header"),
        ("date,symbol,close\n", r"a header but no rows"),
        ("", r"the file is empty"),
        ("\n2021-01-04,1\n", r"the first line is empty"),
        ("date,AAA,,BBB\n2021-01-04,1,2,3\n", r"a column without a name"),
    ],
)
def test_a_bad_file_is_refused_with_its_place_value_and_remedy(tmp_path, content, said):
    with pytest.raises(BadDataError, match=said) as caught:
        all_bars(written(tmp_path, content))
    assert "prices.csv" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("latin.csv", "date,symbol,close\n2021-01-04,AAÄ,1\n".encode("latin-1"), "save it as UTF-8"),
        ("wide16.csv", "date,symbol,close\n2021-01-04,AAA,1\n".encode("utf-16"), "save it as UTF-8"),
        ("broken.csv.gz", b"not gzip at all", "not readable"),
        ("broken.parquet", b"PAR1 nonsense", "not a readable Parquet file"),
        ("prices.xlsx", b"PK", "neither CSV nor Parquet"),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadDataError, match=said):
        all_bars(tmp_path / name)


def test_an_empty_folder_and_a_missing_file_are_refused(tmp_path):
    with pytest.raises(BadDataError, match="holds no file"):
        all_bars(tmp_path)
    with pytest.raises(BadDataError, match="no such file"):
        all_bars(tmp_path / "gone.csv")


def test_bars_inside_the_day_are_those_of_the_regular_session(tmp_path):
    text = "ts,symbol,open,high,low,close,volume,bid,ask\n" + "".join(
        f"{stamp},AAA,1,1,1,1,5,0.9,1.1\n"
        for stamp in ("2021-01-04T14:29:00Z", "2021-01-04T14:30:00Z", "2021-01-04T20:59:00Z", "2021-01-04T21:00:00Z")
    )
    path = written(tmp_path, text, "minutes.csv")
    read = source(path, intraday=path).intraday_bars(["AAA"], DAY)
    assert read is not None
    assert tuple(read.columns) == INTRADAY_COLUMNS
    assert [stamp.to_pydatetime() for stamp in read["start"]] == [
        datetime(2021, 1, 4, 14, 30, tzinfo=UTC),
        datetime(2021, 1, 4, 20, 59, tzinfo=UTC),
    ]
    assert source(path, intraday=path).intraday_bars(["BBB"], DAY) is None


def test_times_without_a_zone_are_refused(tmp_path):
    path = written(tmp_path, "ts,symbol,open,high,low,close,volume\n2021-01-04 09:30:00,AAA,1,1,1,1,5\n")
    with pytest.raises(BadDataError, match="write times with their zone"):
        source(path, intraday=path).intraday_bars(["AAA"], DAY)


def test_actions_are_read_and_wrong_ones_refused(tmp_path):
    good = written(
        tmp_path, "ex_date,symbol,kind,value\n2021-01-05,AAA,Split,2\n2021-02-05,BBB,dividend,0.5\n", "a.csv"
    )
    opened = source(good, actions=good)
    read = opened.corporate_actions(["AAA"], date(2021, 1, 1), date(2021, 3, 1))
    assert read[["symbol", "kind", "value"]].values.tolist() == [["AAA", "split", 2.0]]
    assert opened.corporate_actions(["AAA"], date(2021, 1, 6), date(2021, 3, 1)).empty
    for row, said in (
        (
            "bonus,1",
            "data row 1: 'bonus'; unknown kind; use `split`, `dividend`, .*, `spin_off`, `delisting` or `unit_split`",
        ),
        ("split,0", "new shares per old"),
        ("dividend,", "nan|''"),
    ):
        bad = written(tmp_path, f"ex_date,symbol,kind,value\n2021-01-05,AAA,{row}\n", "bad.csv")
        with pytest.raises(BadDataError, match=said):
            source(bad, actions=bad).corporate_actions(["AAA"], date(2021, 1, 1), date(2021, 3, 1))


def test_company_events_are_read_as_what_they_are_and_change_no_price(tmp_path):
    text = (
        "ex_date,symbol,kind,value\n2021-01-05,AAA,split,2\n2021-01-06,AAA,Merger,\n2021-01-07,BBB,rename,CCC\n"
        "2021-01-08,BBB,Spin-off,0.25\n2021-01-11,BBB,delisted,\n2021-06-01,AAA,merger,1\n"
    )
    path = written(tmp_path, text, "a.csv")
    opened, first, last = source(path, actions=path), date(2021, 1, 1), date(2021, 3, 1)
    read = opened.corporate_actions(["AAA", "BBB"], first, last)
    assert read[["symbol", "kind", "value"]].values.tolist() == [["AAA", "split", 2.0]]
    told = opened.company_events(["AAA", "BBB"], first, last)
    assert [(e.symbol, e.kind, e.row) for e in told] == [
        ("AAA", "merger", 2),
        ("BBB", "rename", 3),
        ("BBB", "spin_off", 4),
        ("BBB", "delisting", 5),
    ]
    assert {event.file for event in told} == {str(path)}


def real(name: str) -> Path:
    folder = os.environ.get("STEELYARD_TEST_DATA")
    if not folder:
        pytest.skip("STEELYARD_TEST_DATA is not set: real prices are not at hand")
    return Path(folder) / name


def test_real_minutes_are_a_whole_regular_session_with_quotes():
    path = real("minute/lean_minute_trades_quotes.parquet")
    read = source(path, intraday=path).intraday_bars(["BAC", "SPY"], date(2013, 10, 8))
    assert read is not None
    assert read.groupby("symbol").size().to_dict() == {"BAC": 390, "SPY": 390}
    assert (read["ask"] >= read["bid"]).all()
    assert read["volume"].gt(0).all()


def test_real_daily_sets_are_read_whole():
    path = real("daily/us_equities_ohlcv_2013_2018.parquet")
    read = all_bars(path)
    assert len(read) == 619_040
    assert read["symbol"].nunique() == 505
    assert int(read[["open", "high", "low", "close"]].isna().any(axis=1).sum()) == 11


MANY_DEFECTS = {
    "AAPL.csv": "date,close,volume\n2021-05-27,124.5,1000\n2021-13-28,12x,1100\n2021-06-01,1o1,9 million\n",
    "MSFT.csv": "date,close,volume,mood\n2021-05-28,250,1000,good\n",
    "XOM.csv": "",
}


def test_every_defect_of_all_files_is_told_at_once(tmp_path):
    for name, text in MANY_DEFECTS.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(BadDataError) as refused:
        FilesSource(tmp_path, "raw").symbols()
    first, *told = str(refused.value).splitlines()
    assert first == "5 defects in the data's files, mend all of them:"
    assert [line.removeprefix(f" - {tmp_path}/") for line in told] == [
        "AAPL.csv: column 'date', data row 2: '2021-13-28'; write dates as YYYY-MM-DD",
        "AAPL.csv: column 'close', data row 2: '12x' (and 1 more: row 3); write a plain number with a point, without "
        "thousands separators or units",
        "AAPL.csv: column 'volume', data row 3: '9 million'; write a plain number with a point, without "
        "thousands separators or units",
        "MSFT.csv: unknown column 'mood'; rename it to one of session, symbol, open, high, low, close, volume, "
        "adj_close, split_adj_close, raw_close, or remove it",
        "XOM.csv: the file is empty; export it again",
    ]


def test_every_defect_of_minutes_and_of_actions_is_told_at_once(tmp_path):
    (tmp_path / "day.csv").write_text("date,symbol,close\n2021-05-27,AAPL,124.5\n")
    (tmp_path / "bars.csv").write_text(
        "start,symbol,open,high,low,close,volume\n2021-05-27 09:30,AAPL,a,2,3,4,5\n2021-05-27 09:31,,1,2,3,4,5\n"
    )
    (tmp_path / "actions.csv").write_text("date,symbol,kind,value\n2021-05-27,AAPL,split,-4\n2021-5-x,,dividend,1\n")
    source = FilesSource(tmp_path / "day.csv", "raw", tmp_path / "bars.csv", tmp_path / "actions.csv")
    with pytest.raises(BadDataError, match="3 defects") as minutes:
        source.intraday_bars(["AAPL"], date(2021, 5, 27))
    with pytest.raises(BadDataError, match="3 defects") as actions:
        source.corporate_actions(["AAPL"], date(2021, 5, 1), date(2021, 6, 1))
    for refused, columns in ((minutes, ("start", "symbol", "open")), (actions, ("date", "symbol", "value"))):
        assert all(f"column '{column}'" in str(refused.value) for column in columns)
