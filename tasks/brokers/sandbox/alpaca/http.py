"""What every endpoint of the sandbox stands on: the exchange as it tells, and its own books behind it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tasks.brokers.sandbox.alpaca import encode
from tasks.brokers.sandbox.alpaca.encode import Json, order_json
from tasks.brokers.simulated.account import Order
from tasks.brokers.simulated.exchange import Exchange
from tasks.brokers.simulated.exchange_ids import order_id
from tasks.brokers.simulated.faults.exchange import FaultyExchange
from tasks.brokers.simulated.snapshot import standing
from tasks.errors import ConfigError
from tasks.model.commission import NO_COMMISSION
from tasks.model.orders import BrokerOrder, OrderClass


@dataclass(frozen=True)
class Request:
    """One HTTP request, read."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any = None


class BadRequest(Exception):  # noqa: N818 - an answer of the venue, not a failure of the program
    """The request cannot be read; nothing was done."""


class SandboxContext:
    """The exchange of one account, seen by the venue."""

    def __init__(self, exchange: Exchange | FaultyExchange) -> None:
        self.exchange = exchange
        self.inner = exchange.inner if isinstance(exchange, FaultyExchange) else exchange
        if self.inner.commission != NO_COMMISSION:
            raise ConfigError(
                "Alpaca charges no commission, and its fills have no room for one: "
                "set fee_per_share_usd: 0 and fee_minimum_usd: 0 for its venue"
            )

    @property
    def account(self) -> str:
        """As the exchange names it; Alpaca's id is made from it."""
        return self.exchange.account_name

    def kept(self, told: BrokerOrder) -> Order:
        """The exchange's own record of an order."""
        with self.inner.turn():
            order = self.inner.store.order_numbered(told.broker_order_id)
        assert order is not None  # it was told
        return order

    def kept_named(self, name: str) -> Order | None:
        """By Alpaca's UUID."""
        number = encode.exchange_order_id(self.account, name)
        if number is None:
            return None
        with self.inner.turn():
            return self.inner.store.order_numbered(number)

    def all_kept(self) -> tuple[Order, ...]:
        """Every order the exchange ever took, faults put aside."""
        with self.inner.turn():
            return self.inner.store.orders()

    def class_of(self, order: Order) -> OrderClass:
        """Of an exit, that of the order it belongs to."""
        return self.numbered(order.parent).request.order_class if order.parent else order.request.order_class

    def order_json(self, told: BrokerOrder, *, is_nested: bool = True) -> Json:
        """With its exits where they are asked for."""
        order = self.kept(told)
        order_class = self.class_of(order)
        has_exits = is_nested and not order.parent and order_class is not OrderClass.SIMPLE
        legs = [self.order_json(leg) for leg in told.legs] if has_exits else None
        with self.inner.turn():
            fills = standing(self.inner.store.executions_of(told.broker_order_id))
        return order_json(order, told, fills, order_class, legs)

    def kept_by_client_id(self, name: str) -> Order | None:
        """An exit is not known by the name that we give it."""
        found = self.inner.order(name)
        if found is not None:
            kept = self.kept(found)
            return None if kept.parent else kept
        return next((order for order in self.all_kept() if order.parent and encode.client_id(order) == name), None)

    def numbered(self, number: int) -> Order:
        """By the number that the exchange gave it; one that it never gave is a mistake of the caller."""
        with self.inner.turn():
            order = self.inner.store.order_numbered(order_id(self.account, number))
        assert order is not None  # the number was given to it
        return order


def instant(text: str, name: str) -> datetime:
    """RFC 3339, or a day in UTC. Raises: BadRequest."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadRequest(f"invalid {name}: {text}") from error
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def number_in(query: Mapping[str, str], name: str, usual: int, most: int) -> int:
    """A whole number between 1 and `most`. Raises: BadRequest."""
    text = query.get(name, str(usual))
    if not text.isdigit() or not 1 <= int(text) <= most:
        raise BadRequest(f"invalid {name}: {text}")
    return int(text)
