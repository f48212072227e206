"""What an order would have cost under another algorithm, replayed on the session's own bars: simulated, never seen.

Every slice of a schedule is filled at the average price of the first bar with volume at or after it is due, inside its
own window. The band lets each of those fills lie anywhere between its bar's low and high. To that come the forecast's
half-spread (none in an auction) and its impact, the 3/2 power of each slice on its own: the impact of earlier slices is
taken to be gone, and that of the orders really sent is in the bars. Fees are left out. What is not done by the end is
valued at the last price. All is held against the arrival price.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from optimizer.slicing.buckets import Bucket
from optimizer.slicing.curves import curve_on_buckets, u_shaped_curve
from optimizer.slicing.pov_cap import pov_slice
from optimizer.slicing.schedules import twap, vwap
from tasks.model.market import MarketBar
from tasks.model.money import exact_sum, rounded
from tasks.tca.costs import BPS_UNIT
from tasks.tca.inputs import OrderRecord

CURVE_BINS = 78
"""As the schedules that are really sent: five minutes each on a whole day."""
ONE_SHARE = Decimal(1)


class Alternative(StrEnum):
    """How the order is replayed."""

    AS_PLANNED = "as planned"
    """By the schedule that it really had."""
    TWAP = "twap"
    VWAP = "vwap"
    POV = "pov"
    ON_ARRIVAL = "market on arrival"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Replay:
    """One order under one algorithm; USD and bps of its value at arrival, positive is a cost, fees left out."""

    order_id: str
    symbol: str
    side: str
    algorithm: str
    """What really worked it."""
    alternative: Alternative
    filled_pct: Decimal
    """Of the order, by the end of the window."""
    market_usd: Decimal
    """Prices against arrival, of the fills and of what was left."""
    spread_usd: Decimal
    impact_usd: Decimal
    """Both by the pre-trade model."""
    cost_usd: Decimal
    cost_bps: Decimal
    low_bps: Decimal
    high_bps: Decimal
    """With every fill at the best and at the worst price of its bar."""
    arrival_value_usd: Decimal
    label: str = "simulated, never traded"


@dataclass(frozen=True, slots=True)
class _Part:
    shares: Decimal
    bar: MarketBar


@dataclass(frozen=True, slots=True)
class _Day:
    """The bars of continuous trading from arrival to the end, and the prints of both auctions."""

    bars: tuple[MarketBar, ...]
    windows: tuple[Bucket, ...]
    hours: tuple[datetime, datetime]
    open: MarketBar | None
    close: MarketBar | None


def replays_of(order: OrderRecord, windows: Sequence[tuple[datetime, datetime]], participation: float) -> list[Replay]:
    """Every alternative that the bars allow; empty without arrival price, forecast or bars.

    `windows` are the session's trading buckets, oldest first; `participation` is the share of everybody's volume that
    percentage of volume keeps to.
    """
    day = _day(order, windows)
    if day is None or order.arrival_price is None or order.estimate is None:
        return []
    plans = {alternative: _parts(order, alternative, day, participation) for alternative in Alternative}
    return [_replay(order, one, parts, day) for one, parts in plans.items() if parts]


def _day(order: OrderRecord, windows: Sequence[tuple[datetime, datetime]]) -> _Day | None:
    start = order.arrival_at
    if start is None or not order.market:
        return None
    open_ones = [(max(opens, start), closes) for opens, closes in windows if closes > start]
    if not open_ones:
        return None
    buckets = tuple(Bucket(n + 1, opens, closes) for n, (opens, closes) in enumerate(open_ones))
    trading = [bar for bar in order.market if bar.auction is None and bar.volume > 0]
    bars = tuple(bar for bar in trading if bar.end > start and bar.start < buckets[-1].end)
    prints = {bar.auction: bar for bar in order.market if bar.auction and bar.volume > 0}
    hours = order.market[0].start, order.market[-1].end
    return _Day(bars, buckets, hours, prints.get("open"), prints.get("close")) if bars else None


def _parts(order: OrderRecord, alternative: Alternative, day: _Day, participation: float) -> list[_Part]:
    if alternative is Alternative.AS_PLANNED:
        return _filled(order.schedule, day)
    if alternative is Alternative.ON_ARRIVAL:
        return [_Part(order.shares, day.bars[0])]
    if alternative is Alternative.CLOSE:
        return [_Part(order.shares, day.close)] if day.close else []
    if alternative is Alternative.POV:
        return _percentage_of_volume(order, day, participation)
    return _filled(_schedule(order, alternative, day), day)


def _schedule(order: OrderRecord, alternative: Alternative, day: _Day) -> tuple[tuple[datetime, Decimal], ...]:
    if alternative is Alternative.TWAP:
        planned = twap(order.shares, len(day.windows), ONE_SHARE)
    else:
        planned = vwap(order.shares, curve_on_buckets(u_shaped_curve(CURVE_BINS), *day.hours, day.windows), ONE_SHARE)
    return tuple((window.start, shares) for window, shares in zip(day.windows, planned, strict=True))


def _filled(schedule: Sequence[tuple[datetime, Decimal]], day: _Day) -> list[_Part]:
    """What is due before the open or after the last bar goes into that auction; what finds no bar is left."""
    parts = [(shares, _bar_from(due, day)) for due, shares in schedule if shares > 0]
    return [_Part(shares, bar) for shares, bar in parts if bar is not None]


def _bar_from(due: datetime, day: _Day) -> MarketBar | None:
    if day.open is not None and due < day.open.start:
        return day.open
    return next((bar for bar in day.bars if bar.end > due), day.close)


def _percentage_of_volume(order: OrderRecord, day: _Day, participation: float) -> list[_Part]:
    """Each window sends what the volume since arrival allows; nothing later is looked at."""
    done, parts = Decimal(0), list[_Part]()
    for window in day.windows:
        seen = exact_sum(Decimal(bar.volume) for bar in day.bars if bar.end <= window.start)
        bar = next((bar for bar in day.bars if bar.end > window.start), None)
        # The bars hold everybody else and the order as it really was: both count as others.
        shares = pov_slice(order.shares - done, seen + done, done, participation, ONE_SHARE)
        if bar is not None and shares > 0:
            parts.append(_Part(shares, bar))
            done += shares
    return parts


def _replay(order: OrderRecord, alternative: Alternative, parts: Sequence[_Part], day: _Day) -> Replay:
    assert order.arrival_price is not None
    assert order.estimate is not None
    arrival, sign = order.arrival_price, order.side.sign
    filled = exact_sum(part.shares for part in parts)
    last = day.close.vwap if day.close else day.bars[-1].close
    left = sign * (order.shares - filled) * (last - arrival)
    paid = {price: _against(parts, price, arrival, sign) + left for price in ("vwap", "low", "high")}
    in_auction = exact_sum(part.shares for part in parts if part.bar.auction is not None)
    spread = rounded(Decimal(repr(order.estimate.spread_usd)) * (filled - in_auction) / order.shares)
    impact = rounded(_impact(order, parts, order.estimate.impact_usd))
    market, value = rounded(paid["vwap"]), order.shares * arrival
    modelled = spread + impact
    best, worst = sorted((paid["low"], paid["high"]))
    return Replay(
        order_id=order.order_id,
        symbol=order.symbol,
        side=order.side.value,
        algorithm=str(order.algorithm),
        alternative=alternative,
        filled_pct=rounded(filled / order.shares * 100, BPS_UNIT),
        market_usd=market,
        spread_usd=spread,
        impact_usd=impact,
        cost_usd=market + modelled,
        cost_bps=_bps(market + modelled, value),
        low_bps=_bps(best + modelled, value),
        high_bps=_bps(worst + modelled, value),
        arrival_value_usd=rounded(value),
    )


def _against(parts: Sequence[_Part], price: str, arrival: Decimal, sign: int) -> Decimal:
    return exact_sum(sign * part.shares * (getattr(part.bar, price) - arrival) for part in parts)


def _impact(order: OrderRecord, parts: Sequence[_Part], whole_usd: float) -> Decimal:
    """The forecast grows with the 3/2 power of the size, so each slice pays its own part of the whole one's."""
    shares = sum(float(part.shares / order.shares) ** 1.5 for part in parts)
    return Decimal(repr(whole_usd * shares))


def _bps(amount: Decimal, value: Decimal) -> Decimal:
    return rounded(amount / value * 10_000, BPS_UNIT)
