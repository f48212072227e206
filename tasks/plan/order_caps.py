"""The checks of the gate that a smaller order passes: each says how many shares it lets through; pure."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from optimizer.slicing.lots import floor_to_step
from tasks.model.orders import Side
from tasks.model.plan import PlanLine, of_shares, plain
from tasks.plan.check_context import (
    ZERO,
    CheckContext,
    above_reserve,
    children_of,
    kept_cost,
    live_price,
    share,
    signed,
)
from tasks.plan.line_words import pct
from tasks.wording import counted, dollars


@dataclass(frozen=True, slots=True)
class Cap:
    """The most shares of an order, and why no more."""

    check: str
    most: Decimal
    message: str


CapCheck = Callable[[PlanLine, CheckContext], Cap | None]
"""None: the whole order may go."""


def order_is_not_too_large(order: PlanLine, context: CheckContext) -> Cap | None:
    """At the dearer of live and decision price, against `max_order_nav_pct` and `max_order_usd`."""
    price, gate = max(live_price(order, context), order.decision_price), context.gate
    part = dollars(context.nav_usd * share(gate.max_order_nav_pct))
    limits = [(context.nav_usd * share(gate.max_order_nav_pct), f"{gate.max_order_nav_pct:g} % of the book, {part}")]
    if gate.max_order_usd is not None:
        limits.append((gate.max_order_usd, f"the largest order, {dollars(gate.max_order_usd)}"))
    most, limit = min(limits)
    return _cap(order, "order_size", most / price, f"{dollars(order.shares * price)} is above {limit}")


def order_is_a_small_part_of_volume(order: PlanLine, context: CheckContext) -> Cap | None:
    """All that the book trades in the symbol today, by whichever plan."""
    if not order.adv_shares:
        return None  # Reported once for the run; see `gate.pass_gate`.
    limit, done = context.gate.max_participation_pct, context.traded_shares.get(order.symbol, ZERO)
    part = float(order.shares + done) / order.adv_shares
    most = share(limit) * Decimal(repr(float(order.adv_shares))) - done
    return _cap(order, "participation", most, f"{pct(part)} of daily volume, the limit is {limit:.2f} %")


def sells_no_more_than_held(order: PlanLine, context: CheckContext) -> Cap | None:
    """By the broker's positions; a book that may be short is not capped."""
    if order.side is Side.BUY or not context.long_only:
        return None
    held = max(context.positions.get(order.symbol, ZERO), ZERO)
    figures = f"sells {of_shares(order.shares)}, the broker holds {plain(held)}"
    return _cap(order, "position_size", held, f"{figures} and the book is long only")


def position_stays_within_limit(order: PlanLine, context: CheckContext) -> Cap | None:
    """A trade that makes a position smaller may go, however large the position is."""
    held, price = context.positions.get(order.symbol, ZERO), live_price(order, context)
    after = held + signed(order)
    if abs(after) <= abs(held):
        return None
    weight, limit = abs(after) * price / context.nav_usd, context.gate.max_position_pct
    sign = order.side.sign if order.side else 0
    most = share(limit) * context.nav_usd / price - sign * held
    return _cap(order, "concentration", most, f"the position would be {pct(float(weight))}, the limit is {limit:.2f} %")


def session_turnover_is_within_limit(order: PlanLine, context: CheckContext) -> Cap | None:
    """Every order by the same part, so that what is left of the session's turnover is spread over all of them."""
    limit = context.gate.max_run_turnover_pct
    figures = f"the session would turn over more than {limit:g} % of net asset value"
    return _cap(order, "run_turnover", order.shares * context.turnover_part, figures)


def session_has_orders_left(order: PlanLine, context: CheckContext) -> Cap | None:
    """All orders of the session count, those of earlier runs too; it lets an order pass whole or not at all."""
    limit = context.gate.max_run_orders
    most = order.shares if context.orders_sent < limit else ZERO
    return _cap(order, "run_orders", most, f"the session's {counted(limit, 'order is', 'orders are')} used up")


def buying_power_suffices(order: PlanLine, context: CheckContext) -> Cap | None:
    """Against the cash left by the orders before it: `pass_gate` keeps `context.cash_usd` up to date."""
    if order.side is Side.SELL:
        return None
    ask, commission, children = context.quotes[order.symbol].ask, context.orders.commission, children_of(order, context)
    needed = order.shares * ask + commission.at_most(order.shares, children)
    left = f"{dollars(context.cash_usd)} is left after the orders before it"
    most = commission.shares_for(context.cash_usd, ask, children)
    return _cap(order, "buying_power", most, f"needs {dollars(needed)} with fees, {left}")


def cash_is_shared(order: PlanLine, context: CheckContext) -> Cap | None:
    """As the plan shares it (`cash_cut.cut_to`), at live prices: no buy waits for its place in the list."""
    most = context.paid_shares.get(order.symbol, order.shares)
    part = pct(float(context.paid_part))
    short = f"cash after the sells that may go and above the reserve pays for {part} of all buys that may go"
    return _cap(order, "buying_power", most, short)


def cash_reserve_is_kept(order: PlanLine, context: CheckContext) -> Cap | None:
    """At live prices and with all costs, against what the orders before it leave above the reserve."""
    if order.side is Side.SELL or not context.reserve_usd:
        return None
    price, cost, left = live_price(order, context), kept_cost(order, context), above_reserve(context)
    figures = (
        f"needs {dollars(order.shares * price + cost)} with its cost, {dollars(max(left, ZERO))} is left above the "
        f"cash reserve of {dollars(context.reserve_usd)} after the orders before it"
    )
    return _cap(order, "cash_reserve", (left - cost) / price, figures)


BESIDE_CASH: tuple[CapCheck, ...] = (
    order_is_not_too_large,
    order_is_a_small_part_of_volume,
    sells_no_more_than_held,
    position_stays_within_limit,
    session_turnover_is_within_limit,
    session_has_orders_left,
)
CAPS: tuple[CapCheck, ...] = (
    *BESIDE_CASH,
    cash_is_shared,
    buying_power_suffices,
    cash_reserve_is_kept,
)
"""All are asked, and the smallest answer stands, the first of equals; each may use the live price."""


def tightest(order: PlanLine, context: CheckContext, asked: tuple[CapCheck, ...] = CAPS) -> Cap | None:
    """What lets the fewest shares through, in whole steps; None when the whole order may go."""
    caps = [cap for check in asked if (cap := check(order, context)) is not None]
    if not caps:
        return None
    least = min(caps, key=lambda cap: cap.most)
    return Cap(least.check, floor_to_step(least.most, context.step), least.message)


def _cap(order: PlanLine, check: str, most: Decimal, message: str) -> Cap | None:
    return Cap(check, max(most, ZERO), message) if order.shares > most else None
