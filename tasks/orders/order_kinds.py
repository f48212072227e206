"""What a child order is sent as, and in what steps: by its wave and the broker's table; pure."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from optimizer.slicing.lots import floor_to_step
from tasks.book.execution import ExecutionSettings
from tasks.model.capabilities import Capabilities, Kind
from tasks.model.order_validation import takes_auction
from tasks.model.orders import Algorithm, OrderType, Side, TimeInForce
from tasks.orders.waves import WaveKind

WHOLE = Decimal(1)
AUCTION_OF = {Algorithm.AT_OPEN: TimeInForce.AT_OPEN, Algorithm.AT_CLOSE: TimeInForce.AT_CLOSE}
SWEEPS = frozenset({(OrderType.MARKET, TimeInForce.DAY), (OrderType.LIMIT, TimeInForce.DAY)})
"""What slices and sweeps are sent as."""
AUCTION_WAVE = {Algorithm.AT_OPEN: WaveKind.OPENING, Algorithm.AT_CLOSE: WaveKind.DEADLINE}


def kind_of(algorithm: Algorithm, wave: WaveKind, settings: ExecutionSettings) -> Kind:
    """A market order in its auction's wave; a market order in every sweep; else what the book sends slices as."""
    if AUCTION_WAVE.get(algorithm) is wave:
        return OrderType.MARKET, AUCTION_OF[algorithm]
    if wave is WaveKind.DEADLINE or settings.child_order == "market":
        return OrderType.MARKET, TimeInForce.DAY
    return OrderType.LIMIT, TimeInForce.DAY


def first_kind(algorithm: Algorithm, settings: ExecutionSettings) -> Kind:
    """What most of such an order is sent as."""
    return kind_of(algorithm, AUCTION_WAVE.get(algorithm, WaveKind.WORKING), settings)


def auctions_not_taken(capabilities: Capabilities) -> frozenset[Algorithm]:
    """Auctions that market orders cannot take part in at this broker."""
    return frozenset(algorithm for algorithm, when in AUCTION_OF.items() if not takes_auction(when, capabilities))


def step_of(kind: Kind, capabilities: Capabilities) -> Decimal:
    """Smallest quantity of such an order at this broker: its share step where fractions may be, else whole shares."""
    return capabilities.share_step if kind in capabilities.fractions else max(capabilities.share_step, WHOLE)


def share_step(kind: Kind, capabilities: Capabilities, *, fractional: bool) -> Decimal:
    """Smallest quantity of such an order for the book and the broker together: what both of them trade.

    fractional: `orders.fractional` of the book. Plan, schedule, slice, sweep and liquidation all ask here.
    """
    own = step_of(kind, capabilities)
    return own if fractional else max(own, WHOLE)


def planned_step(capabilities: Capabilities, *, fractional: bool) -> Decimal:
    """The same before anybody knows the kind of order: what a plan's lines are rounded to."""
    return capabilities.share_step if fractional else max(capabilities.share_step, WHOLE)


def closing_step(capabilities: Capabilities) -> Decimal:
    """Smallest quantity in which a position can be closed: a fraction that is held goes where the broker takes it.

    So a book of whole shares gets rid of what a split, a merger or a reinvested dividend has left.
    """
    return capabilities.share_step if SWEEPS & capabilities.fractions else max(capabilities.share_step, WHOLE)


def in_steps(
    shares: Decimal, remaining: Decimal, kind: Kind, capabilities: Capabilities, *, fractional: bool
) -> Decimal:
    """As many of the shares that are due as one such order takes.

    remaining: of the whole order, `shares` or more. At a book of whole shares the fraction of what remains goes as one
    piece, whole, with the first slice that has room for it; every other slice is whole.
    """
    step = share_step(kind, capabilities, fractional=fractional)
    whole = floor_to_step(shares, step)
    fraction = floor_to_step(remaining % step, step_of(kind, capabilities))
    return whole + fraction if whole + fraction <= shares else whole


def outside_the_auction(shares: Decimal, algorithm: Algorithm, capabilities: Capabilities) -> Decimal:
    """The part of an auction's order that its auction does not take: the fraction of a share, or nothing."""
    if algorithm not in AUCTION_OF:
        return Decimal(0)
    return shares % step_of((OrderType.MARKET, AUCTION_OF[algorithm]), capabilities)


def limit_price(side: Side, price: Decimal, away: Decimal, price_step: Decimal) -> Decimal:
    """`away` (a fraction, negative is passive) worse than a price, on the tick that pays less; at least one tick."""
    rounding = ROUND_FLOOR if side is Side.BUY else ROUND_CEILING
    ticks = (price * (1 + side.sign * away) / price_step).to_integral_value(rounding)
    return max(ticks * price_step, price_step)
