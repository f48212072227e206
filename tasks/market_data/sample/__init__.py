"""The bundled sample: real adjusted closes of 20 US stocks, 1990-01-02 to 2022-12-28, and nothing but closes."""

import gzip
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from tasks.errors import ConfigError
from tasks.ports.prices import ACTION_COLUMNS, DAILY_COLUMNS

CLOSES_FILE = Path(__file__).with_name("sp500_closes.csv.gz")
UNIVERSE_FILE = Path(__file__).with_name("universe.csv")
"""GICS sector of each symbol, and carbon intensity of 2020 ((scope 1 + scope 2) / revenue) where it was published."""


@lru_cache(maxsize=1)
def _closes() -> pd.DataFrame:
    """Sessions down, symbols across, USD adjusted for splits and dividends."""
    with gzip.open(CLOSES_FILE, "rt", encoding="utf-8") as file:
        closes = pd.read_csv(file, index_col=0, parse_dates=True)
    return closes.rename_axis(index="session", columns="symbol")


class SampleSource:
    """Source `sample`: open, high, low and volume are NaN, and there are no bars inside a day."""

    name = "sample"
    adjustment = "split_and_dividend"

    def symbols(self) -> tuple[str, ...]:
        """In the order of the bundled file."""
        return tuple(_closes().columns)

    def available(self) -> tuple[date, date]:
        sessions = _closes().index
        return sessions[0].date(), sessions[-1].date()

    def daily_bars(self, symbols: Sequence[str], first: date, last: date) -> pd.DataFrame:
        """Bars of the symbols in [first, last]. Raises ConfigError for a symbol the sample does not hold."""
        unknown = sorted(set(symbols) - set(self.symbols()))
        if unknown:
            raise ConfigError(
                f"universe: {', '.join(unknown)} not in the bundled sample, which holds {', '.join(self.symbols())}; "
                "remove them or use `data.source: files`"
            )
        window = _closes().loc[pd.Timestamp(first) : pd.Timestamp(last), sorted(set(symbols))]
        long = pd.DataFrame({"close": window.stack()}).reset_index()
        long["session"] = long["session"].astype("datetime64[us]")
        return long.assign(open=np.nan, high=np.nan, low=np.nan, volume=np.nan)[list(DAILY_COLUMNS)]

    def intraday_bars(self, symbols: Sequence[str], session: date) -> pd.DataFrame | None:  # noqa: ARG002
        return None

    def corporate_actions(self, symbols: Sequence[str], first: date, last: date) -> pd.DataFrame:  # noqa: ARG002
        """None needed: the closes are adjusted."""
        return pd.DataFrame(columns=list(ACTION_COLUMNS))
