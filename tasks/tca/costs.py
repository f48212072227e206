"""Shortfalls as they are shown: dollars that add up to the cent and basis points that add up to a hundredth.

Every order is rounded once, by largest remainder, and every group adds those cents; so parts and totals agree across
components, groups and the whole book. Basis points are taken from the unrounded amounts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tasks.model.money import BPS, allocated, allocated_ratios, exact_sum, rounded
from tasks.tca.inputs import OrderRecord
from tasks.tca.shortfall import Convention, Shortfall, Trade, implementation_shortfall

BPS_UNIT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class CostParts:
    """One row of the shortfall table: USD in cents, bps of the paper notional; positive is a cost, None is `n/a`."""

    paper_notional_usd: Decimal
    delay_usd: Decimal | None
    trading_usd: Decimal | None
    opportunity_usd: Decimal | None
    fees_usd: Decimal | None
    total_usd: Decimal | None
    delay_bps: Decimal | None
    trading_bps: Decimal | None
    opportunity_bps: Decimal | None
    fees_bps: Decimal | None
    total_bps: Decimal | None
    unrounded_total_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class MeasuredOrder:
    """An order with its exact shortfall and the row that shows it."""

    order: OrderRecord
    end_price: Decimal | None
    end_price_source: str
    shortfall: Shortfall
    shown: CostParts


def measured(order: OrderRecord, convention: Convention = Convention.WHOLE_ORDER) -> MeasuredOrder:
    """Measure one order; where it ended without a price, the official close values the unfilled rest."""
    end_price, source = order.end_price, "when the order ended"
    if end_price is None:
        end_price, source = order.session_close, "official close, no price when the order ended"
    trade = Trade(
        side=order.side,
        shares=order.shares,
        decision_price=order.start_price,
        arrival_price=None if order.decision_price is None else order.arrival_price,
        end_price=end_price,
        filled_shares=order.filled_shares,
        filled_value_usd=order.filled_value_usd,
        fees_usd=order.fees_usd,
    )
    shortfall = implementation_shortfall(trade, convention)
    return MeasuredOrder(order, end_price, source if end_price else "unknown", shortfall, _shown(shortfall))


def _shown(shortfall: Shortfall) -> CostParts:
    return cost_parts(shortfall.paper_notional_usd, allocated(shortfall.parts), shortfall.parts, shortfall.total_usd)


def added(rows: Sequence[MeasuredOrder]) -> CostParts:
    """Sum of orders whose total is known; a part is `n/a` when no order has it."""
    whole = [row for row in rows if row.shortfall.total_usd is not None]
    cents = tuple(_sum_known(part) for part in zip(*(_cents(row.shown) for row in whole), strict=True))
    exact = tuple(_sum_known(part) for part in zip(*(row.shortfall.parts for row in whole), strict=True))
    if not whole:
        cents, exact = (None,) * 4, (None,) * 4
    notional = exact_sum(row.shortfall.paper_notional_usd for row in whole)
    shown = exact_sum(row.shown.paper_notional_usd for row in whole)
    return cost_parts(notional, cents, exact, _sum_known(row.shortfall.total_usd for row in whole), shown)


def _cents(row: CostParts) -> tuple[Decimal | None, ...]:
    return (row.delay_usd, row.trading_usd, row.opportunity_usd, row.fees_usd)


def _sum_known(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return exact_sum(known) if known else None


def cost_parts(
    notional: Decimal,
    cents: Sequence[Decimal | None],
    exact: Sequence[Decimal | None],
    total: Decimal | None,
    shown_notional: Decimal | None = None,
) -> CostParts:
    """The row of parts whose cents are known already; basis points are taken from the `exact` amounts.

    `shown_notional` is the sum of its orders' cents, where there are any: it adds up as all columns do.
    """
    over = [None if part is None or notional <= 0 else part * BPS for part in exact]
    bps = allocated_ratios(over, notional or Decimal(1), BPS_UNIT)
    return CostParts(
        paper_notional_usd=rounded(notional) if shown_notional is None else shown_notional,
        delay_usd=cents[0],
        trading_usd=cents[1],
        opportunity_usd=cents[2],
        fees_usd=cents[3],
        total_usd=None if total is None else _sum_known(cents),
        delay_bps=bps[0],
        trading_bps=bps[1],
        opportunity_bps=bps[2],
        fees_bps=bps[3],
        total_bps=None if total is None else _sum_known(bps),
        unrounded_total_usd=total,
    )
