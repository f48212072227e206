"""An order as TWS takes it: an entry and its exits are orders of their own, an algorithm is a name with tags. Pure.

The exits of an entry name it as their parent. TWS keeps every order without `transmit` to itself until one of its
family has it: only the last one does, so that an entry never works without its stop. The two orders of an OCO have no
parent that could hold them back; each is transmitted, the take-profit first, as it bears the key that is looked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from tasks.brokers.ibkr.codes import WIRE_KINDS
from tasks.model.client_order_ids import leg_key
from tasks.model.orders import (
    LegRole,
    NativeAlgorithm,
    NativeOrder,
    OrderClass,
    OrderRequest,
    OrderType,
    Side,
    TimeInForce,
)

NEW_YORK = ZoneInfo("America/New_York")
REDUCE_THE_OTHER = 2
"""OCA type: what one exit fills, the other no longer wants, and only one of them is at the market at a time."""
Tags = tuple[tuple[str, str], ...]
STRATEGIES = {
    NativeAlgorithm.VWAP: "Vwap",
    NativeAlgorithm.TWAP: "Twap",
    NativeAlgorithm.ARRIVAL_PRICE: "ArrivalPx",
    NativeAlgorithm.PERCENT_OF_VOLUME: "PctVol",
    NativeAlgorithm.ADAPTIVE: "Adaptive",
}
RISK_AVERSION = {"patient": "Passive", "normal": "Neutral", "urgent": "Aggressive"}
MOST_VOLUME_PCT = Decimal(50)
"""The largest part of the market's volume that TWS lets an algorithm have."""


@dataclass(frozen=True, slots=True)
class Part:
    """One order of those that a request becomes, without its number."""

    key: str
    side: Side
    shares: Decimal
    kind: str
    """What TWS calls it: `STP LMT`."""
    when: str
    account: str
    limit: Decimal | None = None
    stop: Decimal | None = None
    """The stop price, or a trailing stop's distance in USD: TWS has one field for both."""
    trail_pct: Decimal | None = None
    is_child: bool = False
    """Whether the first part is its parent."""
    group: str = ""
    """Name of the OCA group."""
    is_transmitted: bool = True
    strategy: str = ""
    tags: Tags = ()


def parts(request: OrderRequest) -> tuple[Part, ...]:
    """The order itself, then its take-profit, then its stop-loss; numbers are given in this order."""
    legs = tuple(_legs(request))
    kind, when = WIRE_KINDS[request.order_type, request.time_in_force]
    has_children = bool(legs) and request.order_class is not OrderClass.OCO
    main = Part(
        key=request.key,
        side=request.side,
        shares=request.shares,
        kind=kind,
        when=when,
        account=request.account,
        limit=request.limit_price,
        stop=request.trail_usd if request.order_type is OrderType.TRAILING_STOP else request.stop_price,
        trail_pct=request.trail_pct,
        group=request.key if legs and not has_children else "",
        is_transmitted=not has_children,
        strategy="" if request.native is None else STRATEGIES[request.native.algorithm],
        tags=() if request.native is None else tags(request.native),
    )
    return (main, *legs)


def _legs(request: OrderRequest) -> Iterator[Part]:
    profit = request.take_profit
    if profit is not None:
        is_last = request.stop_loss is None
        yield _leg(request, LegRole.TAKE_PROFIT, OrderType.LIMIT, profit, None, is_last=is_last)
    if request.stop_loss is not None:
        kind = OrderType.STOP if request.stop_loss_limit is None else OrderType.STOP_LIMIT
        yield _leg(request, LegRole.STOP_LOSS, kind, request.stop_loss_limit, request.stop_loss, is_last=True)


def _leg(
    request: OrderRequest,
    role: LegRole,
    order_type: OrderType,
    limit: Decimal | None,
    stop: Decimal | None,
    *,
    is_last: bool,
) -> Part:
    is_oco = request.order_class is OrderClass.OCO
    kind, when = WIRE_KINDS[order_type, request.time_in_force]
    other = Side.SELL if request.side is Side.BUY else Side.BUY
    return Part(
        key=leg_key(request.key, role),
        side=request.side if is_oco else other,
        shares=request.shares,
        kind=kind,
        when=when,
        account=request.account,
        limit=limit,
        stop=stop,
        is_child=not is_oco,
        group="" if request.order_class is OrderClass.OTO else request.key,
        is_transmitted=is_oco or is_last,
    )


def prices(request: OrderRequest) -> dict[str, Decimal]:
    """Every price that has to be on the contract's step, by its field."""
    named = {
        "limit": request.limit_price,
        "stop": request.stop_price,
        "take-profit": request.take_profit,
        "stop-loss": request.stop_loss,
        "limit of the stop-loss": request.stop_loss_limit,
    }
    return {name: price for name, price in named.items() if price is not None}


# ---- algorithms of IB -------------------------------------------------------------------------------------------


def tags(native: NativeOrder) -> Tags:
    """The parameters of IB's algorithm; what it has no word for is left out.

    What is not asked for is left to TWS. No remainder lives beyond the end.
    """
    share = None if native.max_participation_pct is None else _share(native.max_participation_pct)
    times = (("startTime", _time(native.start)), ("endTime", _time(native.end)))
    ends = ("allowPastEndTime", "0")
    match native.algorithm:
        case NativeAlgorithm.VWAP:
            found = (("maxPctVol", share), *times, ends, ("noTakeLiq", _yes(native.pace == "patient")))
        case NativeAlgorithm.TWAP:
            found = (("strategyType", "Marketable"), *times, ends)
        case NativeAlgorithm.ARRIVAL_PRICE:
            hurry = (("riskAversion", RISK_AVERSION[native.pace]), *times, ("forceCompletion", "0"))
            found = (("maxPctVol", share), *hurry, ends)
        case NativeAlgorithm.PERCENT_OF_VOLUME:
            found = (("pctVol", share), *times, ("noTakeLiq", _yes(native.pace == "patient")))
        case NativeAlgorithm.ADAPTIVE:
            found = (("adaptivePriority", native.pace.title()),)
    return tuple((tag, value) for tag, value in found if value)


def _share(percent: Decimal) -> str:
    """12.5 percent is `0.125`."""
    return f"{(min(percent, MOST_VOLUME_PCT) / 100).normalize():f}"


def _time(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(NEW_YORK):%H:%M:%S} US/Eastern"


def _yes(is_so: bool) -> str:
    return "1" if is_so else "0"


def why_ib_would_not(request: OrderRequest) -> str:
    """What IB's algorithms do not take, with the remedy; empty when nothing speaks against it."""
    native = request.native
    if native is None or native.algorithm is not NativeAlgorithm.PERCENT_OF_VOLUME:
        return ""  # for all others it is a cap, and the algorithm keeps to the lower one
    aim = native.max_participation_pct or Decimal(0)
    if aim <= MOST_VOLUME_PCT:
        return ""
    return f"max_participation_pct is {aim}; IB's percent of volume aims at {MOST_VOLUME_PCT} at most"


SINGLE_DAY = frozenset({(OrderType.MARKET, TimeInForce.DAY), (OrderType.LIMIT, TimeInForce.DAY)})
"""Kinds that may have fractions where the account trades them."""
