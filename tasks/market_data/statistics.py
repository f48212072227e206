"""Returns, volumes and volatilities of daily bars, as the optimizer takes them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tasks.errors import BadDataError


def close_matrix(frame: pd.DataFrame, symbols: Sequence[str], sessions: pd.DatetimeIndex) -> np.ndarray:
    """Closes, shape (len(sessions), len(symbols)), USD, NaN where there is none; the last of duplicated rows counts."""
    return _matrix(frame, "close", symbols, sessions)


def returns_matrix(frame: pd.DataFrame, symbols: Sequence[str], sessions: pd.DatetimeIndex) -> np.ndarray:
    """Simple close-to-close returns, shape (T, n) for T + 1 sessions and n symbols, no NaN.

    A gap inside a history carries the last close on: return zero, and the whole move on the day prices come back. What
    lies before a symbol's first close is zero as well; symbols with too little history are the checks' to exclude.

    Raises: BadDataError for a symbol without any close, or a close that is not positive and finite.
    """
    closes = close_matrix(frame, symbols, sessions)
    empty = [symbol for symbol, gone in zip(symbols, np.all(np.isnan(closes), axis=0), strict=True) if gone]
    if empty:
        raise BadDataError(f"no close in the look-back for {', '.join(empty[:10])}; remove them or supply prices")
    wrong = ~np.isnan(closes) & ~(np.isfinite(closes) & (closes > 0))
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise BadDataError(
            f"{symbols[column]}: close {closes[row, column]:g} on {sessions[row]:%Y-%m-%d} is no price; correct it"
        )
    filled = pd.DataFrame(closes).ffill().bfill().to_numpy()
    return filled[1:] / filled[:-1] - 1


def average_daily_volume(frame: pd.DataFrame, symbols: Sequence[str], window: int = 21) -> tuple[pd.Series, pd.Series]:
    """Mean daily volume over the frame's last `window` sessions, in shares and in USD, both indexed by symbol.

    Sessions without a row do not count; NaN where the source has no volumes. USD is volume times close of the same
    adjustment, so with dividend-adjusted closes it is a little low.
    """
    sessions = pd.DatetimeIndex(sorted(frame["session"].unique()))[-window:]
    shares = _matrix(frame, "volume", symbols, sessions)
    dollars = shares * _matrix(frame, "close", symbols, sessions)
    index = pd.Index(symbols, name="symbol")
    return pd.Series(_mean(shares), index, name="shares"), pd.Series(_mean(dollars), index, name="usd")


def daily_volatility(frame: pd.DataFrame, symbols: Sequence[str], sessions: pd.DatetimeIndex) -> pd.Series:
    """Standard deviation (n - 1) of daily returns per symbol, as a fraction; raises as `returns_matrix` does."""
    returns = returns_matrix(frame, symbols, sessions)
    return pd.Series(returns.std(axis=0, ddof=1), index=pd.Index(symbols, name="symbol"), name="daily_volatility")


def _matrix(frame: pd.DataFrame, column: str, symbols: Sequence[str], sessions: pd.DatetimeIndex) -> np.ndarray:
    rows = sessions.get_indexer(pd.DatetimeIndex(frame["session"]))
    columns = pd.Index(list(symbols)).get_indexer(pd.Index(frame["symbol"]))
    known = (rows >= 0) & (columns >= 0)
    matrix = np.full((len(sessions), len(symbols)), np.nan)
    matrix[rows[known], columns[known]] = frame[column].to_numpy(dtype=float)[known]
    return matrix


def _mean(values: np.ndarray) -> np.ndarray:
    counts = (~np.isnan(values)).sum(axis=0)
    totals = np.nansum(values, axis=0)
    return np.where(counts > 0, totals / np.maximum(counts, 1), np.nan)
