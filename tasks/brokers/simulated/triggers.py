"""When a stop becomes a market or limit order, and how a trailing stop follows the market; pure.

The market is what everybody is told: minute bars and the prints of the auctions, our own trades in them. A stop is
triggered by a trade at its price or beyond it: a sale when a bar's low reaches down to it, a purchase when the high
reaches up to it. It is at the market from the end of that bar on, so a stop never gets a price from before it was
triggered, and may do worse than its stop price. Within a bar nobody knows what came first, the high or the low: a
trailing stop is held against the price it had before the bar, and only then follows the bar; it begins at the last
price as it comes in. A halted symbol has no bars and triggers nothing.
"""

from dataclasses import replace
from decimal import Decimal

from tasks.brokers.simulated.account import STOPS, Order
from tasks.terms import MarketBar, OrderType, Side


def is_waiting(order: Order) -> bool:
    """Whether it is a stop at the market that has not been triggered."""
    return order.request.order_type in STOPS and not order.is_held and not order.is_triggered


def after_bar(order: Order, bar: MarketBar) -> Order:
    """A waiting stop after one bar: triggered, moved, or itself."""
    if reached(order, bar):
        return replace(order, is_triggered=True, works_from=bar.end)
    best = order.best_price
    if best is None:
        return order
    better = max(best, bar.high) if order.request.side is Side.SELL else min(best, bar.low)
    return order if better == best else replace(order, best_price=better)


def reached(order: Order, bar: MarketBar) -> bool:
    """Whether the bar traded at the stop price or beyond it."""
    stop = order.stop_price
    if stop is None:
        return False
    return bar.low <= stop if order.request.side is Side.SELL else bar.high >= stop


def first_best(order_type: OrderType, last: Decimal) -> Decimal | None:
    """What a trailing stop starts from, the last price as it arrives; None for other orders."""
    return last if order_type is OrderType.TRAILING_STOP else None
