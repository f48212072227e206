"""Whether a broker takes an order, by its own table: asked when orders are planned and before one is sent; pure."""

from collections.abc import Callable
from decimal import Decimal

from tasks.model.capabilities import Capabilities
from tasks.model.client_order_ids import leg_key
from tasks.model.orders import LegRole, NativeAlgorithm, NativeOrder, OrderClass, OrderRequest, OrderType, TimeInForce

NEEDS_LIMIT = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT})
NEEDS_STOP = frozenset({OrderType.STOP, OrderType.STOP_LIMIT})
NATIVE_KINDS = frozenset({(OrderType.MARKET, TimeInForce.DAY), (OrderType.LIMIT, TimeInForce.DAY)})
LASTING = frozenset({TimeInForce.DAY, TimeInForce.GOOD_TILL_CANCELLED})
LEGS: dict[OrderClass, tuple[frozenset[LegRole], ...]] = {
    OrderClass.SIMPLE: (frozenset(),),
    OrderClass.BRACKET: (frozenset(LegRole),),
    OrderClass.OCO: (frozenset({LegRole.STOP_LOSS}),),
    OrderClass.OTO: (frozenset({LegRole.TAKE_PROFIT}), frozenset({LegRole.STOP_LOSS})),
}
"""The legs that each class of order must name; more than one set is a choice."""


def refusal_reason(request: OrderRequest, capabilities: Capabilities) -> str:
    """Why this broker would not take the order, with the remedy; empty when nothing speaks against it."""
    for check in CHECKS:
        if reason := check(request, capabilities):
            return reason
    return ""


def takes_auction(when: TimeInForce, capabilities: Capabilities) -> bool:
    """Whether market orders can take part in this auction."""
    return (OrderType.MARKET, when) in capabilities.takes


def _kind(request: OrderRequest, capabilities: Capabilities) -> str:
    if (request.order_type, request.time_in_force) in capabilities.takes:
        return ""
    kind = f"{request.order_type} orders with time in force {request.time_in_force}"
    return f"{kind} are not taken here; {_known(capabilities)}"


def _class(request: OrderRequest, capabilities: Capabilities) -> str:
    if request.order_class in capabilities.classes:
        return ""
    return f"{request.order_class} orders are not taken here; send the parts as single orders"


def _native(request: OrderRequest, capabilities: Capabilities) -> str:
    if request.native is None or request.native.algorithm in capabilities.native:
        return ""
    return f"no algorithm {request.native.algorithm} of the broker's own here; let Steelyard slice the order"


def _key(request: OrderRequest, capabilities: Capabilities) -> str:
    keys = [request.key, *(leg_key(request.key, role) for role in legs_of(request))]
    longest = max(len(key) for key in keys)
    if request.key and longest <= capabilities.longest_key:
        return ""
    return f"a client order id has 1 to {capabilities.longest_key} characters here, this one {longest}; shorten it"


def _shares(request: OrderRequest, capabilities: Capabilities) -> str:
    shares = request.shares
    if shares.is_finite() and shares > 0 and not shares % capabilities.share_step:
        return ""
    return f"{shares} shares: a positive multiple of {capabilities.share_step:f} is taken here; round it"


def _fraction(request: OrderRequest, capabilities: Capabilities) -> str:
    kind = (request.order_type, request.time_in_force)
    if not request.shares % 1:
        return ""
    if request.order_class is OrderClass.SIMPLE and request.native is None and kind in capabilities.fractions:
        return ""
    return f"{request.shares:f} shares: no fractions in such orders here; round it to whole shares"


def _terms(request: OrderRequest, capabilities: Capabilities) -> str:
    del capabilities
    return misfit(request)


def misfit(request: OrderRequest) -> str:
    """Why the order's own words do not go together, at any broker; empty when they do."""
    return _prices(request) or _trail_and_native(request) or _legs(request) or _sides(request)


def _prices(request: OrderRequest) -> str:
    """Every price that the kind of order needs, and none that it does not."""
    kind = request.order_type
    asked = {
        "limit_price": (request.limit_price, kind in NEEDS_LIMIT),
        "stop_price": (request.stop_price, kind in NEEDS_STOP),
        "trail_pct or trail_usd": (_trail(request), kind is OrderType.TRAILING_STOP),
    }
    for name, (price, needed) in asked.items():
        if (price is not None) != needed:
            return f"a {kind} order {'needs a' if needed else 'carries no'} {name}, this one has {price}"
        if price is not None and not _is_positive(price):
            return f"{name} is {price}; it has to be positive"
    return ""


def _trail_and_native(request: OrderRequest) -> str:
    if request.trail_pct is not None and request.trail_usd is not None:
        return "a trailing stop has one distance: give trail_pct or trail_usd, not both"
    if request.trail_pct is not None and request.trail_pct >= 100:
        return f"trail_pct is {request.trail_pct}; a stop 100 percent away or more is none"
    return "" if request.native is None else _worked_by_itself(request, request.native)


def _worked_by_itself(request: OrderRequest, native: NativeOrder) -> str:
    """A broker's algorithm works one market or limit order of the day."""
    kind, cap = (request.order_type, request.time_in_force), native.max_participation_pct
    if kind not in NATIVE_KINDS or request.order_class is not OrderClass.SIMPLE:
        return f"a broker's algorithm works single market or limit orders of the day, not {' '.join(kind)} ones"
    if native.start is not None and native.end is not None and native.end <= native.start:
        return f"the algorithm's end {native.end} is not after its start {native.start}"
    if cap is not None and not (cap.is_finite() and 0 < cap <= 100):
        return f"max_participation_pct is {cap}; it has to be above 0 and at most 100"
    if cap is None and native.algorithm is NativeAlgorithm.PERCENT_OF_VOLUME:
        return "percent of volume needs max_participation_pct: it is the aim"
    return ""


def _legs(request: OrderRequest) -> str:
    """The exits that the class of order needs, each with a positive price, in an order that lives beyond an auction."""
    legs, kind = legs_of(request), request.order_class
    if legs not in LEGS[kind]:
        return f"an order of class {kind} does not go with these legs: {', '.join(sorted(legs)) or 'none'}"
    if request.stop_loss_limit is not None and LegRole.STOP_LOSS not in legs:
        return "stop_loss_limit goes with a stop_loss, and there is none"
    for name in ("take_profit", "stop_loss", "stop_loss_limit"):
        price = getattr(request, name)
        if price is not None and not _is_positive(price):
            return f"{name} is {price}; it has to be positive"
    if kind is not OrderClass.SIMPLE and request.time_in_force not in LASTING:
        return f"an order of class {kind} lives beyond an auction: make it day or gtc, not {request.time_in_force}"
    if kind is OrderClass.OCO and request.order_type is not OrderType.LIMIT:
        return f"an oco order is itself the take-profit, a limit order, not a {request.order_type} order"
    return ""


def _sides(request: OrderRequest) -> str:
    """A sale takes its profit above its stop, a purchase below it."""
    is_oco = request.order_class is OrderClass.OCO
    profit, loss = request.limit_price if is_oco else request.take_profit, request.stop_loss
    if profit is None or loss is None or (request.order_class is OrderClass.SIMPLE):
        return ""
    leaves = request.side.sign if is_oco else -request.side.sign
    if leaves * (profit - loss) < 0:
        return ""
    where = "above" if leaves < 0 else "below"
    return f"the take-profit {profit} has to be {where} the stop-loss {loss}"


def _is_positive(price: Decimal) -> bool:
    return price.is_finite() and price > 0


def _trail(request: OrderRequest) -> Decimal | None:
    return request.trail_pct if request.trail_usd is None else request.trail_usd


def legs_of(request: OrderRequest) -> frozenset[LegRole]:
    """The exits that the order names."""
    named = {LegRole.TAKE_PROFIT: request.take_profit, LegRole.STOP_LOSS: request.stop_loss}
    return frozenset(role for role, price in named.items() if price is not None)


def _known(capabilities: Capabilities) -> str:
    return "taken are " + ", ".join(sorted(f"{kind} {when}" for kind, when in capabilities.takes))


CHECKS: tuple[Callable[[OrderRequest, Capabilities], str], ...] = (
    _kind,
    _class,
    _native,
    _key,
    _shares,
    _fraction,
    _terms,
)
