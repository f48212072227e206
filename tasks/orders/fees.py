"""The most an order can cost in commission, however it is worked."""

from decimal import Decimal

from tasks.orders.algorithm import by_size, choose_algorithm
from tasks.orders.inputs import PlanInputs
from tasks.terms import Algorithm, PlanLine

SINGLE = frozenset({Algorithm.IMMEDIATE, Algorithm.AT_OPEN, Algorithm.AT_CLOSE})


def wished_algorithm(inputs: PlanInputs, trade: PlanLine) -> Algorithm:
    """What the book wants, whether the broker takes such orders or not."""
    return choose_algorithm(trade.symbol, *_size(inputs, trade), inputs.execution)


def algorithm_of(inputs: PlanInputs, trade: PlanLine) -> Algorithm:
    """What the book wants; an auction that the broker does not take is traded through the day instead, by size."""
    wished = wished_algorithm(inputs, trade)
    return by_size(*_size(inputs, trade)) if wished in inputs.not_taken else wished


def _size(inputs: PlanInputs, trade: PlanLine) -> tuple[float | None, float]:
    """As fractions of the average daily volume (None: unknown) and of the net asset value."""
    share_of_adv = float(trade.shares) / trade.adv_shares if trade.adv_shares else None
    return share_of_adv, float(trade.notional_usd / inputs.nav_usd)


def children_of(inputs: PlanInputs, trade: PlanLine) -> int:
    """Child orders the trade is planned in: one, or one a wave; never more than it has tradable steps."""
    planned = 1 if algorithm_of(inputs, trade) in SINGLE else inputs.execution.waves
    return max(min(planned, int(trade.shares / inputs.share_step)), 1)


def most_fees(inputs: PlanInputs, trade: PlanLine) -> Decimal:
    """USD: the commission per share, and the least commission for every planned child and one sweep at the end."""
    if not trade.shares:
        return Decimal(0)
    orders = inputs.orders
    return orders.fee_per_share_usd * trade.shares + orders.fee_minimum_usd * (children_of(inputs, trade) + 1)
