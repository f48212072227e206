"""What crossing the spread cost, by the quotes known when the child orders were sent: of an order, and of all.

Every measure in bps is a ratio of sums: dollars over the shares' value at the mid when the child order was sent.
Positive hurts, but for price improvement and spread capture, where positive is good. Sources: 17 CFR 242.600(b) for
effective and realized spread, Johnson (2010) section 6.5 for the split.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from tasks.model.money import BPS, EXACT, allocated, exact_sum, rounded
from tasks.model.orders import Side
from tasks.model.quotes_seen import QuoteSeen
from tasks.tca.costs import BPS_UNIT
from tasks.tca.inputs import OrderRecord
from tasks.tca.quoted_fills import QuotedFill, QuoteState
from tasks.tca.spreads import (
    TouchedFill,
    effective_spread,
    price_impact,
    price_improvement,
    realized_spread,
    split_trading,
)

RATIO_UNIT = Decimal("0.0001")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class SpreadLine:
    """Of one order, or of all; None is `n/a`. Amounts in USD are whole cents, shares of shares fractions."""

    name: str
    fills: int
    used: int
    not_recorded: int
    locked: int
    crossed: int
    stale: int
    measured_shares: Decimal
    measured_value_usd: Decimal
    """Their value at the mids: the denominator of everything in bps."""
    quoted_bps: Decimal | None
    effective_bps: Decimal | None
    effective_over_quoted: Decimal | None
    marked: int
    """Fills of those used with a price at the mark-out: the n of the next two."""
    realized_bps: Decimal | None
    impact_bps: Decimal | None
    improvement_usd: Decimal | None
    improved: Decimal | None
    """Share of the measured shares dealt inside the far touch."""
    at_quote: Decimal | None
    disimproved: Decimal | None
    spread_capture: Decimal | None
    split_orders: int
    """Orders with a usable quote for every fill and an arrival price: the n of the split."""
    spread_usd: Decimal | None
    beyond_touch_usd: Decimal | None
    timing_usd: Decimal | None
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Measured:
    """A fill with its usable quote."""

    side: Side
    shares: Decimal
    price: Decimal
    quote: QuoteSeen
    later: Decimal | None

    @property
    def improvement(self) -> Decimal:
        """USD a share; positive is good."""
        return price_improvement(self.side, self.price, self.quote.bid, self.quote.ask)


QuotedOrder = tuple[OrderRecord, tuple[QuotedFill, ...]]


def spread_line(name: str, orders: Sequence[QuotedOrder]) -> SpreadLine:
    """Added up over these orders, each with its fills beside their quotes."""
    with localcontext(EXACT):
        return _line(name, orders)


def _line(name: str, orders: Sequence[QuotedOrder]) -> SpreadLine:
    every = [one for _, fills in orders for one in fills]
    used = [_measured(one) for one in every if one.state is QuoteState.USED and one.sent is not None]
    marked = [one for one in used if one.later is not None]
    shares, value = _sum(used, lambda _: Decimal(1)), _sum(used, lambda one: one.quote.mid)
    width = _sum(used, lambda one: one.quote.ask - one.quote.bid)
    effective = _sum(used, lambda one: effective_spread(one.side, one.price, one.quote.mid))
    at_marks = _sum(marked, lambda one: one.quote.mid)
    improvement = _sum(used, lambda one: one.improvement)
    splits = [split for order, fills in orders if (split := _split(order, fills)) is not None]
    return SpreadLine(
        name=name,
        fills=len(every),
        used=len(used),
        not_recorded=_count(every, QuoteState.NOT_RECORDED),
        locked=_count(every, QuoteState.LOCKED),
        crossed=_count(every, QuoteState.CROSSED),
        stale=_count(every, QuoteState.STALE),
        measured_shares=shares,
        measured_value_usd=rounded(value),
        quoted_bps=_ratio(width * BPS, value, BPS_UNIT),
        effective_bps=_ratio(effective * BPS, value, BPS_UNIT),
        effective_over_quoted=_ratio(effective, width, RATIO_UNIT),
        marked=len(marked),
        realized_bps=_ratio(_sum(marked, _realized) * BPS, at_marks, BPS_UNIT),
        impact_bps=_ratio(_sum(marked, _impact) * BPS, at_marks, BPS_UNIT),
        improvement_usd=rounded(improvement) if used else None,
        improved=_share(used, shares, lambda one: one.improvement > 0),
        at_quote=_share(used, shares, lambda one: one.improvement == 0),
        disimproved=_share(used, shares, lambda one: one.improvement < 0),
        spread_capture=_ratio(improvement, width, RATIO_UNIT),
        split_orders=len(splits),
        spread_usd=exact_sum(split[0] for split in splits) if splits else None,
        beyond_touch_usd=exact_sum(split[1] for split in splits) if splits else None,
        timing_usd=exact_sum(split[2] for split in splits) if splits else None,
        sources=tuple(sorted({one.quote.source for one in used})),
    )


def _measured(one: QuotedFill) -> _Measured:
    assert one.sent is not None, "it is used"
    return _Measured(one.fill.side, one.fill.shares, one.fill.price, one.sent, one.later_price)


def _realized(one: _Measured) -> Decimal:
    return ZERO if one.later is None else realized_spread(one.side, one.price, one.later)


def _impact(one: _Measured) -> Decimal:
    return ZERO if one.later is None else price_impact(one.side, one.quote.mid, one.later)


def _split(order: OrderRecord, fills: Sequence[QuotedFill]) -> tuple[Decimal, Decimal, Decimal] | None:
    """Spread, beyond the touch and timing in whole cents that add up to the rounded trading cost."""
    used = [_measured(one) for one in fills if one.state is QuoteState.USED]
    if order.arrival_price is None or not used or len(used) < len(fills):
        return None
    touched = [
        TouchedFill(one.shares, one.price, one.quote.mid, one.quote.ask if one.side is Side.BUY else one.quote.bid)
        for one in used
    ]
    parts = split_trading(order.side, order.arrival_price, touched)
    spread, beyond, timing = allocated((parts.spread_usd, parts.impact_usd, parts.timing_usd))
    return spread or ZERO, beyond or ZERO, timing or ZERO


def _sum(fills: Sequence[_Measured], a_share: Callable[[_Measured], Decimal]) -> Decimal:
    return sum((one.shares * a_share(one) for one in fills), ZERO)


def _ratio(above: Decimal, below: Decimal, unit: Decimal) -> Decimal | None:
    return rounded(above / below, unit) if below > 0 else None


def _share(used: Sequence[_Measured], shares: Decimal, applies: Callable[[_Measured], bool]) -> Decimal | None:
    return _ratio(_sum([one for one in used if applies(one)], lambda _: Decimal(1)), shares, RATIO_UNIT)


def _count(fills: Sequence[QuotedFill], state: QuoteState) -> int:
    return sum(one.state is state for one in fills)
