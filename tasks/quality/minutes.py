"""Looks at the bars inside the session that a simulated day would be replayed from, before anything is decided."""

from collections.abc import Sequence
from math import nan

import pandas as pd

from tasks.context import StepContext
from tasks.market_data import calendar
from tasks.model.plan import Finding
from tasks.ports.prices import KnowsItsFiles
from tasks.quality.intraday import complaints, findings_of
from tasks.quality.intraday_day import Day


def minutes_findings(context: StepContext, symbols: Sequence[str], daily: pd.DataFrame) -> list[Finding]:
    """What is wrong with the session's bars in the book's own files; `daily` are the bars before it, on its basis.

    A broker's own bars of a day that is still to come cannot be asked for, and are not looked at here.
    Raises: BadDataError for a file that cannot be read, such as one with times without a zone.
    """
    source = context.source
    rows = source.intraday_rows(symbols, context.session) if isinstance(source, KnowsItsFiles) else None
    if rows is None:
        return []
    opens, closes = calendar.session_hours(context.session, context.book.exchange)
    today = source.daily_bars(symbols, context.session, context.session)
    close, volume = _last(today, "close"), _last(today, "volume")
    before = _last(daily, "close")
    where = getattr(context.book.data.intraday_path, "name", source.name)
    findings: list[Finding] = []
    for symbol, bars in rows.groupby("symbol"):
        name = str(symbol)
        day = Day(
            name, context.session, opens, closes, close.get(name, nan), before.get(name, nan), volume.get(name, nan)
        )
        findings += findings_of(complaints(bars, day), day, where)
    return findings


def _last(bars: pd.DataFrame, column: str) -> dict[str, float]:
    """The newest figure of each symbol that has one."""
    known = bars[bars[column].notna()].sort_values("session")
    return {str(symbol): float(value) for symbol, value in known.groupby("symbol")[column].last().items()}
