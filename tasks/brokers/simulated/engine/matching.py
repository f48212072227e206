"""What our working orders in one symbol get from its tape: pure, minute by minute, oldest order first.

A market order, and a limit order whose limit the far touch meets, takes liquidity: it pays the minute's average
price, half the spread and its own impact. A limit order the touch does not meet rests: it fills at its limit when the
market trades through it, with the part of the minute's range that lies beyond. All our orders of a symbol share one
cap on each minute's volume. Both kinds displace the price. An auction is one print for everybody, without a spread,
with a cap of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from math import inf

from tasks.brokers.simulated.market.impact import Impact, decayed
from tasks.brokers.simulated.market.tape import MINUTE, OPEN_AUCTION, Auction, Tape
from tasks.model.orders import Side

PRICE = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one working order still asks for."""

    key: str
    side: Side
    shares: Decimal
    limit: Decimal | None
    from_minute: int
    """First minute that begins when the order is there; auctions ignore it."""
    most: Decimal | None = None
    """Shares it wants at most in this minute."""
    rivals: tuple[str, ...] = ()
    """Keys of orders that want so many fewer shares as this one gets."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """What our trades have left in a symbol: signed displaced shares, and when (epoch seconds)."""

    displaced: float
    at: float


@dataclass(frozen=True, slots=True)
class Fill:
    """One fill; `displaced` is the symbol's footprint just after it."""

    key: str
    minute: int
    side: Side
    shares: Decimal
    price: Decimal
    displaced: float


@dataclass(frozen=True, slots=True)
class Rules:
    """How this exchange fills."""

    participation: float
    """Largest share of a minute's or an auction's volume that we can be, 0..1."""
    share_step: Decimal
    impact_coefficient: float
    half_life_min: float

    def impact_on(self, tape: Tape) -> Impact:
        """For a day's volume of at least one share, so that a day without trades divides by nothing."""
        return Impact(self.impact_coefficient * tape.volatility, float(max(1, tape.total_volume)))


@dataclass(frozen=True, slots=True)
class _Offer:
    """What the market offers us at one moment, before our impact."""

    price: float
    half_spread: float
    low: float
    high: float
    shares: float


def moment(tape: Tape, minute: int) -> float:
    """When the fills of a minute are stamped, epoch seconds: the middle of it; an auction's at its print."""
    opened = tape.open_at.timestamp()
    if minute == OPEN_AUCTION:
        return opened
    return opened + 60 * minute + (30 if minute < tape.minutes else 0)


def first_minute(tape: Tape, arrived: datetime) -> int:
    """The first minute that begins when an order is there: one that came within a minute cannot meet its prices."""
    return max(0, -((tape.open_at - arrived) // MINUTE))


def continuous_fills(
    tape: Tape, wanted: Sequence[Wanted], footprint: Footprint | None, first: int, last: int, rules: Rules
) -> list[Fill]:
    """Fills in minutes [first, last), in time order; `wanted` in order of arrival."""
    left = {order.key: order.shares for order in wanted}
    fills: list[Fill] = []
    for minute in range(first, last):
        waiting = [order for order in wanted if left[order.key] > 0]
        if not waiting:
            break
        present = [order for order in waiting if order.from_minute <= minute]
        if not present or tape.volume[minute] == 0:
            continue
        offer = _Offer(
            price=float(tape.vwap[minute]),
            half_spread=float(tape.half_spread[minute]),
            low=float(tape.low[minute]),
            high=float(tape.high[minute]),
            shares=float(tape.volume[minute]),
        )
        footprint = _fill_all(tape, minute, present, left, offer, footprint, rules, fills)
    return fills


def auction_fills(
    tape: Tape, minute: int, wanted: Sequence[Wanted], footprint: Footprint | None, rules: Rules
) -> list[Fill]:
    """Fills at an auction's print; `minute` is OPEN_AUCTION or `tape.minutes`."""
    auction: Auction = tape.opening if minute == OPEN_AUCTION else tape.closing
    offer = _Offer(auction.price, 0.0, auction.price, auction.price, float(auction.volume))
    left = {order.key: order.shares for order in wanted}
    fills: list[Fill] = []
    _fill_all(tape, minute, wanted, left, offer, footprint, rules, fills)
    return fills


def displaced_at(footprint: Footprint | None, at: float, half_life_min: float) -> float:
    """Signed shares still displaced at an instant (epoch seconds)."""
    if footprint is None:
        return 0.0
    return decayed(footprint.displaced, max(0.0, at - footprint.at) / 60, half_life_min)


def _fill_all(
    tape: Tape,
    minute: int,
    present: Sequence[Wanted],
    left: dict[str, Decimal],
    offer: _Offer,
    footprint: Footprint | None,
    rules: Rules,
    fills: list[Fill],
) -> Footprint | None:
    """Serve the orders of one moment in turn; returns the footprint they leave."""
    at = moment(tape, minute)
    displaced = displaced_at(footprint, at, rules.half_life_min)
    impact = rules.impact_on(tape)
    capacity = _whole(rules.participation * offer.shares, rules.share_step)
    for order in present:
        shares, price = _one(order, left[order.key], capacity, offer, displaced, impact, rules.share_step)
        if shares <= 0:
            continue
        for key in (order.key, *(rival for rival in order.rivals if rival in left)):
            left[key] -= shares
        capacity -= shares
        displaced += order.side.sign * float(shares)
        fills.append(Fill(order.key, minute, order.side, shares, price, displaced))
        footprint = Footprint(displaced, at)
    return footprint


def _one(
    order: Wanted,
    left: Decimal,
    capacity: Decimal,
    offer: _Offer,
    displaced: float,
    impact: Impact,
    step: Decimal,
) -> tuple[Decimal, Decimal]:
    """Shares and price of one order at one moment; zero shares when it gets nothing."""
    sign = order.side.sign
    shares = min(left, capacity) if order.most is None else min(left, capacity, order.most)
    if order.limit is None:
        return shares, _taking_price(offer, sign, shares, displaced, impact)
    limit = float(order.limit)
    worst = sign * ((limit - sign * offer.half_spread) / offer.price - 1)
    room = impact.room(displaced, sign, worst)
    taking = shares if room == inf else min(shares, _whole(room, step))
    if taking > 0:
        price = _taking_price(offer, sign, taking, displaced, impact)
        return taking, min(price, order.limit) if sign > 0 else max(price, order.limit)
    resting = min(shares, _whole(_beyond(offer, sign, limit, impact.shift(displaced)) * float(capacity), step))
    return resting, order.limit


def _taking_price(offer: _Offer, sign: int, shares: Decimal, displaced: float, impact: Impact) -> Decimal:
    shift = impact.average_shift(displaced, sign * float(shares))
    price = offer.price * (1 + shift) + sign * offer.half_spread
    return max(PRICE, Decimal(price).quantize(PRICE, ROUND_HALF_EVEN))


def _beyond(offer: _Offer, sign: int, limit: float, shift: float) -> float:
    """Part of the minute's range, 0..1, in which the market trades strictly through our limit."""
    low, high = offer.low * (1 + shift), offer.high * (1 + shift)
    depth = limit - low if sign > 0 else high - limit
    if depth <= 0 or high <= low:
        return 0.0
    return min(1.0, depth / (high - low))


def _whole(shares: float, step: Decimal) -> Decimal:
    return Decimal(shares).quantize(step, ROUND_DOWN)
