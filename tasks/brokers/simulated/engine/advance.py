"""What happens to an account between two instants of a session, auctions, minutes and close; the account is changed."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from tasks.brokers.simulated.account import Account, Order
from tasks.brokers.simulated.engine.book_fills import AdvanceResult, book
from tasks.brokers.simulated.engine.by_minute import CONTINUOUS, can_change, step_through
from tasks.brokers.simulated.engine.matching import (
    Fill,
    Footprint,
    Rules,
    Wanted,
    auction_fills,
    continuous_fills,
    first_minute,
    moment,
)
from tasks.brokers.simulated.market.tape import OPEN_AUCTION, Tape
from tasks.model.commission import Commission
from tasks.model.orders import OrderState, TimeInForce

AUCTIONS = (TimeInForce.AT_OPEN, TimeInForce.AT_CLOSE)


def pass_time(
    account: Account,
    tapes: Mapping[str, Tape],
    hours: tuple[datetime, datetime],
    until: datetime,
    rules: Rules,
    commission: Commission,
) -> AdvanceResult:
    """Serve the account's working orders from its clock to `until` (not moved here), symbol by symbol.

    What is halted at the clock is halted until then. A minute is served once it has ended; so many small steps do
    exactly what one large step does.
    """
    open_at, close_at = hours
    passage = AdvanceResult()
    halted = account.halted()
    by_symbol: dict[str, list[Order]] = defaultdict(list)
    for order in account.working.values():
        by_symbol[order.request.symbol].append(order)
    for symbol, orders in by_symbol.items():
        tape = tapes.get(symbol)
        if tape is None or symbol in halted:
            continue
        if any(can_change(order) for order in orders):
            step_through(tape, account, until, rules, commission, passage)
        elif fills := list(_fills(tape, orders, account, until, rules)):
            book(tape, fills, account, commission, passage)
    _end_algorithms(account, until, passage)
    if account.clock < open_at <= until:
        _expire(account, TimeInForce.AT_OPEN, "not filled in the opening auction", passage)
    if account.clock < close_at <= until:
        _expire(account, TimeInForce.AT_CLOSE, "not filled in the closing auction", passage)
        _expire(account, TimeInForce.DAY, "not filled by the close", passage)
    passage.changed = [account.working[key] for key in sorted(passage.touched) if key in account.working]
    return passage


def _fills(tape: Tape, orders: list[Order], account: Account, until: datetime, rules: Rules) -> Iterator[Fill]:
    """Fills of one symbol in time order: opening auction, minutes, closing auction."""
    clock = account.clock
    footprint = account.footprints.get(tape.symbol)
    served = [o for o in orders if o.request.key not in account.passed_by]
    of = {tif: [_wanted(tape, o) for o in served if o.request.time_in_force is tif] for tif in AUCTIONS}
    all_day = [_wanted(tape, o) for o in served if o.request.time_in_force in CONTINUOUS]
    if of[TimeInForce.AT_OPEN] and clock < tape.open_at <= until:
        fills = auction_fills(tape, OPEN_AUCTION, of[TimeInForce.AT_OPEN], footprint, rules)
        footprint = _last(tape, fills, footprint)
        yield from fills
    if all_day:
        first, last = tape.minutes_passed(clock), tape.minutes_passed(until)
        fills = continuous_fills(tape, all_day, footprint, first, last, rules)
        footprint = _last(tape, fills, footprint)
        yield from fills
    if of[TimeInForce.AT_CLOSE] and clock < tape.close_at <= until:
        yield from auction_fills(tape, tape.minutes, of[TimeInForce.AT_CLOSE], footprint, rules)


def _wanted(tape: Tape, order: Order) -> Wanted:
    asked = order.request
    return Wanted(asked.key, asked.side, order.remaining, asked.limit_price, first_minute(tape, order.accepted_at))


def _last(tape: Tape, fills: list[Fill], footprint: Footprint | None) -> Footprint | None:
    return Footprint(fills[-1].displaced, moment(tape, fills[-1].minute)) if fills else footprint


def _end_algorithms(account: Account, until: datetime, passage: AdvanceResult) -> None:
    for key, order in list(account.working.items()):
        native = order.request.native
        if native is not None and native.end is not None and native.end <= until:
            del account.working[key]
            passage.over.append(replace(order, state=OrderState.CANCELLED, reason="its algorithm's time is over"))


def _expire(account: Account, kind: TimeInForce, reason: str, passage: AdvanceResult) -> None:
    for key, order in list(account.working.items()):
        if order.request.time_in_force is kind:
            del account.working[key]
            passage.over.append(replace(order, state=OrderState.EXPIRED, reason=reason))
