"""Orders that wait for another or for a price: exits, brackets, one-cancels-other, stops and trailing stops; pure.

Exits come to the market when their entry is over: filled, or ended otherwise with something filled, and then for what
has filled, so that nothing that was bought stands there without its stop. Of an entry that got nothing they are
cancelled. What one exit fills, the other no longer wants; with nothing left, or when one is cancelled, the other is
cancelled too. So exits together never trade more than their entry. Exits have the time in force of their entry: those
of a day order end with its session, whatever is held then.

The market is what everybody is told: minute bars and the prints of the auctions, our own trades in them. A stop is
triggered by a trade at its price or beyond it: a sale when a bar's low reaches down to it, a purchase when the high
reaches up to it. It is at the market from the end of that bar on, so a stop never gets a price from before it was
triggered, and may do worse than its stop price. Within a bar nobody knows what came first, the high or the low: a
trailing stop is held against the price it had before the bar, and only then follows the bar; it begins at the last
price as it comes in. A halted symbol has no bars and triggers nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from tasks.brokers.simulated.account import STOPS, Order
from tasks.model.client_order_ids import leg_key
from tasks.model.market import MarketBar
from tasks.model.order_states import WORKING
from tasks.model.orders import LegRole, OrderClass, OrderRequest, OrderState, OrderType, Side

OTHER_SIDE = {Side.BUY: Side.SELL, Side.SELL: Side.BUY}


def with_exits(entry: Order, named: Callable[[str, int], str], worst_price: Decimal) -> tuple[Order, ...]:
    """The order and its exits, with the numbers that follow; `named` gives a key that no other order has.

    worst_price: USD per share set aside for exits that buy.
    """
    asked, orders = entry.request, [entry]
    for role in LegRole:
        if (request := exit_request(asked, role)) is None:
            continue
        number = entry.number + len(orders)
        leg = Order(
            replace(request, key=named(request.key, number)),
            number,
            entry.session,
            entry.accepted_at,
            worst_price,
            parent=entry.number,
            role=role,
            is_held=asked.order_class is not OrderClass.OCO,
        )
        orders.append(leg)
    return tuple(orders)


def exit_request(asked: OrderRequest, role: LegRole) -> OrderRequest | None:
    """The order of one exit; None where none is asked for."""
    limit, stop = (asked.take_profit, None) if role is LegRole.TAKE_PROFIT else (asked.stop_loss_limit, asked.stop_loss)
    if role is LegRole.TAKE_PROFIT and limit is not None:
        kind = OrderType.LIMIT
    elif stop is not None:
        kind = OrderType.STOP if limit is None else OrderType.STOP_LIMIT
    else:
        return None
    return OrderRequest(
        key=leg_key(asked.key, role),
        account=asked.account,
        symbol=asked.symbol,
        side=asked.side if asked.order_class is OrderClass.OCO else OTHER_SIDE[asked.side],
        shares=asked.shares,
        order_type=kind,
        time_in_force=asked.time_in_force,
        limit_price=limit,
        stop_price=stop,
        urgency=asked.urgency,
    )


def keep(working: dict[str, Order], order: Order) -> None:
    """Put an order where it belongs: among those that work, or not."""
    if order.state in WORKING:
        working[order.request.key] = order
    else:
        working.pop(order.request.key, None)


def follow(working: dict[str, Order], order: Order, shares: Decimal, at: datetime) -> list[Order]:
    """What an order's change makes of those linked with it; they are changed in `working`, and returned.

    shares: what it has just filled, negative where a fill was taken back; zero when it only ended.
    """
    changed: list[Order] = []
    for other in linked(working.values(), order):
        after = _entry_changed(order, other, shares, at) if other.parent == order.number and not order.exits else None
        after = _exit_changed(order, other, shares) if after is None else after
        if after is not other:
            keep(working, after)
            changed.append(after)
    return changed


def linked(working: Iterable[Order], order: Order) -> list[Order]:
    """Its exits, or the other exits of its group; oldest first."""
    if order.request.order_class is OrderClass.SIMPLE and not order.parent:
        return []
    return [
        other
        for other in working
        if other.number != order.number
        and (other.parent == order.number or (order.exits and other.exits == order.exits))
    ]


def rivals(working: Iterable[Order], order: Order) -> tuple[str, ...]:
    """Keys of the orders that want fewer shares with every fill of this one."""
    return tuple(other.request.key for other in linked(working, order)) if order.exits else ()


def _entry_changed(entry: Order, leg: Order, shares: Decimal, at: datetime) -> Order:
    if not leg.is_held:
        return _less(leg, max(Decimal(0), -shares), "its entry was taken back")
    if entry.state in WORKING:
        return leg
    if not entry.filled_shares:
        return replace(leg, state=OrderState.CANCELLED, reason="its entry did not fill")
    request = replace(leg.request, shares=entry.filled_shares)
    return replace(leg, request=request, is_held=False, works_from=at)


def _exit_changed(order: Order, other: Order, shares: Decimal) -> Order:
    if order.state is OrderState.CANCELLED:
        return replace(other, state=OrderState.CANCELLED, reason="cancelled with the other exit")
    return _less(other, shares, "the other exit has filled")


def _less(order: Order, shares: Decimal, reason: str) -> Order:
    """The order with so many shares fewer to do; cancelled when none is left."""
    if not shares:
        return order
    if order.remaining <= shares:
        return replace(order, state=OrderState.CANCELLED, reason=reason)
    return replace(order, request=replace(order.request, shares=order.request.shares - shares))


def is_waiting(order: Order) -> bool:
    """Whether it is a stop at the market that has not been triggered."""
    return order.request.order_type in STOPS and not order.is_held and not order.is_triggered


def after_bar(order: Order, bar: MarketBar) -> Order:
    """A waiting stop after one bar: triggered, moved, or itself."""
    if reached(order, bar):
        return replace(order, is_triggered=True, works_from=bar.end)
    best = order.best_price
    if best is None:
        return order
    better = max(best, bar.high) if order.request.side is Side.SELL else min(best, bar.low)
    return order if better == best else replace(order, best_price=better)


def reached(order: Order, bar: MarketBar) -> bool:
    """Whether the bar traded at the stop price or beyond it."""
    stop = order.stop_price
    if stop is None:
        return False
    return bar.low <= stop if order.request.side is Side.SELL else bar.high >= stop


def first_best(order_type: OrderType, last: Decimal) -> Decimal | None:
    """What a trailing stop starts from, the last price as it arrives; None for other orders."""
    return last if order_type is OrderType.TRAILING_STOP else None
