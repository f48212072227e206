"""Which orders the broker takes, each small check with its reason, and the orders that one becomes; pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from tasks.brokers.simulated.account import STOPS, ZERO, Account, Order, charged
from tasks.brokers.simulated.engine.contingent import first_best, with_exits
from tasks.model.capabilities import Kind
from tasks.model.commission import Commission
from tasks.model.market import Quote
from tasks.model.order_validation import NEEDS_LIMIT, misfit
from tasks.model.orders import OrderClass, OrderRequest, OrderType, Side, TimeInForce

TAKES: frozenset[Kind] = frozenset(
    (kind, when)
    for kind in OrderType
    for when in TimeInForce
    if kind not in STOPS or when in (TimeInForce.DAY, TimeInForce.GOOD_TILL_CANCELLED)
)
"""Every type with every time in force, but no stops for an auction."""
LARGEST_GROSS = 4
"""Times the equity: the most that long and short positions, open orders included, may add up to when selling short."""
MARKET_COLLAR = Decimal("1.02")
"""Cash set aside for a market buy, times the ask."""
PENNY = Decimal("0.01")
SUB_PENNY = Decimal("0.0001")
"""Price step below one dollar (Regulation NMS, rule 612)."""


class Refusal(Exception):  # noqa: N818 - an answer of the exchange, not a failure of the program
    """The broker does not take this; nothing has changed. `code` is for programs, the sentence for people."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Admission:
    """What the broker looks at when an order comes in."""

    account_name: str
    account: Account
    session: date
    open_at: datetime
    close_at: datetime
    share_step: Decimal
    commission: Commission
    quote: Quote | None
    """None when the symbol has no price in this session."""
    marks: Callable[[], Mapping[str, float]]
    """USD per share of every position; asked for only when somebody sells short."""


def admit(request: OrderRequest, admission: Admission) -> Decimal:
    """Pass every check and return the worst price, USD per share, that the order may fill at.

    Raises: Refusal with the first reason that applies.
    """
    for check in (
        _account_is_ours,
        _shares_are_tradable,
        _price_fits_the_type,
        _terms_fit_together,
        _session_still_takes_it,
        _algorithm_has_time,
        _symbol_is_known,
    ):
        check(request, admission)
    assert admission.quote is not None  # _symbol_is_known
    worst = worst_price(request, admission.quote)
    if request.side is Side.BUY:
        _cash_is_enough(request, admission, worst)
    else:
        _does_not_turn_around(request, admission)
        _short_is_covered(request, admission, admission.quote)
    return worst


def _account_is_ours(request: OrderRequest, admission: Admission) -> None:
    if request.account != admission.account_name:
        raise Refusal(
            "unknown_account", f"account {request.account!r} is not held here, only {admission.account_name!r}"
        )


def _shares_are_tradable(request: OrderRequest, admission: Admission) -> None:
    if not request.shares.is_finite() or request.shares <= 0:
        raise Refusal("shares_not_positive", f"shares must be positive, not {request.shares}")
    if request.shares % admission.share_step:
        raise Refusal("wrong_share_step", f"{request.shares} is not a multiple of {admission.share_step} shares")


def _price_fits_the_type(request: OrderRequest, admission: Admission) -> None:
    del admission
    price = request.limit_price
    if request.order_type not in NEEDS_LIMIT:
        if price is not None:
            kind = request.order_type.replace("_", " ")
            raise Refusal("price_on_market_order", f"a {kind} order carries no limit price, this one has {price}")
    elif price is None or not price.is_finite() or price <= 0:
        raise Refusal("limit_price_missing", f"a limit order needs a positive limit price, not {price}")
    names = ("limit_price", "stop_price", "take_profit", "stop_loss", "stop_loss_limit", "trail_usd")
    for name, price in ((name, getattr(request, name)) for name in names):
        if price is not None and price.is_finite() and price % _step(price):
            words = name.replace("_", " ")
            raise Refusal("wrong_price_step", f"{words} {price} is not a multiple of {_step(price)}")


def _step(price: Decimal) -> Decimal:
    return PENNY if price >= 1 else SUB_PENNY


def _terms_fit_together(request: OrderRequest, admission: Admission) -> None:
    del admission
    kind = (request.order_type, request.time_in_force)
    words = misfit(request) if kind in TAKES else f"a {kind[0]} order cannot have time in force {kind[1]}"
    if words:
        raise Refusal("wrong_terms", words)


def _session_still_takes_it(request: OrderRequest, admission: Admission) -> None:
    clock = admission.account.clock
    if clock >= admission.close_at:
        raise Refusal(
            "market_closed", f"the market closed at {admission.close_at:%Y-%m-%d %H:%M} UTC, it is {clock:%H:%M}"
        )
    if request.time_in_force is TimeInForce.AT_OPEN and clock >= admission.open_at:
        raise Refusal(
            "opening_auction_over", f"the opening auction was at {admission.open_at:%H:%M} UTC, it is {clock:%H:%M}"
        )


def _algorithm_has_time(request: OrderRequest, admission: Admission) -> None:
    """The window of a native algorithm has not passed, and begins before the close."""
    if (native := request.native) is None:
        return
    start, end = (
        max(native.start or admission.open_at, admission.open_at, admission.account.clock),
        native.end or admission.close_at,
    )
    if min(end, admission.close_at) <= start:
        raise Refusal("wrong_terms", f"the algorithm has no time between {start:%H:%M} and {end:%H:%M} UTC")


def worst_price(request: OrderRequest, quote: Quote) -> Decimal:
    """USD per share that a buy may cost: its limit, or above the ask and its stops what a market order is held to."""
    if request.order_type in NEEDS_LIMIT and request.limit_price is not None:
        worst = request.limit_price
    else:
        away = request.trail_usd or quote.ask * (request.trail_pct or ZERO) / 100
        worst = (max(quote.ask + away, request.stop_price or ZERO) * MARKET_COLLAR).quantize(SUB_PENNY)
    return max(worst, exit_price(request)) if request.order_class is OrderClass.OCO else worst


def exit_price(request: OrderRequest) -> Decimal:
    """USD per share that an exit may cost where it buys: its stop-loss, or else its take-profit."""
    if request.stop_loss is None:
        return request.take_profit or ZERO
    return request.stop_loss_limit or (request.stop_loss * MARKET_COLLAR).quantize(SUB_PENNY)


def _symbol_is_known(request: OrderRequest, admission: Admission) -> None:
    if admission.quote is None:
        raise Refusal("unknown_symbol", f"{request.symbol!r} has no price in this session")


def _cash_is_enough(request: OrderRequest, admission: Admission, worst: Decimal) -> None:
    cost = request.shares * worst + charged(admission.commission, request.shares)
    free = admission.account.cash - reserved(admission.account.working.values(), admission.commission)
    if cost > free:
        raise Refusal(
            "insufficient_buying_power",
            f"{request.shares} {request.symbol} may cost {cost:.2f} USD, {free:.2f} USD is free of open orders",
        )


def _does_not_turn_around(request: OrderRequest, admission: Admission) -> None:
    """What is held is sold first: one order never makes a long position short, and no fraction of a share is short."""
    held = admission.account.positions.get(request.symbol, ZERO)
    free = held - leaving(admission.account.working.values()).get(request.symbol, ZERO)
    if held > 0 and request.shares > free:
        raise Refusal(
            "crosses_zero",
            f"{free} of {held} {request.symbol} are free to sell, not {request.shares}: close the position, then open "
            "the short with an order of its own",
        )
    if held <= 0 and request.shares % 1:
        raise Refusal("fractional_short", f"{request.shares} {request.symbol}: fractions cannot be sold short")


def _short_is_covered(request: OrderRequest, admission: Admission, quote: Quote) -> None:
    """A sale beyond the position is short: gross exposure with it stays within LARGEST_GROSS times the equity."""
    going = leaving(admission.account.working.values())
    positions = admission.account.positions
    selling = going.get(request.symbol, ZERO) + request.shares
    if positions.get(request.symbol, ZERO) >= selling:
        return
    going[request.symbol] = selling
    marks = {**admission.marks(), request.symbol: float(quote.last)}
    equity = float(admission.account.cash) + sum(float(held) * marks[symbol] for symbol, held in positions.items())
    gross = float(reserved(admission.account.working.values(), admission.commission))
    for symbol in positions.keys() | going.keys():
        held = positions.get(symbol, ZERO)
        gross += float(max(abs(held), abs(held - going.get(symbol, ZERO)))) * marks[symbol]
    if gross > LARGEST_GROSS * equity:
        raise Refusal(
            "insufficient_buying_power",
            f"selling {request.shares} {request.symbol} short takes gross exposure to {gross:.2f} USD, "
            f"beyond {LARGEST_GROSS} times the equity of {equity:.2f} USD",
        )


Unused = Callable[[str, int], str]
"""A key that no other order has, from a client order id and an order's number. Raises: Refusal."""


def arrivals(request: OrderRequest, worst_price: Decimal, admission: Admission, unused: Unused) -> tuple[Order, ...]:
    """The order, then its exits, numbered on from the account's next number.

    worst_price: USD per share that cash is set aside for.
    """
    number, account = admission.account.next_number, admission.account
    best = None if admission.quote is None else first_best(request.order_type, admission.quote.last)
    entry = Order(request, number, admission.session, account.clock, worst_price, best_price=best)
    orders = with_exits(entry, unused, exit_price(request))
    # the exits' keys are made of the client's own, so the order's comes last
    return (replace(orders[0], request=replace(request, key=unused(request.key, number))), *orders[1:])


def reserved(orders: Iterable[Order], commission: Commission) -> Decimal:
    """USD that open buys may still cost."""
    costs = ((order, _worst_cost(order, commission)) for order in orders if order.request.side is Side.BUY)
    return sum(_once_a_group(costs).values(), ZERO)


def leaving(orders: Iterable[Order]) -> dict[str, Decimal]:
    """Unsigned shares by symbol that open sales may still take."""
    sales = [order for order in orders if order.request.side is Side.SELL]
    shares: dict[str, Decimal] = {}
    for (symbol, _), remaining in _once_a_group((order, order.remaining) for order in sales).items():
        shares[symbol] = shares.get(symbol, ZERO) + remaining
    return shares


def _once_a_group(amounts: Iterable[tuple[Order, Decimal]]) -> dict[tuple[str, int], Decimal]:
    """By symbol and group, the largest: of exits that cancel each other only one can fill; held ones cannot yet."""
    largest: dict[tuple[str, int], Decimal] = {}
    for order, amount in amounts:
        if not order.is_held:
            group = order.request.symbol, order.exits or order.number
            largest[group] = max(amount, largest.get(group, amount))
    return largest


def _worst_cost(order: Order, commission: Commission) -> Decimal:
    return order.remaining * order.worst_price + charged(commission, order.request.shares) - order.fees
