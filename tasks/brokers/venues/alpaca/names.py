"""Alpaca's names for what the exchange numbers: UUIDs that can be read back, so that no table of names is needed."""

from hashlib import sha256
from uuid import UUID

from tasks.brokers.simulated.account import VENUE, Order
from tasks.terms import Execution

FILL_BITS = 24
NUMBER_BITS = 40


def account_id(account: str) -> UUID:
    return _uuid(account, 0)


def asset_id(symbol: str) -> UUID:
    return _uuid(f"asset {symbol}", 0)


def order_id(order: Order) -> UUID:
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
    return f"{VENUE}-{account}-{number:08d}" if value == _uuid(account, number << FILL_BITS).int else None


def execution_id(execution: Execution, order: Order) -> UUID:
    """Of the order's UUID and the execution's number within the order."""
    fill = int(execution.execution_id.rpartition("-")[2])
    return UUID(int=order_id(order).int + fill)


def activity_id(execution: Execution, order: Order) -> str:
    """`YYYYMMDDhhmmssmmm::uuid`, as Alpaca's."""
    return f"{execution.at:%Y%m%d%H%M%S}{execution.at.microsecond // 1000:03d}::{execution_id(execution, order)}"


def _uuid(account: str, number: int) -> UUID:
    high = int.from_bytes(sha256(account.encode()).digest()[:8])
    return UUID(int=(high << 64) + number)
