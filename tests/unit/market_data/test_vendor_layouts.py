"""What vendors give is read as it comes, or refused with what to do about it."""

from pathlib import Path

import pandas as pd
import pytest

from tasks.errors import BadDataError
from tasks.market_data.file_source import FilesSource

YFINANCE = """Price,Close,Close,High,High,Low,Low,Open,Open,Volume,Volume
Ticker,AAPL,BRK-B,AAPL,BRK-B,AAPL,BRK-B,AAPL,BRK-B,AAPL,BRK-B
Date,,,,,,,,,,
2024-01-30,188.04,383.1,191.8,385,187.47,380,190.94,381,55859400,3000
2024-01-31,184.4,,187.1,,184.35,,187.04,,55467800,
"""
YFINANCE_BY_TICKER = """Ticker,AAPL,AAPL,AAPL,AAPL,AAPL
Price,Open,High,Low,Close,Volume
Date,,,,,
2024-01-30,190.94,191.8,187.47,188.04,55859400
2024-01-31,187.04,187.1,184.35,184.4,55467800
"""
YFINANCE_OLD = """,Adj Close,Close,High,Low,Open,Volume
,AAPL,AAPL,AAPL,AAPL,AAPL,AAPL
Date,,,,,,
2024-01-30,187.5,188.04,191.8,187.47,190.94,55859400
2024-01-31,184.0,184.4,187.1,184.35,187.04,55467800
"""
LAYOUTS = {
    "aapl_us_d.csv": "Date,Open,High,Low,Close,Volume\n2024-01-30,190.94,191.8,187.47,188.04,55859400\n"
    "2024-01-31,187.04,187.1,184.35,184.4,55467800\n",
    "aapl.us.txt": "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n"
    "AAPL.US,D,20240130,000000,190.94,191.8,187.47,188.04,55859400,0\n"
    "AAPL.US,D,20240131,000000,187.04,187.1,184.35,184.4,55467800,0\n",
    "daily_adjusted_AAPL.csv": "timestamp,open,high,low,close,adjusted_close,volume,dividend_amount,split_coefficient\n"
    "2024-01-31,187.04,187.1,184.35,184.4,184.0,55467800,0.0000,1.0\n"
    "2024-01-30,190.94,191.8,187.47,188.04,187.5,55859400,0.0000,1.0\n",
    "AAPL.csv": "date,close,high,low,open,volume,adjClose,adjHigh,adjLow,adjOpen,adjVolume,divCash,splitFactor\n"
    "2024-01-30T00:00:00.000Z,188.04,191.8,187.47,190.94,55859400,187.5,191,187,190,55859400,0.0,1.0\n"
    "2024-01-31T00:00:00.000Z,184.4,187.1,184.35,187.04,55467800,184.0,186,184,186,55467800,0.0,1.0\n",
    "sharadar.csv": "ticker,date,open,high,low,close,volume,closeadj,closeunadj,lastupdated\n"
    "AAPL,2024-01-30,190.94,191.8,187.47,188.04,55859400,187.5,188.04,2024-02-01\n"
    "AAPL,2024-01-31,187.04,187.1,184.35,184.4,55467800,184.0,184.4,2024-02-01\n",
    "WIKI.csv": "ticker,date,open,high,low,close,volume,ex-dividend,split_ratio,adj_open,adj_high,adj_low,adj_close,"
    "adj_volume\nAAPL,2024-01-30,190.94,191.8,187.47,188.04,55859400,0,1,190,191,187,187.5,55859400\n"
    "AAPL,2024-01-31,187.04,187.1,184.35,184.4,55467800,0,1,186,187,184,184.0,55467800\n",
    "nasdaq.csv": "Symbol,Date,Close/Last,Volume,Open,High,Low\n"
    "AAPL,01/31/2024,$184.40,55467800,$187.04,$187.10,$184.35\n"
    "AAPL,01/30/2024,$188.04,55859400,$190.94,$191.80,$187.47\n",
    "polygon.csv": "v,vw,o,c,h,l,t,n,T\n"
    "55859400,189,190.94,188.04,191.8,187.47,1706590800000,640000,AAPL\n"
    "55467800,185,187.04,184.4,187.1,184.35,1706677200000,650000,AAPL\n",
    "flat_file.csv": "ticker,volume,open,close,high,low,window_start,transactions\n"
    "AAPL,55859400,190.94,188.04,191.8,187.47,1706590800000000000,640000\n"
    "AAPL,55467800,187.04,184.4,187.1,184.35,1706677200000000000,650000\n",
    "AAPL Historical Data.csv": '"Date","Price","Open","High","Low","Vol.","Change %"\n'
    '"01/31/2024","184.40","187.04","187.10","184.35","55.4678M","-1.94%"\n'
    '"01/30/2024","188.04","190.94","191.80","187.47","55.8594M","-1.92%"\n',
    "AAPL.US.csv": "Date,Open,High,Low,Close,Adjusted_close,Volume\n"
    "2024-01-30,190.94,191.8,187.47,188.04,187.5,55859400\n2024-01-31,187.04,187.1,184.35,184.4,184.0,55467800\n",
    "bloomberg.csv": ",AAPL US Equity,,,,\nDates,PX_OPEN,PX_HIGH,PX_LOW,PX_LAST,PX_VOLUME\n"
    "1/30/2024,190.94,191.8,187.47,188.04,55859400\n1/31/2024,187.04,187.1,184.35,184.4,55467800\n",
    "refinitiv.csv": "Instrument,Date,Price Open,Price High,Price Low,Price Close,Volume\n"
    "AAPL.O,2024-01-30,190.94,191.8,187.47,188.04,55859400\nAAPL.O,2024-01-31,187.04,187.1,184.35,184.4,55467800\n",
    "yfinance.csv": YFINANCE,
    "yfinance_by_ticker.csv": YFINANCE_BY_TICKER,
    "yfinance_old.csv": YFINANCE_OLD,
}
BARS = [
    [pd.Timestamp("2024-01-30"), 190.94, 191.8, 187.47, 188.04, 55859400.0],
    [pd.Timestamp("2024-01-31"), 187.04, 187.1, 184.35, 184.4, 55467800.0],
]


def bars_of(path: Path, *symbols: str, adjustment: str = "split") -> pd.DataFrame:
    opened = FilesSource(path, adjustment)
    return opened.daily_bars(symbols, *opened.available())


def written(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_vendors_file_is_read_as_it_comes(tmp_path, name):
    written(tmp_path, name, LAYOUTS[name])
    read = bars_of(tmp_path, "AAPL")
    figures = [[row[0], *map(float, row[1:])] for row in read.drop(columns="symbol").to_numpy().tolist()]
    assert figures == [[day, *map(pytest.approx, rest)] for day, *rest in BARS]


def test_every_symbol_of_a_download_is_there_with_its_gaps(tmp_path):
    read = bars_of(written(tmp_path, "all.csv", YFINANCE), "AAPL", "BRK.B")
    assert read["symbol"].tolist() == ["AAPL", "BRK.B", "AAPL", "BRK.B"]
    assert read.loc[1, ["open", "high", "low", "close", "volume"]].tolist() == [381, 385, 380, 383.1, 3000]
    assert read.loc[3, ["open", "high", "low", "close", "volume"]].isna().all()


def test_a_download_kept_as_parquet_is_read_too(tmp_path):
    columns = pd.MultiIndex.from_tuples([("Close", "AAPL"), ("Close", "MSFT")], names=["Price", "Ticker"])
    days = pd.DatetimeIndex(["2024-01-30", "2024-01-31"], name="Date")
    pd.DataFrame([[188.04, 408.6], [184.4, 397.6]], days, columns).to_parquet(tmp_path / "all.parquet")
    assert bars_of(tmp_path / "all.parquet", "AAPL", "MSFT")["close"].tolist() == [188.04, 408.6, 184.4, 397.6]


@pytest.mark.parametrize(("adjustment", "closes"), [("raw", [40.0]), ("split", [20.0]), ("split_and_dividend", [19.0])])
def test_of_three_closes_the_one_that_fits_the_adjustment_is_taken(tmp_path, adjustment, closes):
    text = "ticker,date,close,closeadj,closeunadj\nAAA,2024-01-30,20,19,40\n"
    assert bars_of(written(tmp_path, "sep.csv", text), "AAA", adjustment=adjustment)["close"].tolist() == closes


def test_a_series_of_the_federal_reserve_is_closes_and_a_point_is_no_value(tmp_path):
    read = bars_of(written(tmp_path, "fred.csv", "observation_date,SP500\n2024-01-30,4924.97\n2024-01-31,.\n"), "SP500")
    assert read["close"].tolist()[0] == 4924.97
    assert read["close"].isna().tolist() == [False, True]


def test_bloomberg_in_columns_of_closes_and_reuters_classes(tmp_path):
    wide = written(tmp_path, "wide.csv", "Dates,BRK/B US Equity,HEI UN Equity\n2024-01-30,383.1,170\n")
    assert dict(bars_of(wide, "BRK.B", "HEI")[["symbol", "close"]].to_numpy()) == {"BRK.B": 383.1, "HEI": 170.0}
    codes = written(tmp_path, "codes.csv", "Instrument,Date,Price Close\nBRKb.N,2024-01-30,383.1\n")
    assert bars_of(codes, "BRK.B")["close"].tolist() == [383.1]


def test_a_class_of_its_own_under_instrument_is_no_code_of_reuters(tmp_path):
    path = written(tmp_path, "classes.csv", "Instrument,Date,Close\nHEI.A,2024-01-30,140\n")
    assert bars_of(path, "HEI").empty
    assert bars_of(path, "HEI.A")["close"].tolist() == [140.0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Date,Symbol,Close\n02/01/2024,AAA,1\n", "day and month cannot be told apart; write dates as YYYY-MM-DD"),
        ("Date,Symbol,Close\n31/01/2024,AAA,1\n01/31/2024,AAA,1\n", "data row 1: '31/01/2024'"),
        ("Price,Close,Close\nTicker,AAA,BBB\nDate,,\n2024-01-30,1,x\n", "column 'close of BBB', data row 1: 'x'"),
        ("Price,Close,Close\nTicker,AAA,AAA\nDate,,\n2024-01-30,1,2\n", "is there twice; keep one"),
    ],
)
def test_what_cannot_be_told_is_refused_with_its_place(tmp_path, text, said):
    with pytest.raises(BadDataError, match=said):
        bars_of(written(tmp_path, "doubt.csv", text), "AAA")


def test_days_before_months_are_read_where_a_row_shows_it(tmp_path):
    read = bars_of(written(tmp_path, "eu.csv", "Date,Symbol,Close\n05/01/2024,AAA,1\n31/01/2024,AAA,2\n"), "AAA")
    assert [f"{day:%F}" for day in read["session"]] == ["2024-01-05", "2024-01-31"]
