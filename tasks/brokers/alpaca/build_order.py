"""An order as Alpaca wants it: what it does not take is refused here, before anything is sent; pure."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tasks.model import order_validation
from tasks.model.capabilities import Capabilities
from tasks.model.client_order_ids import parts_of
from tasks.model.orders import NativeAlgorithm, NativeOrder, OrderClass, OrderRequest, OrderType, TimeInForce

LONGEST_KEY = 128
SHARE_STEP = Decimal("0.000000001")
PENNY = Decimal("0.01")
SUB_PENNY = Decimal("0.0001")
"""Price step below one dollar."""
SHARE_OF_VOLUME = Decimal("0.001")
"""Step of the largest share of a period's volume."""

LASTING = (TimeInForce.DAY, TimeInForce.GOOD_TILL_CANCELLED)
AUCTIONS = (TimeInForce.AT_OPEN, TimeInForce.AT_CLOSE)
PLAIN = (OrderType.MARKET, OrderType.LIMIT)
TAKES = frozenset((kind, when) for kind in OrderType for when in LASTING) | frozenset(
    (kind, when) for kind in PLAIN for when in AUCTIONS
)
FRACTIONS = frozenset((kind, TimeInForce.DAY) for kind in OrderType if kind is not OrderType.TRAILING_STOP)
"""In day orders only, of every type but the trailing stop."""
ALGORITHMS = {NativeAlgorithm.VWAP: "VWAP", NativeAlgorithm.TWAP: "TWAP"}
"""Of accounts with advanced orders."""


def order_body(request: OrderRequest) -> dict[str, Any]:
    """The JSON of one order; numbers are exact texts, and the client order id is always there.

    The library's own order classes make floats of them: 0.1 + 0.2 would go out with 17 places.
    """
    body: dict[str, Any] = {
        "symbol": request.symbol,
        "qty": _plain(request.shares),
        "side": request.side.value.lower(),
        "type": request.order_type.value,
        "time_in_force": request.time_in_force.value,
        "client_order_id": request.key,
    }
    is_oco = request.order_class is OrderClass.OCO
    body |= _texts(
        limit_price=None if is_oco else request.limit_price,
        stop_price=request.stop_price,
        trail_percent=request.trail_pct,
        trail_price=request.trail_usd,
    )
    if request.order_class is not OrderClass.SIMPLE:
        body["order_class"] = request.order_class.value
    # of an OCO the order is the take-profit: Alpaca wants its price there
    if profit := _texts(limit_price=request.limit_price if is_oco else request.take_profit):
        body["take_profit"] = profit
    if loss := _texts(stop_price=request.stop_loss, limit_price=request.stop_loss_limit):
        body["stop_loss"] = loss
    if request.native is not None:
        body["advanced_instructions"] = _instructions(request.native)
    return body


def refusal_reason(request: OrderRequest, account: str, capabilities: Capabilities) -> str:
    """Why Alpaca would not take this order, with the remedy; empty when nothing speaks against it."""
    if reason := order_validation.refusal_reason(request, capabilities):
        return reason
    for check in CHECKS:
        if reason := check(request, account):
            return reason
    return ""


def _account(request: OrderRequest, account: str) -> str:
    if request.account == account:
        return ""
    return f"account {request.account!r} is not this connection's {account!r}; send it where it belongs"


def _key(request: OrderRequest, account: str) -> str:
    del account
    if parts_of(request.key) is None:
        return ""
    return "this client order id ends as an exit's does, and would be looked up as one; choose another"


def _pennies(request: OrderRequest, account: str) -> str:
    del account
    for name in ("limit_price", "stop_price", "take_profit", "stop_loss", "stop_loss_limit"):
        price: Decimal | None = getattr(request, name)
        step = PENNY if price is not None and price >= 1 else SUB_PENNY
        if price is not None and price % step:
            return f"{name} {price} is not a multiple of {step}; round it"
    return ""


def _instructed(request: OrderRequest, account: str) -> str:
    del account
    share = None if request.native is None else request.native.max_participation_pct
    if share is None or (0 < share < 100 and not share / 100 % SHARE_OF_VOLUME):
        return ""
    return f"max_participation_pct {share}: Alpaca takes shares of volume below 100 % in steps of 0.1 %; round it"


def _instructions(native: NativeOrder) -> dict[str, str]:
    """Without an end it is worked until the close; Alpaca has no word for the pace."""
    share = native.max_participation_pct
    times = {"start_time": native.start, "end_time": native.end}
    return {
        "algorithm": ALGORITHMS[native.algorithm],
        **{name: at.isoformat() for name, at in times.items() if at is not None},
        **_texts(max_percentage=None if share is None else share / 100),
    }


def _texts(**values: Decimal | None) -> dict[str, str]:
    return {name: _plain(value) for name, value in values.items() if value is not None}


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


CHECKS: tuple[Callable[[OrderRequest, str], str], ...] = (_account, _key, _pennies, _instructed)
