"""Which small orders, far from the market, try out a broker's table: one for each kind it takes; pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from tasks.model.capabilities import Capabilities
from tasks.model.market import Quote
from tasks.model.order_validation import refusal_reason
from tasks.model.orders import NativeAlgorithm, NativeOrder, OrderClass, OrderRequest, OrderType, Side, TimeInForce

BELOW, ABOVE = Decimal("0.5"), Decimal(2)
"""Of the market: a buy at half of it, and a stop at twice of it, do not come to trade."""
LOWEST = Decimal("0.25")
"""Where the stop-loss of an entry at `BELOW` lies."""
TRAIL_PCT = Decimal(50)
ONE, HALF = Decimal(1), Decimal("0.5")
AUCTIONS = frozenset({TimeInForce.AT_OPEN, TimeInForce.AT_CLOSE})
PARTICIPATION_PCT = Decimal(5)


@dataclass(frozen=True, slots=True)
class Trial:
    """One kind of order; without a request it cannot be tried, and `why` says so."""

    label: str
    request: OrderRequest | None
    why: str = ""

    @property
    def is_for_an_auction(self) -> bool:
        """Brokers take these at some hours of the day only: a refusal is no fault."""
        return self.request is not None and self.request.time_in_force in AUCTIONS


def trials(
    capabilities: Capabilities, account: str, quote: Quote, held: Decimal, close: datetime | None
) -> Iterator[Trial]:
    """Every kind, class and algorithm of the table, and a fraction; the requests have no key yet.

    held: shares of the symbol in the account; an order that only closes a position needs some.
    close: of the session that is open, where one is.
    """
    base = OrderRequest("", account, quote.symbol, Side.BUY, ONE, OrderType.LIMIT, TimeInForce.DAY)
    prices = _Prices(quote.mid, capabilities.price_step)
    for kind, when in sorted(capabilities.takes):
        label = f"{kind} {when}".replace("_", " ")
        if kind is OrderType.MARKET:
            yield Trial(label, None, "a market order cannot be far from the market")
            continue
        yield Trial(label, replace(base, order_type=kind, time_in_force=when, **prices.of(kind)))
    if (OrderType.LIMIT, TimeInForce.DAY) in capabilities.fractions:
        yield Trial("limit day, half a share", replace(base, shares=HALF, **prices.of(OrderType.LIMIT)))
    for order_class in sorted(capabilities.classes - {OrderClass.SIMPLE}):
        yield _classed(order_class, base, prices, held)
    for algorithm in sorted(capabilities.native):
        yield _native(algorithm, base, prices, close)


def amended(request: OrderRequest, price_step: Decimal) -> OrderRequest:
    """The same order one step further from the market."""
    if request.trail_pct is not None:
        return replace(request, trail_pct=request.trail_pct + ONE)
    if request.stop_price is not None:
        further = {"stop_price": request.stop_price + price_step}
        if request.limit_price is not None:
            further["limit_price"] = request.limit_price + price_step
        return replace(request, **further)
    assert request.limit_price is not None  # a market order is never tried
    return replace(request, limit_price=request.limit_price - price_step)


def impossible(trial: Trial, capabilities: Capabilities) -> str:
    """Why the broker's own table does not take it after all; empty when it does."""
    assert trial.request is not None
    return refusal_reason(replace(trial.request, key="x"), capabilities)


@dataclass(frozen=True, slots=True)
class _Prices:
    mid: Decimal
    step: Decimal

    def at(self, factor: Decimal) -> Decimal:
        return (self.mid * factor / self.step).quantize(ONE, ROUND_HALF_EVEN) * self.step

    def of(self, kind: OrderType) -> dict[str, Any]:
        """The prices that a buy of this kind carries."""
        return {
            OrderType.LIMIT: {"limit_price": self.at(BELOW)},
            OrderType.STOP: {"stop_price": self.at(ABOVE)},
            OrderType.STOP_LIMIT: {"stop_price": self.at(ABOVE), "limit_price": self.at(ABOVE)},
            OrderType.TRAILING_STOP: {"trail_pct": TRAIL_PCT},
        }[kind]


def _classed(order_class: OrderClass, base: OrderRequest, prices: _Prices, held: Decimal) -> Trial:
    entry = replace(base, order_class=order_class, limit_price=prices.at(BELOW))
    if order_class is OrderClass.BRACKET:
        return Trial(order_class, replace(entry, take_profit=prices.at(ABOVE), stop_loss=prices.at(LOWEST)))
    if order_class is OrderClass.OTO:
        return Trial(order_class, replace(entry, take_profit=prices.at(ABOVE)))
    if held < ONE:
        return Trial(order_class, None, f"it closes a position, and the account holds no {base.symbol}")
    exits = replace(entry, side=Side.SELL, limit_price=prices.at(ABOVE), stop_loss=prices.at(LOWEST))
    return Trial(order_class, exits)


def _native(algorithm: NativeAlgorithm, base: OrderRequest, prices: _Prices, close: datetime | None) -> Trial:
    label = f"native {algorithm}".replace("_", " ")
    if close is None:
        return Trial(label, None, "it works during a session only; validate again while the market is open")
    share = PARTICIPATION_PCT if algorithm is NativeAlgorithm.PERCENT_OF_VOLUME else None
    native = NativeOrder(algorithm, end=close, max_participation_pct=share)
    return Trial(label, replace(base, limit_price=prices.at(BELOW), native=native))
