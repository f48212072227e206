"""One symbol's day and what can be said of its bars: what the rules of `intraday.py` share; pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from math import nan
from zoneinfo import ZoneInfo

import pandas as pd

NEW_YORK = ZoneInfo("America/New_York")


@dataclass(frozen=True, slots=True)
class Day:
    """What the bars of one symbol on one date are judged by."""

    symbol: str
    session: date
    opens: datetime
    closes: datetime
    daily_close: float = nan
    """Of the session itself, USD; NaN where the daily bars do not reach it."""
    previous_close: float = nan
    """In today's shares."""
    daily_volume: float = nan


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing about the bars of a symbol's day, as a sentence without the symbol."""

    check: str
    sentence: str
    blocks: bool
    """Whether the bars cannot be used."""


Rule = Callable[[pd.DataFrame, Day], Iterator[Complaint]]


def inside(bars: pd.DataFrame, day: Day) -> pd.Series:
    """Which bars begin in the session."""
    return (bars["start"] >= day.opens) & (bars["start"] < day.closes)


def clock(at: datetime) -> str:
    """As the exchange's own clock shows it."""
    return f"{at.astimezone(NEW_YORK):%H:%M}"
