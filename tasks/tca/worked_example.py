"""A shortfall written out with its numbers, so that a reviewer can recompute one order by hand."""

from dataclasses import dataclass
from decimal import Decimal

from tasks.tca.costs import MeasuredOrder
from tasks.tca.shortfall import Convention


@dataclass(frozen=True, slots=True)
class WorkedPart:
    """One part of an order's cost, with the figures put into its formula; positive is a cost."""

    name: str
    formula: str
    usd: Decimal | None
    bps: Decimal | None


def working(row: MeasuredOrder) -> tuple[WorkedPart, ...]:
    """Delay, trading, opportunity, fees and total as `side × shares × price difference`."""
    shown = row.shown
    return (
        WorkedPart("delay", _delay(row), shown.delay_usd, shown.delay_bps),
        WorkedPart("trading", _trading(row), shown.trading_usd, shown.trading_bps),
        WorkedPart("opportunity", _opportunity(row), shown.opportunity_usd, shown.opportunity_bps),
        WorkedPart("fees", f"sum over {len(row.order.fills)} executions", shown.fees_usd, shown.fees_bps),
        WorkedPart("total", f"of {_n(shown.paper_notional_usd)} USD", shown.total_usd, shown.total_bps),
    )


def _delay(row: MeasuredOrder) -> str:
    order = row.order
    if order.arrival_price is None:
        return "no arrival price"
    if order.decision_price is None:
        return "no decision price"
    whole = row.shortfall.convention is Convention.WHOLE_ORDER
    shares = order.shares if whole else order.filled_shares
    return f"{_side(row)} × {_n(shares)} × ({_n(order.arrival_price)} − {_n(order.decision_price)})"


def _trading(row: MeasuredOrder) -> str:
    order = row.order
    start = order.start_price if order.arrival_price is None else order.arrival_price
    return f"{_side(row)} × ({_n(order.filled_value_usd)} − {_n(order.filled_shares)} × {_n(start)})"


def _opportunity(row: MeasuredOrder) -> str:
    order = row.order
    unfilled = order.shares - order.filled_shares
    if unfilled == 0:
        return "nothing left unfilled"
    if row.end_price is None:
        return "no end price"
    from_arrival = row.shortfall.convention is Convention.WHOLE_ORDER and order.arrival_price is not None
    start = order.arrival_price if from_arrival and order.arrival_price else order.start_price
    return f"{_side(row)} × {_n(unfilled)} × ({_n(row.end_price)} − {_n(start)})"


def _side(row: MeasuredOrder) -> str:
    return "+1" if row.order.side.sign > 0 else "−1"


def _n(value: Decimal) -> str:
    """Every digit that counts, with thousands separators."""
    return f"{value.normalize():,f}".replace("-", "−")
