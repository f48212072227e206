"""What open orders may still cost, and what they may still sell: pure."""

from collections.abc import Iterable
from decimal import Decimal

from tasks.brokers.simulated.account import ZERO, Fees, Order
from tasks.terms import Side


def reserved(orders: Iterable[Order], fees: Fees) -> Decimal:
    """USD that open buys may still cost."""
    costs = ((order, _worst_cost(order, fees)) for order in orders if order.request.side is Side.BUY)
    return sum(_once_a_group(costs).values(), ZERO)


def leaving(orders: Iterable[Order]) -> dict[str, Decimal]:
    """Unsigned shares by symbol that open sales may still take."""
    sales = [order for order in orders if order.request.side is Side.SELL]
    shares: dict[str, Decimal] = {}
    for (symbol, _), remaining in _once_a_group((order, order.remaining) for order in sales).items():
        shares[symbol] = shares.get(symbol, ZERO) + remaining
    return shares


def _once_a_group(amounts: Iterable[tuple[Order, Decimal]]) -> dict[tuple[str, int], Decimal]:
    """By symbol and group, the largest: of exits that cancel each other only one can fill; held ones cannot yet."""
    largest: dict[tuple[str, int], Decimal] = {}
    for order, amount in amounts:
        if not order.is_held:
            group = order.request.symbol, order.exits or order.number
            largest[group] = max(amount, largest.get(group, amount))
    return largest


def _worst_cost(order: Order, fees: Fees) -> Decimal:
    return order.remaining * order.worst_price + fees.of(order.request.shares) - order.fees
