"""How Alpaca writes an order, a fill, a position and an account, and what it calls them; pure.

The exchange's numbers become UUIDs that can be read back, so that no table of names is needed.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

from tasks.brokers.simulated import exchange_ids
from tasks.brokers.simulated.account import ZERO, Order
from tasks.model.account import AccountState
from tasks.model.capabilities import StatementLine
from tasks.model.market import Quote
from tasks.model.order_states import WORKING
from tasks.model.orders import BrokerOrder, Execution, LegRole, OrderClass, OrderState, Side

Json = dict[str, Any]
STATUS = {
    OrderState.ACCEPTED: "new",
    OrderState.PARTIALLY_FILLED: "partially_filled",
    OrderState.FILLED: "filled",
    OrderState.CANCELLED: "canceled",
    OrderState.EXPIRED: "expired",
    OrderState.REJECTED: "rejected",
}
BOOKINGS = {"dividend": ("DIV", "CDIV"), "split": ("SPLIT", "FSPLIT"), "fee": ("FEE", "REG")}
"""Activity and its kind; all else is cash that a person moved."""
AVERAGE = Decimal("0.000001")


def stamp(at: datetime) -> str:
    """UTC with microseconds, as Alpaca writes instants."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def plain(number: Decimal) -> str:
    """Without exponent or trailing zeros."""
    return f"{number.normalize():f}" if number else "0"


def submitted_at(order: Order) -> datetime:
    """No two orders of a real account come in the same instant; on a simulated clock their numbers tell them apart."""
    return order.accepted_at + timedelta(microseconds=order.number % 1_000_000)


def order_json(
    order: Order, told: BrokerOrder, fills: Sequence[Execution], order_class: OrderClass, legs: Sequence[Json] | None
) -> Json:
    """`told` is what is admitted of it, `fills` are its executions that count; an exit has the class of its order."""
    asked, came = order.request, stamp(submitted_at(order))
    last = stamp(max((fill.at for fill in fills), default=submitted_at(order)))
    return {
        "id": str(order_id(order)),
        "client_order_id": client_id(order),
        "created_at": came,
        "updated_at": last,
        "submitted_at": came,
        "filled_at": last if told.state is OrderState.FILLED else None,
        "expired_at": last if told.state is OrderState.EXPIRED else None,
        "canceled_at": last if told.state is OrderState.CANCELLED else None,
        "failed_at": last if told.state is OrderState.REJECTED else None,
        "replaced_at": None,
        "replaced_by": None,
        "replaces": None,
        "asset_id": str(asset_id(asked.symbol)),
        "symbol": asked.symbol,
        "asset_class": "us_equity",
        "notional": None,
        "qty": plain(asked.shares),
        "filled_qty": plain(told.filled_shares),
        "filled_avg_price": _average(fills) if told.filled_shares else None,
        "order_class": "" if order_class is OrderClass.SIMPLE else order_class.value,
        "order_type": asked.order_type.value,
        "type": asked.order_type.value,
        "side": asked.side.value.lower(),
        "time_in_force": asked.time_in_force.value,
        "limit_price": _price(asked.limit_price),
        "stop_price": _price(order.stop_price),
        "status": "held" if is_held(order, order_class) and told.state in WORKING else STATUS[told.state],
        "extended_hours": False,
        "legs": None if legs is None else list(legs),
        "trail_percent": _price(asked.trail_pct),
        "trail_price": _price(asked.trail_usd),
        "hwm": _price(order.best_price),
    }


def is_held(order: Order, order_class: OrderClass) -> bool:
    """An exit that waits for its entry; and a stop-loss beside a take-profit, until the market has reached it."""
    waits = order.role is LegRole.STOP_LOSS and order_class is not OrderClass.OTO and not order.is_triggered
    return order.is_held or waits


def _price(price: Decimal | None) -> str | None:
    return None if price is None else plain(price)


def fill_json(execution: Execution, order: Order, cumulated: Decimal) -> Json:
    """One row of the FILL activities; `cumulated` shares of the order are filled with it."""
    left = order.request.shares - cumulated
    return {
        "id": activity_id(execution, order),
        "activity_type": "FILL",
        "transaction_time": stamp(execution.at),
        "type": "partial_fill" if left else "fill",
        "price": plain(execution.price),
        "qty": plain(execution.shares),
        "side": execution.side.value.lower(),
        "symbol": execution.symbol,
        "leaves_qty": plain(left),
        "order_id": str(order_id(order)),
        "cum_qty": plain(cumulated),
        "order_status": "partially_filled" if left else "filled",
    }


def event_json(execution: Execution, order: Order, cumulated: Decimal, previous: Execution | None, place: int) -> Json:
    """One event of the activity stream: a fill, or what corrects (`previous`) or breaks one.

    Outside stands what all activities have; what only a trade has stands in its `details`.
    """
    return {
        "event_id": f"{place:026d}",
        "at": stamp(execution.at),
        "executed_at": stamp(execution.at if previous is None else previous.at),
        "activity_type": "TRD",
        "status": "executed" if previous is None else "correct" if execution.shares else "canceled",
        "settle_date": f"{execution.at.date() + timedelta(days=1)}",
        "currency": "USD",
        "ref_id": str(execution_id(execution, order)),
        **({} if previous is None else {"previous_id": str(execution_id(previous, order))}),
        "price": plain(execution.price),
        "qty": plain(execution.shares),
        "details": _trade_details(execution, order, cumulated, previous),
    }


def _trade_details(execution: Execution, order: Order, cumulated: Decimal, previous: Execution | None) -> Json:
    left = order.request.shares - cumulated
    return {
        "execution_type": "fill" if previous is None else "trade_correct" if execution.shares else "trade_bust",
        "order_id": str(order_id(order)),
        "client_order_id": client_id(order),
        "side": execution.side.value.lower(),
        "symbol": execution.symbol,
        "asset_id": str(asset_id(execution.symbol)),
        "leaves_qty": plain(left),
        "cum_qty": plain(cumulated),
        "order_status": "partially_filled" if left else "filled",
    }


def booking_json(line: StatementLine) -> Json:
    """What moved cash or shares without a trade, as a non-trade activity; a split's new shares are its `qty`."""
    name, part = BOOKINGS.get(line.kind, ("CSD" if line.amount_usd > 0 else "CSW", ""))
    return {
        "id": f"{line.at:%Y%m%d}000000000::{asset_id(line.line_id)}",
        "activity_type": name,
        **({"activity_sub_type": part} if part else {}),
        "date": f"{line.at:%Y-%m-%d}",
        "created_at": stamp(line.at),
        "net_amount": plain(line.amount_usd),
        **({"symbol": line.symbol} if line.symbol else {}),
        **({"qty": plain(line.shares)} if line.shares else {}),
        "description": line.words,
        "currency": "USD",
        "status": "executed",
    }


def position_json(symbol: str, shares: Decimal, quote: Quote | None) -> Json:
    """The exchange keeps no entry price: the last price stands for it, and the profit is zero."""
    price = ZERO if quote is None else quote.last
    worth = plain(shares * price)
    return {
        "asset_id": str(asset_id(symbol)),
        "symbol": symbol,
        "exchange": "NYSE",
        "asset_class": "us_equity",
        "asset_marginable": True,
        "qty": plain(shares),
        "qty_available": plain(shares),
        "side": "long" if shares > 0 else "short",
        "avg_entry_price": plain(price),
        "market_value": worth,
        "cost_basis": worth,
        "current_price": plain(price),
        "lastday_price": plain(price),
        "change_today": "0",
        "unrealized_pl": "0",
        "unrealized_plpc": "0",
        "unrealized_intraday_pl": "0",
        "unrealized_intraday_plpc": "0",
    }


def account_json(state: AccountState, quotes: Mapping[str, Quote], set_aside: Decimal) -> Json:
    """`set_aside` is the cash that open buys may still take."""
    worth = sum((held * quotes[symbol].last for symbol, held in state.positions.items() if symbol in quotes), ZERO)
    equity = plain(state.cash + worth)
    return {
        "id": str(account_id(state.account)),
        "account_number": state.account,
        "status": "ACTIVE",
        "currency": "USD",
        "cash": plain(state.cash),
        "buying_power": plain(max(ZERO, state.cash - set_aside)),
        "equity": equity,
        "portfolio_value": equity,
        "multiplier": "1",
        "account_blocked": False,
        "trading_blocked": False,
        "transfers_blocked": False,
        "trade_suspended_by_user": False,
        "shorting_enabled": True,
    }


def _average(fills: Sequence[Execution]) -> str | None:
    shares = sum((fill.shares for fill in fills), ZERO)
    paid = sum((fill.shares * fill.price for fill in fills), ZERO)
    return plain((paid / shares).quantize(AVERAGE)) if shares else None


def side_of(text: object) -> Side | None:
    """None for what is no side: the caller refuses it."""
    return {"buy": Side.BUY, "sell": Side.SELL}.get(str(text).lower())


FILL_BITS = 24
NUMBER_BITS = 40


def account_id(account: str) -> UUID:
    """The same for one account name in every process."""
    return _uuid(account, 0)


def asset_id(symbol: str) -> UUID:
    """The same for one symbol in every process."""
    return _uuid(f"asset {symbol}", 0)


def order_id(order: Order) -> UUID:
    """The same for one order in every process; its number can be read back from it."""
    return _uuid(order.request.account, order.number << FILL_BITS)


def client_id(order: Order) -> str:
    """As the client named it; an exit has a name that Alpaca made."""
    return str(_uuid(f"exit {order.key}", order.number)) if order.parent else order.key


def exchange_order_id(account: str, name: str) -> str | None:
    """The exchange's own name of an order; None when the UUID is not one of ours."""
    try:
        value = UUID(name).int
    except ValueError:
        return None
    number = (value & (1 << 64) - 1) >> FILL_BITS
    return exchange_ids.order_id(account, number) if value == _uuid(account, number << FILL_BITS).int else None


def execution_id(execution: Execution, order: Order) -> UUID:
    """Of the order's UUID and the execution's number within the order."""
    _, fill = exchange_ids.numbers_of(execution.execution_id)
    return UUID(int=order_id(order).int + fill)


def activity_id(execution: Execution, order: Order) -> str:
    """`YYYYMMDDhhmmssmmm::uuid`, as Alpaca's."""
    return f"{execution.at:%Y%m%d%H%M%S}{execution.at.microsecond // 1000:03d}::{execution_id(execution, order)}"


def _uuid(account: str, number: int) -> UUID:
    high = int.from_bytes(sha256(account.encode()).digest()[:8])
    return UUID(int=(high << 64) + number)
