"""Spread measures of fills whose quote at receipt is known; prices in USD per share, positive hurts.

The quote is the one in force when the child order was received. Source: 17 CFR 242.600(b).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tasks.tca.money import BPS
from tasks.terms import Execution, Quote, Side


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


@dataclass(frozen=True, slots=True)
class SpreadQuality:
    """Share-weighted spread measures of one order over the fills with a usable quote."""

    quoted_fills: int
    unusable_quotes: int
    """Locked or crossed at receipt: flagged, not used."""
    effective_bps: Decimal
    effective_over_quoted: Decimal
    improvement_usd: Decimal


def spread_quality(fills: Sequence[Execution], quotes: Mapping[str, Quote]) -> SpreadQuality | None:
    """None when no fill has a usable quote."""
    quoted = [(fill, quotes[fill.execution_id]) for fill in fills if fill.execution_id in quotes]
    usable = [(fill, quote) for fill, quote in quoted if quote.ask > quote.bid]
    shares = sum((fill.shares for fill, _ in usable), Decimal(0))
    if shares <= 0:
        return None
    effective = sum((f.shares * effective_spread(f.side, f.price, q.mid) for f, q in usable), Decimal(0))
    relative = sum((f.shares * effective_spread(f.side, f.price, q.mid) / q.mid for f, q in usable), Decimal(0))
    width = sum((f.shares * (q.ask - q.bid) for f, q in usable), Decimal(0))
    improvement = sum((f.shares * price_improvement(f.side, f.price, q.bid, q.ask) for f, q in usable), Decimal(0))
    return SpreadQuality(
        quoted_fills=len(usable),
        unusable_quotes=len(quoted) - len(usable),
        effective_bps=relative / shares * BPS,
        effective_over_quoted=effective / width,
        improvement_usd=improvement,
    )
