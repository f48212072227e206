"""What is checked before an order leaves for TWS, and before an account is opened at all."""

import re

from tasks.brokers.ibkr.build_order import prices, why_ib_would_not
from tasks.brokers.ibkr.parse_orders import heard_of, parse_order, with_legs
from tasks.brokers.ibkr.price_increments import Traded
from tasks.brokers.ibkr.reported import Reports
from tasks.errors import ConfigError, OrderInDoubtError, OrderRefusedError, OrderUnknownError
from tasks.model.capabilities import Capabilities
from tasks.model.order_validation import refusal_reason
from tasks.model.orders import BrokerOrder, OrderRequest

LIVE_ACCOUNT, PAPER_ACCOUNT = re.compile(r"[UFI]\d+"), re.compile(r"D[A-Z]?\d+")
"""How IB names accounts with real money, and those of paper trading."""


def known_order(records: Reports, key: str) -> BrokerOrder | None:
    """The order of a key that was seen before; a refused one leaves its key free.

    Raises: OrderUnknownError for one that was sent and never heard of.
    """
    orders = [o for o in records.of_key(key) if not o.is_refused or records.has_filled(o)]
    heard = [o for o in orders if o.status or records.has_filled(o)]
    if heard:
        told = parse_order(heard[0], records.executions.values())
        return with_legs(told, lambda leg: heard_of(records, leg))
    if any(order.is_in_doubt for order in orders):
        raise OrderInDoubtError(f"{key}: was sent before; TWS says {orders[-1].reason} of it, and no more; look it up")
    if orders:
        raise OrderUnknownError(
            f"{key}: was sent before and nothing was heard of it; look it up, and do not send again"
        )
    filled = [e for e in records.executions.values() if e.key == key]
    if filled:
        raise OrderUnknownError(f"{key}: has executions already; look it up, and do not send again")
    return None


def must_be_tradable(request: OrderRequest, traded: Traded, account: str, capabilities: Capabilities) -> None:
    """Raises: OrderRefusedError; nothing was sent."""
    if request.account != account:
        reason = f"for account {request.account!r}, this is {account!r}"
    else:
        reason = refusal_reason(request, capabilities) or why_ib_would_not(request) or _off_the_step(request, traded)
    if reason:
        raise OrderRefusedError(f"{request.key}: {reason}; nothing was sent")


def _off_the_step(request: OrderRequest, traded: Traded) -> str:
    for name, price in prices(request).items():
        if not traded.takes_price(price):
            return f"{name} {price} is not on the step of {traded.price_step(price)} USD of {request.symbol}; round it"
    return ""


def must_agree(account: str, live: bool) -> None:
    """Raises: ConfigError for real money under a paper name, or the other way round."""
    if not live and LIVE_ACCOUNT.fullmatch(account):
        raise ConfigError(
            f"broker.account: {account} is an account with real money, but `live` is false; "
            "name a paper account (D...), or set `live: true`"
        )
    if live and PAPER_ACCOUNT.fullmatch(account):
        raise ConfigError(f"broker.live: true, but {account} is a paper account; set `live: false`")
