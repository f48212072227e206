"""The least trade: what is not worth its cost is not traded, and says so."""

from decimal import Decimal

from tasks.model.orders import Side
from tasks.model.plan import PlanLine, of_shares
from tasks.plan.costs import most_fees
from tasks.plan.inputs import PlanInputs
from tasks.plan.line_words import non_trade
from tasks.wording import dollars


def too_small(inputs: PlanInputs, trade: PlanLine) -> PlanLine | None:
    """The non-trade of a trade not worth its cost; what must go is sold however small, if it brings anything."""
    forced = trade.symbol in inputs.must_exit
    if trade.notional_usd < inputs.orders.min_trade_usd and not forced:
        worth = f"{of_shares(trade.shares, 'is', 'are')} {dollars(trade.notional_usd)}"
        return non_trade(
            trade, "below_minimum_trade", f"{worth}, below the minimum of {dollars(inputs.orders.min_trade_usd)}"
        )
    fees = most_fees(inputs, trade)
    if trade.side is Side.SELL and worst_notional(inputs, trade) <= fees:
        return non_trade(
            trade, "below_minimum_trade", f"a sale of {dollars(trade.notional_usd)} would not pay its fees"
        )
    return None


def worst_notional(inputs: PlanInputs, trade: PlanLine) -> Decimal:
    """USD of the trade if the price moves against it by the buffer: a buy pays more, a sale brings less."""
    buffer = Decimal(str(inputs.orders.buy_price_buffer_bps)) / 10_000
    sign = trade.side.sign if trade.side else 0
    return trade.notional_usd * (1 + sign * buffer)
