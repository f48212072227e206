"""Benchmarks: prices to hold an execution against, and the slippage measured from each.

Cost in bps is side * (average - benchmark) / benchmark * 1e4 on the executed shares: positive is a cost. A benchmark
that cannot be computed is None (`n/a`), never zero.

Windows are measured in whole bars: every bar that trades between start and end counts in full, own fills and auction
prints included; one that starts as the window ends does not. Sources: CFA Institute level III trade execution; Kissell
(2013); Johnson (2010) chapter 6.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, localcontext

from tasks.model.market import MarketBar
from tasks.model.money import BPS, EXACT, exact_sum
from tasks.model.orders import Execution, Side

PWP_RATE = Decimal("0.10")
"""The participation rate the participation-weighted price assumes, unless told otherwise."""
VWAP_LIMIT = Decimal("0.30")
"""Above this share of the volume our own prints make the VWAP, which then says little (Johnson 2010)."""


def cost_bps(side: Side, average: Decimal | None, benchmark: Decimal | None) -> Decimal | None:
    """Cost against one benchmark price in basis points of it."""
    if average is None or benchmark is None:
        return None
    if benchmark <= 0:
        raise ValueError(f"benchmark price {benchmark} must be positive; pass None when it is unknown")
    return side.sign * (average - benchmark) / benchmark * BPS


def slippage_usd(side: Side, filled_shares: Decimal, filled_value_usd: Decimal, benchmark: Decimal) -> Decimal:
    """Cost against one benchmark price in USD on the executed shares."""
    with localcontext(EXACT):
        return side.sign * (filled_value_usd - filled_shares * benchmark)


def weighted_mean(prices: Sequence[Decimal], weights: Sequence[Decimal]) -> Decimal | None:
    """None when nothing weighs anything."""
    with localcontext(EXACT):
        total = sum(weights, Decimal(0))
        if total <= 0:
            return None
        return sum((price * weight for price, weight in zip(prices, weights, strict=True)), Decimal(0)) / total


def bars_touched(bars: Sequence[MarketBar], start: datetime, end: datetime) -> tuple[MarketBar, ...]:
    """Bars that trade in the window; a bar that starts as the window ends is outside, an auction's print is inside.

    An auction is one instant, its bar's start. A window of one instant has the bar that begins there.
    """
    return tuple(
        bar
        for bar in bars
        if (bar.start < end or (bar.start == end and (bar.auction is not None or start == end)))
        and (bar.end > start or bar.start >= start)
    )


def market_volume(bars: Sequence[MarketBar]) -> Decimal:
    """Shares of everybody, ours included; exact."""
    return exact_sum(Decimal(bar.volume) for bar in bars)


def vwap(bars: Sequence[MarketBar]) -> Decimal | None:
    """Volume-weighted average price of the market, own fills included; None without volume."""
    return weighted_mean([bar.vwap for bar in bars], [Decimal(bar.volume) for bar in bars])


def vwap_of_others(bars: Sequence[MarketBar], own: Sequence[Execution]) -> Decimal | None:
    """The same without our own prints; None when nobody else traded, or when ours do not fit into what the bars show.

    avg - vwap = (1 - participation) * (avg - vwap_of_others): own prints flatter the ordinary VWAP cost.
    """
    prices = [bar.vwap for bar in bars] + [fill.price for fill in own]
    weights = [Decimal(bar.volume) for bar in bars] + [-fill.shares for fill in own]
    found = weighted_mean(prices, weights)
    return found if found is not None and found > 0 else None


def twap(bars: Sequence[MarketBar]) -> Decimal | None:
    """Mean of the closes of continuous-trading bars, each weighted by its length; auctions have no length."""
    continuous = [bar for bar in bars if bar.auction is None]
    seconds = [Decimal(str((bar.end - bar.start).total_seconds())) for bar in continuous]
    return weighted_mean([bar.close for bar in continuous], seconds)


def participation(filled_shares: Decimal, bars: Sequence[MarketBar]) -> Decimal | None:
    """Our share of the market's volume, own fills included, as a fraction; None without volume."""
    volume = market_volume(bars)
    return filled_shares / volume if volume > 0 else None


def participation_weighted_price(
    filled_shares: Decimal, bars: Sequence[MarketBar], rate: Decimal = PWP_RATE
) -> Decimal | None:
    """VWAP of the first filled_shares / rate shares the market printed; the last bar is cut where they are reached.

    None when the bars hold fewer shares. Source: Kissell (2013).
    """
    if filled_shares <= 0:
        return None
    wanted = filled_shares / rate
    left = wanted
    prices: list[Decimal] = []
    weights: list[Decimal] = []
    for bar in bars:
        taken = min(Decimal(bar.volume), left)
        prices.append(bar.vwap)
        weights.append(taken)
        left -= taken
    return weighted_mean(prices, weights) if left <= 0 else None


def relative_performance(
    side: Side, average: Decimal, prices: Sequence[Decimal], weights: Sequence[Decimal]
) -> Decimal | None:
    """Share of the market that dealt at a worse price than we did, 0 to 1; 0.5 is the middle, higher is better.

    Weights are volumes, or counts of trades. Source: Kissell, relative performance measure.
    """
    total = sum(weights, Decimal(0))
    worse = (w for price, w in zip(prices, weights, strict=True) if side.sign * (price - average) > 0)
    return sum(worse, Decimal(0)) / total if total > 0 else None


def market_adjusted_bps(
    side: Side, cost: Decimal, beta: Decimal, index_at_arrival: Decimal, index_average: Decimal
) -> Decimal:
    """Arrival cost less what the market's own move explains. Source: CFA Institute level III."""
    index_cost = side.sign * (index_average - index_at_arrival) / index_at_arrival * BPS
    return cost - beta * index_cost
