"""Bars, and daily prices, as desks export them. Pure."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import pandas as pd

from tasks.tca.outside import cells
from tasks.tca.outside.check_rows import MOST_PRICE, MOST_SHARES, RowCheck
from tasks.tca.outside.duplicates import without_duplicates
from tasks.tca.outside.market import with_days, with_ends
from tasks.tca.outside.problems import Problems
from tasks.tca.outside.raw_table import RawTable
from tasks.tca.outside.settings import ColumnSettings

AUCTIONS = ("", "open", "close")
OPTIONAL = ("open", "high", "low", "vwap")


def parse_prices(frame: pd.DataFrame, table: RawTable, settings: ColumnSettings, problems: Problems) -> pd.DataFrame:
    """The good rows of one file, with `daily` true where its times are days alone."""
    check = RowCheck(frame, table, settings, problems)
    daily = cells.are_days(frame["time"], settings.time_format)
    check.text("symbol", needed=True)
    check.currency()
    check.number("close", MOST_PRICE, "price", needed=True)
    for field in OPTIONAL:
        check.number(field, MOST_PRICE, "price")
    check.number("volume", MOST_SHARES, "shares", positive=False)
    check.refuse(check.made["volume_value"] < 0, "volume", "negative", "correct it")
    if daily:
        check.day("time")
        check.made["time"] = check.made["time"].dt.tz_localize("UTC")
        check.made["end"] = check.made["time"]
    else:
        check.time("time", needed=True)
        check.time("end")
        backwards = (check.made["end"] < check.made["time"]) & (settings.bar_time == "start")
        check.refuse(backwards, "end", "ends before it starts", "correct one of the two times")
    check.text("auction")
    check.made["auction"] = check.made["auction"].str.lower()
    odd = ~check.made["auction"].isin(AUCTIONS)
    check.refuse(odd, "auction", "no auction", "write open, close, or nothing for continuous trading")
    low, high = check.made["low_value"], check.made["high_value"]
    check.refuse(low > high, "low", "above the high", "correct the bar")
    whole = ~check.bad
    for field in ("open", "close"):
        price = check.made[f"{field}_value"]
        check.refuse(whole & (price < low), field, "below the low", "correct the bar")
        check.refuse(whole & (price > high), field, "above the high", "correct the bar")
    return check.good.assign(daily=daily)


def distinct_prices(prices: pd.DataFrame, problems: Problems) -> pd.DataFrame:
    """Of all files together, one row a symbol, time and auction."""
    key = prices["symbol"] + " " + prices["time"].astype(str) + " " + prices["auction"] + prices["daily"].astype(str)
    same = ("close_value", "open_value", "high_value", "low_value", "vwap_value", "volume_value")
    return without_duplicates(prices.assign(bar=key), "bar", same, "bar", problems)


def name_overlaps(prices: pd.DataFrame, settings: ColumnSettings, problems: Problems) -> None:
    """Bars of continuous trading that start before an earlier one of their symbol is over are counted, and named."""
    intraday = prices[~prices["daily"].astype(bool) & (prices["auction"] == "")]
    bars = with_ends(with_days(intraday, settings), settings)
    if bars.empty:
        return
    over = bars.groupby("symbol", sort=False)["end"].cummax().groupby(bars["symbol"], sort=False).shift()
    remedy = "give one bar for each moment, or say by an end how long it is; it is counted"
    problems.add(bars, bars["time"] < over, "time", "overlaps an earlier bar of its symbol", remedy, counted=True)
