"""The orders that one admitted request becomes: itself, and its exits; pure."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from tasks.brokers.simulated.account import Order
from tasks.brokers.simulated.admission import Desk, exit_price
from tasks.brokers.simulated.linked import with_exits
from tasks.brokers.simulated.triggers import first_best
from tasks.terms import OrderRequest

Unused = Callable[[str, int], str]
"""A key that no other order has, from a client order id and an order's number. Raises: Refusal."""


def arrivals(request: OrderRequest, worst_price: Decimal, desk: Desk, unused: Unused) -> tuple[Order, ...]:
    """The order, then its exits, numbered on from the account's next number.

    worst_price: USD per share that cash is set aside for.
    """
    number, account = desk.account.next_number, desk.account
    best = None if desk.quote is None else first_best(request.order_type, desk.quote.last)
    entry = Order(request, number, desk.session, account.clock, worst_price, best_price=best)
    orders = with_exits(entry, unused, exit_price(request))
    # the exits' keys are made of the client's own, so the order's comes last
    return (replace(orders[0], request=replace(request, key=unused(request.key, number))), *orders[1:])
