"""The most an order can cost in commission, however it is worked."""

from decimal import Decimal

from tasks.orders.algorithm import choose_algorithm
from tasks.orders.inputs import PlanInputs
from tasks.terms import Algorithm, PlanLine

SINGLE = frozenset({Algorithm.IMMEDIATE, Algorithm.AT_OPEN, Algorithm.AT_CLOSE})


def algorithm_of(inputs: PlanInputs, trade: PlanLine) -> Algorithm:
    share_of_adv = float(trade.shares) / trade.adv_shares if trade.adv_shares else None
    share_of_nav = float(trade.notional_usd / inputs.nav_usd)
    return choose_algorithm(trade.symbol, share_of_adv, share_of_nav, inputs.execution)


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
