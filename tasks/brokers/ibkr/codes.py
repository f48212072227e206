"""What the words and numbers of TWS mean for an order: pure tables."""

from decimal import Decimal

from tasks.model.orders import OrderState, OrderType, TimeInForce

ZERO = Decimal(0)
CANCELLED = frozenset({"Cancelled", "ApiCancelled"})
FILLED, INACTIVE, LOCATE = "Filled", "Inactive", "locate"

SYSTEM = -1
LINE_LOST, LINE_BACK = frozenset({1100, 1300}), frozenset({1101, 1102})
CLIENT_ID_IN_USE, TOO_FAST = 326, 100
NO_DATA, NO_PERMISSION, DELAYED = 162, frozenset({354, 10089, 10090, 10168, 10186, 10197}), frozenset({3, 4})

AUCTIONS = {
    (OrderType.MARKET, TimeInForce.AT_OPEN): ("MKT", "OPG"),
    (OrderType.LIMIT, TimeInForce.AT_OPEN): ("LMT", "OPG"),
    (OrderType.MARKET, TimeInForce.AT_CLOSE): ("MOC", "DAY"),
    (OrderType.LIMIT, TimeInForce.AT_CLOSE): ("LOC", "DAY"),
}
TYPES = {
    OrderType.MARKET: "MKT",
    OrderType.LIMIT: "LMT",
    OrderType.STOP: "STP",
    OrderType.STOP_LIMIT: "STP LMT",
    OrderType.TRAILING_STOP: "TRAIL",
}
LASTING = {TimeInForce.DAY: "DAY", TimeInForce.GOOD_TILL_CANCELLED: "GTC"}
WIRE_KINDS = AUCTIONS | {(kind, when): (TYPES[kind], LASTING[when]) for kind in TYPES for when in LASTING}
"""What TWS calls each kind of order that we send: order type and time in force."""


def is_over(status: str) -> bool:
    """Whether nothing can come of the order any more. An inactive one can: it may be waiting for shares to borrow."""
    return status == FILLED or status in CANCELLED


def state_of(status: str, filled: Decimal, shares: Decimal, completed: str = "") -> OrderState:
    """Our word for a status; `completed` is the sentence of a completed order.

    Every other status is alive, `PendingCancel` too: until the exchange says so, the order can fill.
    """
    if status == FILLED or (shares and filled >= shares):
        return OrderState.FILLED
    if status in CANCELLED:
        return OrderState.EXPIRED if completed.lower().startswith("expired") else OrderState.CANCELLED
    return OrderState.PARTIALLY_FILLED if filled else OrderState.ACCEPTED
