"""A small market for the tests: made-up bars in the shape sources return, and a source that serves them."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from tasks.market_data import calendar
from tasks.ports.prices import ACTION_COLUMNS, DAILY_COLUMNS

FIRST, LAST = date(2021, 1, 4), date(2021, 3, 31)


def bars(
    symbols: Sequence[str] = ("AAA", "BBB"), first: date = FIRST, last: date = LAST, seed: int = 1
) -> pd.DataFrame:
    """Daily bars of a random walk, consistent in themselves, by session and symbol."""
    sessions = calendar.sessions_between(first, last)
    random = np.random.default_rng(seed)
    tables = []
    for symbol in symbols:
        close = 50 * np.exp(np.cumsum(random.normal(0, 0.01, len(sessions))))
        opened = close * np.exp(random.normal(0, 0.004, len(sessions)))
        tables.append(
            pd.DataFrame(
                {
                    "session": sessions,
                    "symbol": symbol,
                    "open": opened,
                    "high": np.maximum(opened, close) * 1.002,
                    "low": np.minimum(opened, close) * 0.998,
                    "close": close,
                    "volume": random.integers(100_000, 900_000, len(sessions)).astype(float),
                }
            )
        )
    frame = pd.concat(tables).sort_values(["session", "symbol"], ignore_index=True)
    return frame.astype({"session": "datetime64[us]", "symbol": "str"})


class ServedBars:
    """A source over a given frame that counts the rows it hands out."""

    name = "served"
    adjustment = "split_and_dividend"

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        self.asked: list[tuple[tuple[str, ...], date, date]] = []

    def available(self) -> tuple[date, date]:
        return self.frame["session"].min().date(), self.frame["session"].max().date()

    def daily_bars(self, symbols: Sequence[str], first: date, last: date) -> pd.DataFrame:
        self.asked.append((tuple(symbols), first, last))
        inside = self.frame["session"].between(pd.Timestamp(first), pd.Timestamp(last))
        return self.frame.loc[inside & self.frame["symbol"].isin(list(symbols)), list(DAILY_COLUMNS)]

    def intraday_bars(self, symbols: Sequence[str], session: date) -> pd.DataFrame | None:  # noqa: ARG002
        return None

    def corporate_actions(self, symbols: Sequence[str], first: date, last: date) -> pd.DataFrame:  # noqa: ARG002
        return pd.DataFrame(columns=list(ACTION_COLUMNS))
