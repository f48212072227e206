"""Splits a wave's orders over several brokers: a pure function of the routes and of what each broker has room for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from optimizer.slicing.lots import floor_to_step
from tasks.book.broker import RouteSettings
from tasks.brokers.multi.capacity import Capacity
from tasks.model.orders import OrderRequest, OrderType, Side, TimeInForce
from tasks.ports.router import Routed

ZERO, HUNDRED = Decimal(0), Decimal(100)
MARKET_SLIP = Decimal("1.02")
"""Cash set aside for a buy without a limit, times the ask or the stop: as the wave's decision does."""
AUCTIONS = frozenset({TimeInForce.AT_OPEN, TimeInForce.AT_CLOSE})


@dataclass(frozen=True, slots=True)
class Share:
    """One broker's part in one order."""

    room: Capacity
    percent: Decimal
    """Of the order; 0 takes only what the others have no room for."""


def split(
    requests: Sequence[OrderRequest],
    rooms: Sequence[Capacity],
    routes: Sequence[RouteSettings],
    asks: Mapping[str, Decimal],
) -> Routed:
    """Each order as one or more, by the first route that fits it; what goes nowhere is noted with its reason.

    rooms: one a broker, the preferred first; orders use them up in the order given. asks: USD per share, by symbol.
    The pieces of an order never add up to more than it; each is a multiple of what its broker takes, no broker sells
    more than it holds there, and none buys for more than its own cash.
    """
    left = {room.tag: room for room in rooms}
    pieces: list[OrderRequest] = []
    notes: list[str] = []
    for request in requests:
        price = worst_price(request, asks)
        given, why = _place(request, _shares_of(request, left, routes), price)
        for tag, shares in given.items():
            pieces.append(left[tag].piece(request, shares))
            left[tag] = left[tag].after(request, shares, price)
        notes += why
    return Routed(tuple(pieces), tuple(notes))


def first_fitting(request: OrderRequest, routes: Sequence[RouteSettings]) -> RouteSettings | None:
    """The route that decides: every condition that it gives holds for the order."""
    needed = {
        "": True,
        "fractions": bool(request.shares % 1),
        "auction": request.time_in_force in AUCTIONS,
        "native": request.native is not None,
    }
    return next(
        (
            route
            for route in routes
            if (not route.symbols or request.symbol in route.symbols)
            and route.side in ("", request.side.value)
            and needed[route.needs]
        ),
        None,
    )


def worst_price(request: OrderRequest, asks: Mapping[str, Decimal]) -> Decimal | None:
    """What one share may cost at most, USD; None where nobody can say."""
    if request.limit_price is not None:
        return request.limit_price
    if request.order_type is OrderType.STOP and request.stop_price is not None:
        return request.stop_price * MARKET_SLIP
    ask = asks.get(request.symbol)
    return None if ask is None else ask * MARKET_SLIP


def _shares_of(request: OrderRequest, rooms: Mapping[str, Capacity], routes: Sequence[RouteSettings]) -> list[Share]:
    """Who may take some of it, in the route's order; shares are sold wherever they are held, route or not."""
    route = first_fitting(request, routes)
    to = {next(iter(rooms)): 100.0} if route is None else route.to
    named = [Share(rooms[tag], Decimal(str(percent))) for tag, percent in to.items()]
    if request.side is Side.BUY:
        return named
    return [*named, *(Share(room, ZERO) for tag, room in rooms.items() if tag not in to)]


def _place(
    request: OrderRequest, shares: Sequence[Share], price: Decimal | None
) -> tuple[dict[str, Decimal], list[str]]:
    """Shares by tag, and a sentence for whoever is passed over, for what moves elsewhere and for what is left."""
    asked = [share for share in shares if not share.room.is_silent]
    notes = [
        f"{request.symbol}: {share.room.label} does not answer and is passed over"
        for share in shares
        if share.room.is_silent and _has_a_part(share, request)
    ]
    given = _given(request, asked, price)
    while reasons := [(s, why) for s in asked if (why := _refusal(s.room, request, given[s.room.tag]))]:
        notes += [f"{request.symbol}: {share.room.label} is passed over: {why}" for share, why in reasons]
        refusing = {share.room.tag for share, _ in reasons}
        asked = [share for share in asked if share.room.tag not in refusing]
        given = _given(request, asked, price)
    notes += _short_of_cash(request, asked, given)
    rest = request.shares - sum(given.values(), ZERO)
    if rest:
        notes.append(_left_over(request, rest, asked))
    return {tag: shares for tag, shares in given.items() if shares}, notes


def _has_a_part(share: Share, request: OrderRequest) -> bool:
    """Whether it would have taken some: by the route, or because shares to sell are held there."""
    held = request.side is Side.SELL and share.room.shares.get(request.symbol, ZERO) > 0
    return share.percent > 0 or held


def _refusal(room: Capacity, request: OrderRequest, shares: Decimal) -> str:
    return room.why_not(request, shares) if shares else ""


def _ideal(request: OrderRequest, asked: Sequence[Share]) -> dict[str, Fraction]:
    """Shares by tag as the percentages say, before any rounding; nothing where all of them are 0."""
    whole = sum((share.percent for share in asked), ZERO) or HUNDRED
    return {s.room.tag: Fraction(request.shares) * Fraction(s.percent) / Fraction(whole) for s in asked}


def _given(request: OrderRequest, asked: Sequence[Share], price: Decimal | None) -> dict[str, Decimal]:
    """Shares by tag: each its percentage as far as it has room; the steps that rounding left go to those that lost
    most by it, and what others had no room for goes in the route's order."""
    limits = {s.room.tag: s.room.limit(request, price) for s in asked}
    steps = {s.room.tag: s.room.step_for(request) for s in asked}
    ideal = _ideal(request, asked)
    given = {tag: min(floor_to_step(wish, steps[tag]), limits[tag]) for tag, wish in ideal.items()}
    for tag in sorted(given, key=lambda t: Fraction(given[t]) - ideal[t]):
        rest = request.shares - sum(given.values(), ZERO)
        if ideal[tag] > Fraction(given[tag]) and steps[tag] <= min(rest, limits[tag] - given[tag]):
            given[tag] += steps[tag]
    for tag in given:
        rest = request.shares - sum(given.values(), ZERO)
        given[tag] += floor_to_step(min(rest, limits[tag] - given[tag]), steps[tag])
    return given


def _short_of_cash(request: OrderRequest, asked: Sequence[Share], given: Mapping[str, Decimal]) -> list[str]:
    """A sentence for every broker that cannot pay for what the route gives it."""
    if request.side is Side.SELL:
        return []
    wishes = [(s.room, floor_to_step(_ideal(request, asked)[s.room.tag], s.room.step_for(request))) for s in asked]
    return [
        f"{request.symbol}: {room.label} has the cash for {_plain(given[room.tag])} of its {_plain(wish)} shares"
        for room, wish in wishes
        if given[room.tag] < wish
    ]


def _left_over(request: OrderRequest, rest: Decimal, asked: Sequence[Share]) -> str:
    what = f"{request.symbol}: {_plain(rest)} of {_plain(request.shares)} shares are not sent"
    if not asked:
        return f"{what}, for want of a broker that takes the order"
    names = ", ".join(share.room.label for share in asked)
    if request.side is Side.SELL:
        return f"{what}: {names} hold no more, or take no such fraction"
    return f"{what}: {names} cannot pay for more, or take no such fraction"


def _plain(shares: Decimal) -> str:
    """As a person writes it: without an exponent, without zeros behind."""
    return f"{shares.normalize():f}"
