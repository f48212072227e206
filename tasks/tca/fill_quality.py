"""How surely and how fast child orders were filled, by the kind they were sent as.

Slippage here is side * (fill - arrival) over the fills' value at arrival, in basis points; it is None without an
arrival price. Times are by the broker's clock, from sending to fill.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from statistics import median

from tasks.model.money import BPS, exact_sum, number, rounded
from tasks.model.orders import Execution, OrderState
from tasks.tca.costs import BPS_UNIT
from tasks.tca.inputs import OrderRecord, SliceRecord


class Kind(StrEnum):
    """How a child order was sent."""

    MARKET = "market"
    LIMIT = "limit"
    NATIVE = "broker's algorithm"


@dataclass(frozen=True, slots=True)
class FillQualityLine:
    """One kind of child order; seconds and bps are None where nothing can be measured."""

    kind: str
    sent: int
    in_full: int
    in_part: int
    unfilled: int
    rejected: int
    cancelled: int
    fill_pct: Decimal | None
    """Shares filled over shares sent."""
    first_fill_s: Decimal | None
    """Median over the child orders that were filled at all, from sending to the first fill."""
    complete_s: Decimal | None
    """Median over those filled in full, to the last fill."""
    slippage_bps: Decimal | None


@dataclass(frozen=True, slots=True)
class _Child:
    piece: SliceRecord
    order: OrderRecord
    fills: tuple[Execution, ...]

    @property
    def kind(self) -> Kind:
        if self.piece.native:
            return Kind.NATIVE
        return Kind.MARKET if self.piece.limit_price is None else Kind.LIMIT


def fill_quality(orders: Iterable[OrderRecord]) -> tuple[FillQualityLine, ...]:
    """A line for every kind that was sent, and one for all; empty when nothing was sent."""
    children = [child for order in orders for child in _children(order) if child.piece.sent_at is not None]
    kinds = [(kind.value, [child for child in children if child.kind is kind]) for kind in Kind]
    named = [(name, members) for name, members in kinds if members]
    return tuple(_line(name, members) for name, members in [*named, *([("all", children)] if children else [])])


def _children(order: OrderRecord) -> list[_Child]:
    by_key: dict[str, list[Execution]] = {}
    for fill in order.fills:
        by_key.setdefault(fill.key, []).append(fill)
    return [_Child(piece, order, tuple(by_key.get(piece.key, ()))) for piece in order.slices]


def _line(name: str, children: Sequence[_Child]) -> FillQualityLine:
    full = [child for child in children if child.piece.filled_shares >= child.piece.shares]
    none = [child for child in children if child.piece.filled_shares <= 0]
    sent = exact_sum(child.piece.shares for child in children)
    filled = exact_sum(child.piece.filled_shares for child in children)
    return FillQualityLine(
        kind=name,
        sent=len(children),
        in_full=len(full),
        in_part=len(children) - len(full) - len(none),
        unfilled=len(none),
        rejected=sum(child.piece.state is OrderState.REJECTED for child in children),
        cancelled=sum(child.piece.state is OrderState.CANCELLED for child in children),
        fill_pct=rounded(filled / sent * 100, BPS_UNIT) if sent else None,
        first_fill_s=_median(_waits(child)[0] for child in children if child.fills),
        complete_s=_median(_waits(child)[-1] for child in full if child.fills),
        slippage_bps=_slippage(children),
    )


def _waits(child: _Child) -> list[float]:
    """Seconds from sending to each fill, the first one first."""
    sent = child.piece.sent_at
    return sorted((fill.at - sent).total_seconds() for fill in child.fills) if sent else []


def _median(seconds: Iterable[float]) -> Decimal | None:
    known = list(seconds)
    return number(median(known), Decimal("0.001")) if known else None


def _slippage(children: Sequence[_Child]) -> Decimal | None:
    """Ratio of sums over the fills of orders whose arrival price is known."""
    measured = [
        (child.order.side.sign * fill.shares * (fill.price - arrival), fill.shares * arrival)
        for child in children
        if (arrival := child.order.arrival_price) is not None
        for fill in child.fills
    ]
    value = exact_sum(base for _, base in measured)
    return rounded(exact_sum(cost for cost, _ in measured) / value * BPS, BPS_UNIT) if value > 0 else None
