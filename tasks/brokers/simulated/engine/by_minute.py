"""Serves a symbol in which orders can change on the way: minute by minute, each with the orders as they stand then.

Plain orders get here exactly what they get without it: the minutes are filled by the same rules in the same order.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from tasks.brokers.simulated.account import Account, Order
from tasks.brokers.simulated.engine.algorithms import wanted_in
from tasks.brokers.simulated.engine.book_fills import AdvanceResult, book, own_minutes
from tasks.brokers.simulated.engine.contingent import after_bar, is_waiting, rivals
from tasks.brokers.simulated.engine.matching import (
    Fill,
    Footprint,
    Rules,
    Wanted,
    auction_fills,
    continuous_fills,
    first_minute,
)
from tasks.brokers.simulated.market.quotes import bar_at
from tasks.brokers.simulated.market.tape import OPEN_AUCTION, Tape
from tasks.model.commission import Commission
from tasks.model.orders import LegRole, OrderClass, OrderType, TimeInForce

CONTINUOUS = frozenset({TimeInForce.DAY, TimeInForce.GOOD_TILL_CANCELLED})


def can_change(order: Order) -> bool:
    """Whether more can become of an order than fills: it waits for a price or an entry, has rivals, or is worked."""
    is_single = order.request.order_class is OrderClass.SIMPLE and order.request.native is None
    return order.works_as is None or order.exits != 0 or order.works_from is not None or not is_single


def step_through(
    tape: Tape, account: Account, until: datetime, rules: Rules, commission: Commission, passage: AdvanceResult
) -> None:
    """Serve one symbol's orders from the account's clock to `until`."""
    for minute in _moments(tape, account.clock, until):
        orders = [order for order in account.working.values() if order.request.symbol == tape.symbol]
        if not orders:
            return
        footprint = account.footprints.get(tape.symbol)
        wanted = [w for order in sorted(orders, key=_turn) if (w := _wanted(tape, minute, order, account, rules))]
        fills = _fills(tape, minute, wanted, footprint, rules)
        if fills:
            book(tape, fills, account, commission, passage)
        _watch(tape, minute, footprint, fills, account, rules, passage)


def _moments(tape: Tape, clock: datetime, until: datetime) -> Iterator[int]:
    """The opening auction, the minutes and the closing auction that end in (clock, until]."""
    if clock < tape.open_at <= until:
        yield OPEN_AUCTION
    yield from range(tape.minutes_passed(clock), tape.minutes_passed(until))
    if clock < tape.close_at <= until:
        yield tape.minutes


def _turn(order: Order) -> tuple[int, bool]:
    """Older orders first; of exits the stop-loss, since nobody knows which price a minute saw first: the worse one."""
    return order.exits or order.number, order.role is not LegRole.STOP_LOSS


def _wanted(tape: Tape, minute: int, order: Order, account: Account, rules: Rules) -> Wanted | None:
    """What an order asks of one moment; None when it is not there, or does not trade then."""
    asked, most = order.request, None
    kind = {OPEN_AUCTION: TimeInForce.AT_OPEN, tape.minutes: TimeInForce.AT_CLOSE}.get(minute)
    is_its_time = asked.time_in_force in CONTINUOUS if kind is None else asked.time_in_force is kind
    if not is_its_time or order.works_as is None or asked.key in account.passed_by:
        return None
    if asked.native is not None:
        most = wanted_in(order, asked.native, tape, minute, rules.participation, rules.share_step)
    limit = asked.limit_price if order.works_as is OrderType.LIMIT else None
    others = rivals(account.working.values(), order)
    first = first_minute(tape, order.at_market_since)
    return Wanted(asked.key, asked.side, order.remaining, limit, first, most, others)


def _fills(tape: Tape, minute: int, wanted: Sequence[Wanted], footprint: Footprint | None, rules: Rules) -> list[Fill]:
    if minute in (OPEN_AUCTION, tape.minutes):
        return auction_fills(tape, minute, wanted, footprint, rules)
    return continuous_fills(tape, wanted, footprint, minute, minute + 1, rules)


def _watch(
    tape: Tape,
    minute: int,
    footprint: Footprint | None,
    fills: Sequence[Fill],
    account: Account,
    rules: Rules,
    passage: AdvanceResult,
) -> None:
    """Hold the stops that wait against the bar that has just ended; `footprint` is what it began with."""
    waiting = [
        order
        for order in account.working.values()
        if order.request.symbol == tape.symbol
        and is_waiting(order)
        and (minute == OPEN_AUCTION or first_minute(tape, order.at_market_since) <= minute)
    ]
    if not waiting:
        return
    own = own_minutes(tape, fills)
    bar = bar_at(tape, minute, footprint, own[0] if own else None, rules)
    if bar is None or bar.volume == Decimal(0):
        return
    for order in waiting:
        after = after_bar(order, bar)
        if after is not order:
            account.working[order.request.key] = after
            passage.note([after])
