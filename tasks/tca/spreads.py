"""Spread measures of fills whose quote at receipt is known, and one order's cost split along the prices shown.

Prices in USD per share, positive hurts. The quote is the one in force when the child order was received. Source:
17 CFR 242.600(b).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from tasks.model.money import EXACT
from tasks.model.orders import Side


@dataclass(frozen=True, slots=True)
class TouchedFill:
    """One fill with the market around it, USD per share; `trend` is a smoothed price, None where nobody models one."""

    shares: Decimal
    price: Decimal
    mid: Decimal
    touch: Decimal
    """Best price on the far side: the ask for a buy, the bid for a sell."""
    trend: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TradingSplit:
    """Trading cost split along the market's own prices, USD; the parts add up to the trading cost exactly."""

    spread_usd: Decimal
    """Mid to touch."""
    impact_usd: Decimal
    """Touch to fill; negative is price improvement."""
    trend_usd: Decimal | None
    """Arrival to trend."""
    timing_usd: Decimal
    """Trend to mid; without a trend, arrival to mid."""


def split_trading(side: Side, arrival_price: Decimal, fills: Sequence[TouchedFill]) -> TradingSplit:
    """Where the trading cost came from: crossing, pushing, drifting with the market, or luck.

    Source: Johnson (2010) section 6.5.
    """
    with localcontext(EXACT):
        known = all(fill.trend is not None for fill in fills)
        trend = sum((f.shares * (f.trend - arrival_price) for f in fills if f.trend is not None), Decimal(0))
        market = sum((f.shares * (f.mid - arrival_price) for f in fills), Decimal(0))
        return TradingSplit(
            spread_usd=side.sign * sum((f.shares * (f.touch - f.mid) for f in fills), Decimal(0)),
            impact_usd=side.sign * sum((f.shares * (f.price - f.touch) for f in fills), Decimal(0)),
            trend_usd=side.sign * trend if known else None,
            timing_usd=side.sign * (market - trend if known else market),
        )


def effective_spread(side: Side, price: Decimal, mid: Decimal) -> Decimal:
    """Twice the distance from the mid at receipt to the fill."""
    return 2 * side.sign * (price - mid)


def realized_spread(side: Side, price: Decimal, mid_after: Decimal) -> Decimal:
    """Twice the distance from the mid some time later to the fill: what the counterparty kept."""
    return 2 * side.sign * (price - mid_after)


def price_impact(side: Side, mid: Decimal, mid_after: Decimal) -> Decimal:
    """Effective less realized spread: how far the market moved with us, doubled."""
    return 2 * side.sign * (mid_after - mid)


def price_improvement(side: Side, price: Decimal, bid: Decimal, ask: Decimal) -> Decimal:
    """How much better than the far touch the fill was; positive is good, negative is disimprovement."""
    return ask - price if side is Side.BUY else price - bid


def spread_capture(side: Side, price: Decimal, bid: Decimal, ask: Decimal) -> Decimal | None:
    """0 paid the far touch, 0.5 the mid, 1 the near touch; None when the quote is locked or crossed."""
    return price_improvement(side, price, bid, ask) / (ask - bid) if ask > bid else None
