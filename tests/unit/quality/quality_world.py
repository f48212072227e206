"""Made-up bars and the judgement of single rules, in a line."""

from collections.abc import Callable, Sequence
from datetime import date

import numpy as np
import pandas as pd

from tasks.book.data import DataSettings
from tasks.book.quality import QualitySettings
from tasks.market_data import calendar
from tasks.model.plan import Finding, Severity
from tasks.quality.rules import Rule, price_findings
from tasks.quality.rules.context import PriceContext, price_context

LOOKBACK = 60
SYMBOLS = ("AAA", "BBB", "CCC", "DDD", "EEE", "FFF")
SESSION = date(2021, 6, 1)
"""The session to trade; the bars go up to the one before it."""
SESSIONS = calendar.sessions_before(SESSION, LOOKBACK + 20)
"""Twenty sessions more than the look-back."""


def clean_bars(
    symbols: Sequence[str] = SYMBOLS, sessions: pd.DatetimeIndex = SESSIONS, seed: int = 1, volatility: float = 0.012
) -> pd.DataFrame:
    """Bars of random walks with a common factor, consistent in themselves."""
    random = np.random.default_rng(seed)
    market = random.normal(0, volatility / 2, len(sessions))
    tables = []
    for symbol in symbols:
        close = 40 * np.exp(np.cumsum(market + random.normal(0, volatility, len(sessions))))
        opened = close * np.exp(random.normal(0, volatility / 3, len(sessions)))
        tables.append(
            pd.DataFrame(
                {
                    "session": sessions,
                    "symbol": symbol,
                    "open": opened,
                    "high": np.maximum(opened, close) * 1.003,
                    "low": np.minimum(opened, close) * 0.997,
                    "close": close,
                    "volume": random.integers(200_000, 900_000, len(sessions)).astype(float),
                }
            )
        )
    return pd.concat(tables, ignore_index=True).astype({"session": "datetime64[us]", "symbol": "str"})


def row(frame: pd.DataFrame, symbol: str, place: int) -> pd.Series:
    """Which row is a symbol's bar; `place` counts from its newest, -1."""
    return (frame["symbol"] == symbol) & (frame["session"] == SESSIONS[place])


def changed(frame: pd.DataFrame, symbol: str, places: Sequence[int], **figures: float | Callable) -> pd.DataFrame:
    """The bars with some figures of a symbol's sessions replaced, or mapped by a function."""
    made = frame.copy()
    for place in places:
        for column, figure in figures.items():
            rows = row(made, symbol, place)
            made.loc[rows, column] = made.loc[rows, column].map(figure) if callable(figure) else figure
    return made


def times(factor: float) -> Callable[[float], float]:
    return lambda figure: figure * factor


def context_of(frame: pd.DataFrame, symbols: Sequence[str] = SYMBOLS, **settings: float) -> PriceContext:
    quality = QualitySettings(**{k: v for k, v in settings.items() if k in QualitySettings.model_fields})
    data = DataSettings(
        **{"lookback_sessions": LOOKBACK, **{k: v for k, v in settings.items() if k in DataSettings.model_fields}}
    )
    return price_context(frame, symbols, SESSIONS, SESSION, quality, data, symbols)


def found(rule: Rule, frame: pd.DataFrame, **settings: float) -> list[Finding]:
    return rule(frame, context_of(frame, **settings))


def halting(frame: pd.DataFrame, **settings: float) -> set[str]:
    """Names of all checks that halt on these bars."""
    findings = price_findings(frame, context_of(frame, **settings))
    return {finding.check for finding in findings if finding.severity is Severity.HALT}
