"""Applies splits and dividends to raw daily bars, so that returns measure what a holder earned."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tasks.errors import BadDataError

PRICES = ["open", "high", "low", "close"]


@dataclass(frozen=True, slots=True)
class _Factors:
    """What to multiply the bars before a session with."""

    price: float
    volume: float


def adjust(frame: pd.DataFrame, actions: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """The bars (DAILY_COLUMNS, raw) as they look from `as_of`: what came before each action until then is adjusted.

    Before a split of r new shares per old, prices are divided by r and volumes multiplied; before a dividend of d USD,
    prices are multiplied by 1 - d / c, where c is the last raw close before its ex-date, and volumes stay. A dividend
    that goes ex together with a split is per share before the split.

    Raises: BadDataError for an unknown kind, a value that is not positive, or a dividend as large as the close.
    Source: CRSP, Data Definitions and Coding Schemes, "Factor to adjust price".
    """
    bars = frame.copy()
    due = actions[pd.to_datetime(actions["ex_date"]) <= pd.Timestamp(as_of)]
    rows_of = bars.groupby("symbol").indices
    for symbol, events in due.groupby("symbol"):
        if symbol in rows_of:
            _apply(bars, np.asarray(rows_of[symbol]), events)
    return bars


def _apply(bars: pd.DataFrame, rows: NDArray[np.intp], events: pd.DataFrame) -> None:
    """Multiply one symbol's rows (positions in `bars`) in place."""
    own = bars.iloc[rows]
    sessions = own["session"].to_numpy()
    closes = own["close"].to_numpy(dtype=float)
    price, volume = np.ones(len(rows)), np.ones(len(rows))
    for event in events.to_dict("records"):
        before = sessions < np.datetime64(pd.Timestamp(event["ex_date"]))
        factors = _factors(event, closes[before], sessions[before])
        price[before] *= factors.price
        volume[before] *= factors.volume
    for column in PRICES:
        bars.iloc[rows, _place(bars, column)] = own[column].to_numpy(dtype=float) * price
    bars.iloc[rows, _place(bars, "volume")] = own["volume"].to_numpy(dtype=float) * volume


def _place(bars: pd.DataFrame, column: str) -> int:
    return list(bars.columns).index(column)


def _factors(event: Mapping[Hashable, Any], closes: np.ndarray, sessions: np.ndarray) -> _Factors:
    what = f"{event['symbol']}, {event['kind']} ex {pd.Timestamp(event['ex_date']):%Y-%m-%d}, value {event['value']}"
    value = float(event["value"])
    if not (np.isfinite(value) and value > 0):
        raise BadDataError(f"corporate action {what}: the value must be positive; correct the actions file")
    if event["kind"] == "split":
        return _Factors(price=1 / value, volume=value)
    if event["kind"] != "dividend":
        raise BadDataError(f"corporate action {what}: unknown kind; use `split` or `dividend`")
    priced = np.isfinite(closes)
    if not priced.any():
        return _Factors(price=1.0, volume=1.0)
    close = closes[priced][np.argmax(sessions[priced])]
    if value >= close:
        raise BadDataError(
            f"corporate action {what}: not below the close before it ({close:g} USD); correct one of them"
        )
    return _Factors(price=1 - value / close, volume=1.0)
