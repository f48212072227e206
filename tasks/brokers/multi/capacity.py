"""What each of several brokers has room for within one wave: its cash, its shares, its table of orders; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Self

from optimizer.slicing.lots import floor_to_step
from tasks.model.broker_tags import tagged
from tasks.model.capabilities import Capabilities
from tasks.model.commission import NO_COMMISSION, Commission
from tasks.model.order_validation import refusal_reason
from tasks.model.orders import OrderClass, OrderRequest, Side

ZERO, WHOLE = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True)
class Capacity:
    """One broker's, as the wave's orders use it up."""

    tag: str
    label: str
    """For a person: `b (ibkr)`."""
    capabilities: Capabilities
    cash_usd: Decimal
    """What buys may still take."""
    shares: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    """What sells may still take, by symbol."""
    commission: Commission = NO_COMMISSION
    is_silent: bool = False
    fractional: bool = True
    """Whether the book trades fractions; false: an order of whole shares is split into whole shares."""

    def step_for(self, request: OrderRequest) -> Decimal:
        """Smallest quantity that this broker takes in an order of this kind."""
        table, simple = self.capabilities, request.order_class is OrderClass.SIMPLE and request.native is None
        fractional = simple and (request.order_type, request.time_in_force) in table.fractions
        if not self.fractional and not request.shares % WHOLE:
            fractional = False
        return table.share_step if fractional else max(table.share_step, WHOLE)

    def limit(self, request: OrderRequest, price: Decimal | None) -> Decimal:
        """The most shares of this order that fit here: those that are held, or those that the cash pays for."""
        if request.side is Side.SELL:
            most = max(self.shares.get(request.symbol, ZERO), ZERO)
        elif price is None:
            most = ZERO
        else:
            most = max(self.commission.shares_for(self.cash_usd, price), ZERO)
        return floor_to_step(most, self.step_for(request))

    def after(self, request: OrderRequest, shares: Decimal, price: Decimal | None) -> Self:
        """What is left once these shares of the order have gone here."""
        if not shares:
            return self
        if request.side is Side.SELL:
            held = self.shares.get(request.symbol, ZERO)
            return replace(self, shares={**self.shares, request.symbol: held - shares})
        assert price is not None, "without a price there is no room for a buy"
        return replace(self, cash_usd=self.cash_usd - shares * price - self.commission.of(shares))

    def piece(self, request: OrderRequest, shares: Decimal) -> OrderRequest:
        """The part of the order that goes here, under its own key."""
        return replace(request, key=tagged(request.key, self.tag), shares=shares)

    def why_not(self, request: OrderRequest, shares: Decimal) -> str:
        """Why so much of the order cannot go here; empty when it can."""
        return refusal_reason(self.piece(request, shares), self.capabilities)
