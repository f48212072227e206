"""The 505 real names of 2013-2018 as a book: prices as they are, sectors where known, a universe and weights.

The world of the benchmark of many names; what it writes stays in the folder it is given.
"""

from datetime import date
from pathlib import Path

import pandas as pd

from tasks.market_data import calendar
from tasks.ports.prices import DAILY_COLUMNS

SESSION = date(2018, 2, 7)
LOOKBACK = 504
NAV_USD = 100_000_000
BOOK = """
book: names
mode: full_auto
broker: {{account: names, simulated: {{opening_cash_usd: {cash}, opening_shares: {shares}}}}}
universe: {{file: universe.csv}}
data: {{source: files, daily_path: daily.parquet, adjustment: split, lookback_sessions: {lookback}}}
quality: {{exclude_bad_symbols: true}}
objective:
  kind: mean_variance
  risk_aversion: 5
  expected_return: {{kind: historical}}
  risk_model: {{kind: factor, factors: 20}}
limits: {{max_weight_pct: 2, min_net_pct: 95, cash_reserve_pct: 1, max_turnover_pct: 60}}
drift: {{absolute_band_pct: 0.1}}
execution: {{waves: 13}}
approval: {{price_band_pct: 20}}
"""


def write_names_book(data: Path, folder: Path) -> tuple[Path, int]:
    """Write prices, universe and book file; returns the book file and the number of names it may hold.

    Half of the names are held in equal amounts at first, so that there is as much to sell as to buy.
    """
    frame = _daily(data / "daily" / "us_equities_ohlcv_2013_2018.parquet")
    frame.to_parquet(folder / "daily.parquet")
    names = sorted(frame["symbol"].unique())
    _universe(data, names).to_csv(folder / "universe.csv", index=False)
    yesterday = pd.Timestamp(calendar.previous_session(SESSION))
    before = frame[frame["session"] == yesterday].set_index("symbol")["close"]
    held = {name: int(NAV_USD * 0.9 / (len(names) / 2) / before[name]) for name in names[::2] if name in before}
    cash = NAV_USD - sum(int(shares * before[name]) for name, shares in held.items())
    shares = "{" + ", ".join(f"'{name}': {number}" for name, number in held.items()) + "}"
    book = folder / "names.yaml"
    book.write_text(BOOK.format(cash=cash, shares=shares, lookback=LOOKBACK))
    return book, len(names)


def _daily(path: Path) -> pd.DataFrame:
    """Bad prints and all: what cannot be decided on, the book leaves out by its own rules."""
    frame = pd.read_parquet(path).rename(columns={"date": "session"})[list(DAILY_COLUMNS)]
    print(f"{frame['symbol'].nunique()} names, {len(frame):,} bars")
    return frame.astype({"session": "datetime64[us]", "symbol": "str", "volume": "float64"})


def _universe(data: Path, names: list[str]) -> pd.DataFrame:
    known = pd.read_csv(data / "meta" / "sp500_constituents_gics_20260808.csv").set_index("symbol")["gics_sector"]
    return pd.DataFrame({"symbol": names, "sector": [known.get(name) for name in names]})
