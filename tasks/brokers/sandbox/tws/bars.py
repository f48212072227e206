"""The market's days and minutes as TWS tells them: auction prints are inside the first and the last minute. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tasks.brokers.sandbox.tws.framing import Field
from tasks.model.market import MarketBar

if TYPE_CHECKING:
    from tasks.brokers.sandbox.history import DailyBar

MINUTE = timedelta(minutes=1)


def daily_rows(bars: "Sequence[DailyBar]") -> list[list[Field]]:
    """Rows of a historical-data message, oldest first, dates as YYYYMMDD whatever format is asked for."""
    return [
        [f"{b.session:%Y%m%d}", b.open, b.high, b.low, b.close, b.volume, round((b.high + b.low + b.close) / 3, 6), 1]
        for b in bars
    ]


def minute_rows(bars: Sequence[MarketBar]) -> list[list[Field]]:
    """Rows of a historical-data message, oldest first, dates as seconds of the epoch."""
    return [_row(bar) for bar in without_auctions(bars)]


def without_auctions(bars: Sequence[MarketBar]) -> list[MarketBar]:
    """Continuous minutes; an auction is merged into the minute beside it, or stands as a minute where there is none."""
    minutes = {bar.start: bar for bar in bars if bar.auction is None}
    for bar in bars:
        if bar.auction is None:
            continue
        start = bar.start if bar.auction == "open" else bar.start - MINUTE
        beside = minutes.get(start)
        alone = replace(bar, start=start, end=start + MINUTE, auction=None)
        minutes[start] = alone if beside is None else _merged(bar, beside)
    return [minutes[start] for start in sorted(minutes)]


def _merged(auction: MarketBar, minute: MarketBar) -> MarketBar:
    volume = auction.volume + minute.volume
    spent = auction.vwap * auction.volume + minute.vwap * minute.volume
    return replace(
        minute,
        open=auction.open if auction.auction == "open" else minute.open,
        close=auction.close if auction.auction == "close" else minute.close,
        high=max(auction.high, minute.high),
        low=min(auction.low, minute.low),
        volume=volume,
        vwap=round(spent / volume, 6) if volume else minute.vwap,
    )


def _row(bar: MarketBar) -> list[Field]:
    seconds = int(bar.start.timestamp())
    return [seconds, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.vwap, 1]
