"""Gathers what each broker has room for, and lets the splitting decide."""

from collections.abc import Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal

from tasks.brokers.multi.broker import SeveralBrokers
from tasks.brokers.multi.capacity import Capacity
from tasks.brokers.multi.split import split, worst_price
from tasks.errors import BrokerError
from tasks.model.account import AccountState
from tasks.model.broker_tags import tag_of
from tasks.model.commission import NO_COMMISSION, Commission
from tasks.model.orders import BrokerOrder, OrderRequest, OrderType, Side, TimeInForce
from tasks.ports.router import Routed

ZERO = Decimal(0)
Asks = Mapping[str, Decimal]
OnTheWay = Sequence[tuple[OrderRequest, Decimal]]
"""Orders, each with the shares of it that may still come."""


@dataclass(frozen=True)
class PartsRouter:
    """Implements `Router` for a book with several brokers."""

    brokers: SeveralBrokers
    commission: Commission = NO_COMMISSION
    """What a trade costs at most: kept back from the cash of each broker's buys."""
    fractional: bool = True
    """Whether the book trades fractions (`orders.fractional`)."""

    def split(self, requests: Sequence[OrderRequest], account: AccountState) -> Routed:
        """A broker that does not answer now has no room. Raises: BrokerError when none of them has a quote."""
        if not requests:
            return Routed(())
        self._forget_what_is_over({request.symbol for request in requests})
        working = {tag: None if tag in account.silent else self.brokers.working_at(tag) for tag in self.brokers.parts}
        on_the_way = {tag: self._on_the_way(tag, orders or ()) for tag, orders in working.items()}
        symbols = {request.symbol for request in requests}
        symbols |= {request.symbol for orders in on_the_way.values() for request, _ in orders}
        asks = {symbol: quote.ask for symbol, quote in self.brokers.quotes(sorted(symbols)).items()}
        rooms = [
            self._room(tag, account.parts[tag], on_the_way[tag], asks, is_silent=working[tag] is None)
            for tag in working
        ]
        return split(requests, rooms, self.brokers.routes, asks)

    def _forget_what_is_over(self, symbols: Set[str]) -> None:
        """Where a wave sends in a symbol nothing else in it is open: a symbol with an order in doubt is locked.

        So an order that never arrived, or is known by its executions alone, keeps no cash back for ever.
        """
        for key, request in list(self.brokers.sent.items()):
            if request.symbol in symbols:
                del self.brokers.sent[key]
                continue
            with suppress(BrokerError):
                self.brokers.find_order(key)  # which forgets it when it is over

    def _room(self, tag: str, word: AccountState, on_the_way: OnTheWay, asks: Asks, *, is_silent: bool) -> Capacity:
        """The broker's own word, less what its orders on the way may still take."""
        part = self.brokers.parts[tag]
        room = Capacity(
            tag=tag,
            label=part.label,
            capabilities=part.broker.capabilities,
            cash_usd=word.cash,
            shares=word.positions,
            commission=self.commission,
            is_silent=is_silent,
            fractional=self.fractional,
        )
        for request, rest in on_the_way:
            price = worst_price(request, asks)
            if request.side is Side.SELL or price is not None:
                room = room.after(request, rest, price)
        return room

    def _on_the_way(self, tag: str, working: Sequence[BrokerOrder]) -> OnTheWay:
        """Orders that work there or have no answer yet, each with its shares to come."""
        here = {order.key: order for order in working}
        sent = {key: request for key, request in self.brokers.sent.items() if tag_of(key) == tag}
        listed = [(sent.get(key) or _request_of(order), order) for key, order in here.items()]
        unlisted = [(request, request.shares) for key, request in sent.items() if key not in here]
        return [*((request, order.shares - order.filled_shares) for request, order in listed), *unlisted]


def _request_of(order: BrokerOrder) -> OrderRequest:
    """What an earlier life sent, as far as the broker tells it: without its limit the worst price is the market's."""
    return OrderRequest(order.key, "", order.symbol, order.side, order.shares, OrderType.MARKET, TimeInForce.DAY)
