"""Trades of BAC and AIG on five days of 2013, and what their interval VWAPs are; only where they are at hand."""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from tasks.model.market import MarketBar
from tasks.model.money import EXACT

NEW_YORK = ZoneInfo("America/New_York")
SECOND = timedelta(seconds=1)


def folder() -> Path:
    """Skips the test without the data."""
    named = os.environ.get("STEELYARD_TEST_DATA")
    if not named:
        pytest.skip("STEELYARD_TEST_DATA is not set: real trades are not at hand")
    return Path(named)


@dataclass(frozen=True)
class Interval:
    """A row of the oracle: what every trade of a window, and those within the market, averaged; USD a share."""

    symbol: str
    day: str
    start: datetime
    end: datetime
    volume: int
    vwap: Decimal
    clean_vwap: Decimal
    minute_volume: int
    minute_vwap: Decimal
    minute_error_bps: float


@cache
def intervals() -> tuple[Interval, ...]:
    """All forty."""
    rows = pd.read_csv(folder() / "tick/vwap_oracle_bac_aig.csv", dtype=str).to_dict("records")
    return tuple(
        Interval(
            row["symbol"],
            row["session_date"],
            instant(row["session_date"], row["from_ny"]),
            instant(row["session_date"], row["to_ny"]),
            int(row["volume"]),
            Decimal(row["vwap_all_ticks"]),
            Decimal(row["vwap_clean_ticks"]),
            int(row["minute_volume"]),
            Decimal(row["vwap_from_minute_hlc3"]),
            float(row["minute_error_bps"]),
        )
        for row in rows
    )


def instant(day: str, clock: str) -> datetime:
    """A time of New York's clocks."""
    return datetime.fromisoformat(f"{day} {clock}").replace(tzinfo=NEW_YORK)


@cache
def trades() -> pd.DataFrame:
    """Every trade: ts (UTC), symbol, price, size, exchange, condition."""
    return pd.read_parquet(folder() / "tick/lean_trade_ticks_bac_aig.parquet")


def trades_between(symbol: str, start: datetime, end: datetime) -> pd.DataFrame:
    """Of one symbol in [start, end)."""
    found = trades()
    return found[(found["symbol"] == symbol) & (found["ts"] >= start) & (found["ts"] < end)]


def as_ticks(found: pd.DataFrame) -> tuple[MarketBar, ...]:
    """Each trade a bar of one instant."""
    rows = zip(found["symbol"], found["ts"].dt.to_pydatetime(), found["price"], found["size"], strict=True)
    return tuple(_bar(symbol, at, at, Decimal(str(price)), size) for symbol, at, price, size in rows)


def as_seconds(found: pd.DataFrame) -> tuple[MarketBar, ...]:
    """The trades of each second a bar, whose average price is exact to 28 digits."""
    # Hundredths of a cent are whole numbers: sums of money are exact.
    money = (found["price"] * 10_000).round().astype("int64") * found["size"]
    of = {"money": money, "size": found["size"], "at": found["ts"].dt.floor("s"), "symbol": found["symbol"]}
    summed = pd.DataFrame(of).groupby(["symbol", "at"], sort=True).sum().reset_index()
    rows = zip(summed["symbol"], summed["at"].dt.to_pydatetime(), summed["money"], summed["size"], strict=True)
    return tuple(
        _bar(symbol, at, at + SECOND, EXACT.divide(Decimal(int(money)), Decimal(10_000 * int(size))), size)
        for symbol, at, money, size in rows
    )


def _bar(symbol: str, start: datetime, end: datetime, price: Decimal, size: int) -> MarketBar:
    return MarketBar(symbol, start, end, price, price, price, price, int(size), price)


@cache
def minutes() -> pd.DataFrame:
    """Minutes with trades: ts (the start, UTC), symbol, session_date, open, high, low, close, volume."""
    names = ["ts", "symbol", "session_date", "open", "high", "low", "close", "volume"]
    found = pd.read_parquet(folder() / "minute/lean_minute_trades_quotes.parquet", columns=names)
    return found.dropna(subset=["close"]).assign(session_date=found["session_date"].astype(str))


def bps(one: Decimal, other: Decimal) -> float:
    """How far apart, of the other."""
    return float((one / other - 1) * 10_000)
