"""Replaces an order: a cancel that was proved, and then a new order for what is left."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from tasks.errors import BrokerError, ConfigError, OrderRefusedError, OrderUnknownError
from tasks.model.order_states import OVER
from tasks.model.order_validation import refusal_reason
from tasks.model.orders import BrokerOrder, OrderRequest, OrderState
from tasks.ports.broker import Broker
from tasks.retry import ORDER_IS_OVER

Shares = Callable[[BrokerOrder], Decimal]


class Outcome(StrEnum):
    """What became of replacing one order by another."""

    REPLACED = "replaced"
    """The old order is over and the new one was taken."""
    FILLED = "filled"
    """The old order filled completely, or more than the new one asks for, before the cancel: nothing was sent."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """What became of the two orders."""

    outcome: Outcome
    old: BrokerOrder
    """As it was when it was over."""
    new: BrokerOrder | None
    """For the shares asked for less what the old one filled; None where nothing was sent."""


def replace_order(
    broker: Broker, key: str, request: OrderRequest, looks: tuple[timedelta, ...] = ORDER_IS_OVER
) -> Replacement:
    """Cancel the order of `key`, see it over, and send `request` for what is left of it.

    request.shares: the total wanted, what the old order has filled and may still fill included; so the position that
    was aimed at is never passed, whoever wins the race. Its key is a new one.
    Nothing is sent unless the broker itself says that the old order is over, nor when it already has the new one: the
    same call after a lost reply finds what the first has done. A fill that a broker tells only after it has told the
    cancel cannot be seen here; the next reconciliation finds it.

    Raises: ConfigError for two orders that cannot replace each other; OrderRefusedError when the broker does not take
    the new order (before the old one is touched, where its table says so) or refuses the cancel and the order works on;
    OrderUnknownError when nobody knows whether the old order is over (nothing was sent), or whether the new one came.
    """
    _must_fit(broker, key, request)
    old = _ended(broker, key, looks)
    left = request.shares - old.filled_shares
    new = broker.find_order(request.key)
    if new is None and (left <= 0 or old.state is OrderState.FILLED):
        return Replacement(Outcome.FILLED, old, None)
    return Replacement(Outcome.REPLACED, old, new or broker.submit(replace(request, shares=left)))


def _must_fit(broker: Broker, key: str, request: OrderRequest) -> None:
    if request.key == key:
        raise ConfigError(f"{key}: the new order has the key of the old one; give it the key of the next generation")
    if reason := refusal_reason(request, broker.capabilities):
        raise OrderRefusedError(f"{request.key}: {reason}; {key} was not touched")
    old = broker.find_order(key)
    if old is None:
        raise OrderUnknownError(f"{key}: the broker does not have this order; nothing was sent. Find out where it is")
    if (old.symbol, old.side) != (request.symbol, request.side):
        raise ConfigError(
            f"{request.key}: {request.side} {request.symbol} cannot replace {key}, which is to {old.side} {old.symbol}"
        )


def _ended(broker: Broker, key: str, looks: tuple[timedelta, ...]) -> BrokerOrder:
    """The order once the broker shows it over; one more cancel is never sent."""
    refusal: OrderRefusedError | None = None
    try:
        broker.cancel(key)
    except OrderRefusedError as error:
        refusal = error  # says nothing about the order, which may have filled: look
    except OrderUnknownError:
        pass  # it may have arrived: look
    for pause in (timedelta(0), *looks):
        broker.wait_until(broker.now() + pause)
        found = _looked_up(broker, key)
        if found is not None and found.state in OVER:
            return found
        if found is not None and refusal is not None:
            raise OrderRefusedError(f"{key}: not replaced, it works on: {refusal}") from refusal
    raise OrderUnknownError(f"{key}: asked to cancel, but not seen over; the new order was not sent. Look it up")


def _looked_up(broker: Broker, key: str) -> BrokerOrder | None:
    """None without an answer."""
    try:
        return broker.find_order(key)
    except BrokerError:
        return None
