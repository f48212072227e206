"""What the snapshot says about each symbol that may be decided on: returns, volume, volatility, prices."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tasks.checkpoints import facts_of
from tasks.context import StepContext
from tasks.market_data import calendar, statistics
from tasks.market_data.decision_prices import decision_prices, prices_of
from tasks.market_data.frames import first_session


@dataclass(frozen=True, slots=True)
class MarketFigures:
    """All arrays and mappings are over `symbols`."""

    symbols: tuple[str, ...]
    returns: NDArray[np.float64]
    """(T, n) daily returns as fractions, oldest first."""
    prices: Mapping[str, Decimal]
    """Last close before the session, USD."""
    adv_shares: Mapping[str, float | None]
    adv_usd: Mapping[str, float | None]
    """The same shares at the decision price: one volume for the optimizer's limit, the forecast and the gate."""
    daily_volatility: Mapping[str, float]
    age_sessions: int
    """Sessions from the newest price to the session to trade; 1 is yesterday's close."""


def market_figures(context: StepContext) -> MarketFigures:
    """Read from the cycle's snapshot; symbols that the checks left out for want of data are not in it."""
    return figures_of(context, prices_of(context), tuple(facts_of(context, "check")["symbols"]))


def figures_of(context: StepContext, frame: pd.DataFrame, symbols: tuple[str, ...]) -> MarketFigures:
    """The same of any daily bars on the session's price basis; each symbol must have a close."""
    newest = frame["session"].max().date()
    sessions = calendar.sessions_between(first_session(frame), newest, context.book.exchange)
    returns = statistics.returns_matrix(frame, symbols, sessions[-context.book.data.lookback_sessions - 1 :])
    shares, _ = statistics.average_daily_volume(frame, symbols)
    prices = decision_prices(frame, symbols)
    volumes = {s: _known(volume) for s, volume in zip(symbols, shares.loc[list(symbols)], strict=True)}
    return MarketFigures(
        symbols=symbols,
        returns=returns,
        prices=prices,
        adv_shares=volumes,
        adv_usd={s: None if volume is None else volume * float(prices[s]) for s, volume in volumes.items()},
        daily_volatility={s: float(v) for s, v in zip(symbols, returns[-63:].std(axis=0, ddof=1), strict=True)},
        age_sessions=len(calendar.sessions_between(newest, context.session, context.book.exchange)) - 1,
    )


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) and value > 0 else None
