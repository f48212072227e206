"""Judges the bars of a session that a broker tells of its market, before anything is measured by them. Pure."""

from collections.abc import Sequence
from datetime import date, datetime

import pandas as pd

from tasks.model.market import MarketBar
from tasks.quality.intraday import why_unusable
from tasks.quality.intraday_day import Day

PRICES = ("open", "high", "low", "close")


def why_not_used(bars: Sequence[MarketBar], session: date, hours: tuple[datetime, datetime]) -> str:
    """The first reason not to measure by the bars of one symbol, auctions apart; empty when they can be used.

    By the rules for the bars of files, without those that need daily bars: a broker's prices of the day are raw.
    """
    minutes = [bar for bar in bars if bar.auction is None]
    return why_unusable(_table(minutes), Day(minutes[0].symbol, session, *hours)) if minutes else ""


def can_have_traded(bars: Sequence[MarketBar]) -> bool:
    """Whether every bar has prices and a volume that can be ones: asked in every wave, so without a table."""
    return all(0 < bar.low <= bar.high and bar.low <= bar.close <= bar.high and bar.volume >= 0 for bar in bars)


def _table(bars: Sequence[MarketBar]) -> pd.DataFrame:
    """As `INTRADAY_COLUMNS`; a broker tells no bid and ask of a minute."""
    rows = [
        {"start": bar.start, "symbol": bar.symbol, **{name: float(getattr(bar, name)) for name in PRICES}}
        | {"volume": float(bar.volume), "bid": float("nan"), "ask": float("nan")}
        for bar in bars
    ]
    return pd.DataFrame(rows)
