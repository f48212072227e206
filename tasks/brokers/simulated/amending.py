"""What an incident makes of an order and its executions: pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_UP, Decimal

from tasks.brokers.simulated.account import OPEN_STATES, ZERO, Fees, Order, cash_change, filled
from tasks.brokers.simulated.matching import PRICE, Fill
from tasks.terms import Execution, OrderRequest, OrderState, OrderType, Quote, Side, TimeInForce


def amended(order: Order, old: Execution, shares: Decimal, price: Decimal, at: datetime) -> tuple[Order, Execution]:
    """The order and the row that supersedes one of its executions: `shares` of it stand, at `price`, none is a bust.

    The fee stays with a correction and is paid back with a bust. An order that still works asks for the shares again;
    one that is over stays over.
    """
    fee = old.fee if shares else ZERO
    row = replace(
        old,
        execution_id=order.next_execution_id,
        shares=shares,
        price=price,
        fee=fee,
        at=at,
        supersedes=old.execution_id,
    )
    done = order.filled_shares - old.shares + shares
    state = order.state
    if state in OPEN_STATES:
        state = OrderState.PARTIALLY_FILLED if done else OrderState.ACCEPTED
    after = replace(order, filled_shares=done, fees=order.fees - old.fee + fee, fills=order.fills + 1, state=state)
    return after, row


def change_of(row: Execution, old: Execution | None = None) -> tuple[Decimal, Decimal]:
    """Signed shares and USD that a row moves in the account; `old` is what it supersedes."""
    shares, cash = row.side.sign * row.shares, cash_change(row)
    if old is None:
        return shares, cash
    return shares - old.side.sign * old.shares, cash - cash_change(old)


def corrected_terms(old: Execution, fraction: Decimal, price_bps: Decimal, step: Decimal) -> tuple[Decimal, Decimal]:
    """Shares (at least one step, at most the old ones) and USD per share of a correction."""
    shares = max(step, (old.shares * fraction).quantize(step, ROUND_DOWN))
    price = (old.price * (1 + price_bps / 10_000)).quantize(PRICE, ROUND_HALF_EVEN)
    return min(old.shares, shares), max(PRICE, price)


def forced_order(
    number: int, account: str, symbol: str, held: Decimal, fraction: Decimal, step: Decimal, session: date, at: datetime
) -> Order:
    """The broker's own order that closes a fraction of a position (signed shares), at least one step of it."""
    request = OrderRequest(
        key=f"LIQUIDATION-{number}",
        account=account,
        symbol=symbol,
        side=Side.SELL if held > 0 else Side.BUY,
        shares=min(abs(held), (abs(held) * fraction).quantize(step, ROUND_UP)),
        order_type=OrderType.MARKET,
        time_in_force=TimeInForce.DAY,
    )
    return Order(request, number, session, at, worst_price=ZERO, reason="closed by the broker")


def filled_now(order: Order, shares: Decimal, quote: Quote, at: datetime, fees: Fees) -> tuple[Order, Execution]:
    """One fill at the touch, or at the order's limit where the touch is worse."""
    asked = order.request
    touch, limit = (quote.ask if asked.side is Side.BUY else quote.bid), asked.limit_price
    price = touch if limit is None else min(touch, limit) if asked.side is Side.BUY else max(touch, limit)
    return filled(order, Fill(asked.key, 0, asked.side, shares, price, 0.0), at, fees)


def largest_position(positions: Mapping[str, Decimal], quotes: Mapping[str, Quote]) -> str | None:
    """The symbol worth most, long or short, among those with a price."""
    worth = {symbol: abs(held) * quotes[symbol].last for symbol, held in positions.items() if symbol in quotes}
    return max(sorted(worth), key=worth.__getitem__, default=None)
