"""Which orders the broker works by its own algorithm, and what it is told; pure.

An order is handed over once, whole, in the first wave of continuous trading that can send it, and is the broker's until
the deadline, when the rest is taken back and swept or left like any other. How fast it trades is the broker's to pace:
the book's participation cap is given to it as the algorithm's own, and is not measured slice by slice. While it is at
work, or nobody knows of it, its shares count as sent, so that no slice of the same order can go out beside it.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from tasks.book.execution import ExecutionSettings
from tasks.model.capabilities import Capabilities, Kind
from tasks.model.orders import Algorithm, NativeAlgorithm, NativeOrder, OrderRequest, OrderType, TimeInForce

NATIVE: Mapping[Algorithm, NativeAlgorithm] = MappingProxyType(
    {
        Algorithm.VWAP: NativeAlgorithm.VWAP,
        Algorithm.TWAP: NativeAlgorithm.TWAP,
        Algorithm.POV: NativeAlgorithm.PERCENT_OF_VOLUME,
        Algorithm.IMPLEMENTATION_SHORTFALL: NativeAlgorithm.ARRIVAL_PRICE,
        Algorithm.IMMEDIATE: NativeAlgorithm.ADAPTIVE,
    }
)
"""The broker's word for what we slice; auctions are no algorithm."""


def is_wished(algorithm: Algorithm, settings: ExecutionSettings) -> bool:
    """Whether the book wants the broker to work such an order."""
    return settings.worked_by == "broker" and algorithm in NATIVE


def why_sliced(algorithm: Algorithm, capabilities: Capabilities, *, is_free: bool) -> str:
    """Why an order that the broker shall work is sliced all the same; empty when it can be handed over.

    is_free: the book is neither halted nor reducing. Then every slice is asked again whether it may go; an order that
    is out of our hands cannot be.
    """
    if not is_free:
        return "the book is not free to trade, and each slice is asked again"
    if NATIVE[algorithm] not in capabilities.native:
        return f"the broker has no {NATIVE[algorithm]} of its own"
    if not {(OrderType.LIMIT, TimeInForce.DAY), (OrderType.MARKET, TimeInForce.DAY)} & capabilities.takes:
        return "the broker takes neither limit nor market orders for the day"
    return ""


def native_kind(capabilities: Capabilities) -> Kind:
    """A limit at the edge of the approved band where the broker takes limits, else a market order."""
    limit = (OrderType.LIMIT, TimeInForce.DAY)
    return limit if limit in capabilities.takes else (OrderType.MARKET, TimeInForce.DAY)


def instructions(algorithm: Algorithm, start: datetime, end: datetime, settings: ExecutionSettings) -> NativeOrder:
    """From this wave to the deadline, within the book's participation cap; what shall be done at once is urgent."""
    pace: Literal["normal", "urgent"] = "urgent" if algorithm is Algorithm.IMMEDIATE else "normal"
    return NativeOrder(NATIVE[algorithm], start, end, Decimal(str(settings.max_participation_pct)), pace)


def has_time_left(request: OrderRequest, now: datetime) -> bool:
    """Whether the broker may still work this order by itself; False for a slice, and for one without an end."""
    return request.native is not None and request.native.end is not None and now < request.native.end
