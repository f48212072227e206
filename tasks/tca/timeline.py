"""How one order was worked: planned, filled and market volume, each as a running total."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tasks.tca.benchmarks import bars_touched, market_volume
from tasks.tca.inputs import OrderRecord
from tasks.tca.order_line import window

Running = tuple[tuple[datetime, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Running totals of one order in shares; the market's is scaled to end at the order's size."""

    order_id: str
    symbol: str
    side: str
    algorithm: str
    shares: Decimal
    planned: Running
    filled: Running
    market: Running


def timeline(order: OrderRecord) -> Timeline:
    """Shares summed up over the day, planned, filled, and the market's volume scaled to the order."""
    return Timeline(
        order_id=order.order_id,
        symbol=order.symbol,
        side=order.side.value,
        algorithm=str(order.algorithm),
        shares=order.shares,
        planned=_running(sorted(order.schedule)),
        filled=_running(sorted((fill.at, fill.shares) for fill in order.fills)),
        market=_market(order),
    )


def largest_timelines(orders: Sequence[OrderRecord], count: int = 4) -> tuple[Timeline, ...]:
    """Of the orders with most value at decision prices; ties by order id."""
    ranked = sorted(orders, key=lambda order: (-order.notional_usd, order.order_id))
    return tuple(timeline(order) for order in ranked[:count])


def _market(order: OrderRecord) -> Running:
    bars = bars_touched(order.market, *window(order))
    total = market_volume(bars)
    if total <= 0:
        return ()
    running = _running([(bar.end, Decimal(bar.volume)) for bar in bars])
    return tuple((at, (volume / total * order.shares).quantize(Decimal("0.01"))) for at, volume in running)


def _running(steps: Sequence[tuple[datetime, Decimal]]) -> Running:
    total = Decimal(0)
    points: list[tuple[datetime, Decimal]] = []
    for at, shares in steps:
        total += shares
        points.append((at, total))
    return tuple(points)
