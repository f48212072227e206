"""A made-up session of minutes, quiet or as busy as sessions are, and what its bars are judged by."""

from datetime import UTC, date, datetime

import numpy as np
import pandas as pd

from tasks.quality.intraday_day import Day

DAY = Day(
    "AAA",
    date(2021, 1, 4),
    datetime(2021, 1, 4, 14, 30, tzinfo=UTC),
    datetime(2021, 1, 4, 21, 0, tzinfo=UTC),
    daily_close=50.0,
    previous_close=49.5,
    daily_volume=390_000,
)


def minutes(**changes: object) -> pd.DataFrame:
    """A quiet day of 390 minutes near 50 USD."""
    starts = pd.date_range(DAY.opens, periods=390, freq="min")
    close = 50 + 0.2 * np.sin(np.arange(390) / 40)
    bars = pd.DataFrame({"start": starts, "symbol": "AAA", "open": close, "high": close + 0.02, "low": close - 0.02})
    return bars.assign(close=close, volume=1000.0, bid=np.nan, ask=np.nan).assign(**changes)


def spoilt(row: int = 100, **figures: float) -> pd.DataFrame:
    bars = minutes()
    bars.loc[row, list(figures)] = list(figures.values())
    return bars


def busy_at_both_ends(first: str = "2021-01-04T14:30Z", minutes_long: int = 390) -> pd.DataFrame:
    """A session with the usual U of volume, beginning at `first`."""
    place = np.linspace(-1, 1, minutes_long)
    bars = minutes().iloc[:minutes_long].assign(volume=500 + 2500 * place**2)
    return bars.assign(start=pd.date_range(first, periods=minutes_long, freq="min"))


def with_extended_hours(first: str = "2021-01-04T14:30Z") -> pd.DataFrame:
    """The same with two quiet hours before and after it, and the closing auction's print a minute behind the close."""
    session, begins = busy_at_both_ends(first), pd.Timestamp(first)
    quiet = [begins + pd.Timedelta(minutes=m) for m in (*range(-120, 0), *range(390, 510))]
    around = session.iloc[[0] * len(quiet)].assign(start=quiet, volume=40.0)
    around.loc[around["start"] == begins + pd.Timedelta(minutes=390), "volume"] = 60_000.0
    return pd.concat([session, around]).sort_values("start", ignore_index=True)
