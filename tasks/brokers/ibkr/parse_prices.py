"""The bars of TWS as rows of the protocol's tables: pure."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from tasks.errors import BadDataError

Decoded = Any
"""The library's bar: date, open, high, low, close, volume."""
PRICES = ("open", "high", "low", "close")


def daily_rows(symbol: str, bars: Iterable[Decoded], first: date, last: date) -> Iterator[tuple[object, ...]]:
    """(session, symbol, open, high, low, close, volume) of sessions in [first, last]. Raises: BadDataError."""
    for bar in bars:
        session = _session(symbol, str(bar.date))
        if first <= session <= last:
            yield (session, symbol, *_prices(bar, 1.0), _volume(bar))


def minute_rows(
    symbol: str, bars: Iterable[Decoded], hours: tuple[datetime, datetime], factor: float
) -> Iterator[tuple[object, ...]]:
    """(start, symbol, open, high, low, close, volume, bid, ask) inside the hours, prices times a factor; no quotes."""
    for bar in bars:
        start = datetime.fromtimestamp(int(bar.date), UTC)
        if hours[0] <= start < hours[1]:
            yield (start, symbol, *_prices(bar, factor), _volume(bar), np.nan, np.nan)


def close_of(symbol: str, bars: Iterable[Decoded], session: date) -> float | None:
    """The close of one session among daily bars; None when it is not there."""
    return next((float(bar.close) for bar in bars if _session(symbol, str(bar.date)) == session), None)


def length_of(first: date, end: date) -> str:
    """How long a window from `first` to the end of `end` is: TWS counts up to 365 in days, and years beyond."""
    days = (end - first).days + 1
    return f"{days} D" if days <= 365 else f"{-(-days // 365)} Y"


def _session(symbol: str, text: str) -> date:
    try:
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a date has no zone
    except ValueError as error:
        raise BadDataError(f"{symbol}: TWS dates a daily bar {text!r}; ask for the session again") from error


def _prices(bar: Decoded, factor: float) -> tuple[float, ...]:
    return tuple(float(getattr(bar, name)) * factor for name in PRICES)


def _volume(bar: Decoded) -> float:
    """TWS says -1 where it knows none."""
    return float(bar.volume) if bar.volume >= 0 else np.nan
