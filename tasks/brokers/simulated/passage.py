"""What happens to an account between two instants of a session, auctions, minutes and close; the account is changed."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from tasks.brokers.simulated.account import Account, Fees, Order, cash_change, filled
from tasks.brokers.simulated.bars import OwnMinute
from tasks.brokers.simulated.matching import Fill, Footprint, Rules, Wanted, auction_fills, continuous_fills, moment
from tasks.brokers.simulated.tape import MINUTE, OPEN_AUCTION, Tape
from tasks.terms import Execution, OrderState, TimeInForce


@dataclass(slots=True)
class Passage:
    """Everything that happened, for the store."""

    executions: list[Execution] = field(default_factory=list)
    changed: list[Order] = field(default_factory=list)
    """Orders with new fills that still work."""
    over: list[Order] = field(default_factory=list)
    """Orders that filled or expired."""
    own_minutes: dict[str, list[OwnMinute]] = field(default_factory=dict)


def pass_time(
    account: Account,
    tapes: Mapping[str, Tape],
    hours: tuple[datetime, datetime],
    until: datetime,
    rules: Rules,
    fees: Fees,
) -> Passage:
    """Serve the account's working orders from its clock to `until` (not moved here), symbol by symbol.

    A minute is served once it has ended; so many small steps do exactly what one large step does.
    """
    open_at, close_at = hours
    passage = Passage()
    touched: set[str] = set()
    by_symbol: dict[str, list[Order]] = defaultdict(list)
    for order in account.working.values():
        by_symbol[order.request.symbol].append(order)
    for symbol, orders in by_symbol.items():
        tape = tapes.get(symbol)
        if tape is None:
            continue
        fills = list(_fills(tape, orders, account, until, rules))
        if fills:
            _book(tape, fills, account, fees, passage)
            touched.update(fill.key for fill in fills)
    if account.clock < open_at <= until:
        _expire(account, TimeInForce.AT_OPEN, "not filled in the opening auction", passage)
    if account.clock < close_at <= until:
        _expire(account, TimeInForce.AT_CLOSE, "not filled in the closing auction", passage)
        _expire(account, TimeInForce.DAY, "not filled by the close", passage)
    passage.changed = [account.working[key] for key in sorted(touched) if key in account.working]
    return passage


def _fills(tape: Tape, orders: list[Order], account: Account, until: datetime, rules: Rules) -> Iterator[Fill]:
    """Fills of one symbol in time order: opening auction, minutes, closing auction."""
    clock = account.clock
    footprint = account.footprints.get(tape.symbol)
    of = {tif: [_wanted(tape, o) for o in orders if o.request.time_in_force is tif] for tif in TimeInForce}
    if of[TimeInForce.AT_OPEN] and clock < tape.open_at <= until:
        fills = auction_fills(tape, OPEN_AUCTION, of[TimeInForce.AT_OPEN], footprint, rules)
        footprint = _last(tape, fills, footprint)
        yield from fills
    if of[TimeInForce.DAY]:
        first, last = tape.minutes_passed(clock), tape.minutes_passed(until)
        fills = continuous_fills(tape, of[TimeInForce.DAY], footprint, first, last, rules)
        footprint = _last(tape, fills, footprint)
        yield from fills
    if of[TimeInForce.AT_CLOSE] and clock < tape.close_at <= until:
        yield from auction_fills(tape, tape.minutes, of[TimeInForce.AT_CLOSE], footprint, rules)


def _wanted(tape: Tape, order: Order) -> Wanted:
    asked = order.request
    # an order that came within a minute is there for the next one: it cannot meet prices that had passed
    first = max(0, -((tape.open_at - order.accepted_at) // MINUTE))
    return Wanted(asked.key, asked.side, order.remaining, asked.limit_price, first)


def _last(tape: Tape, fills: list[Fill], footprint: Footprint | None) -> Footprint | None:
    return Footprint(fills[-1].displaced, moment(tape, fills[-1].minute)) if fills else footprint


def _book(tape: Tape, fills: list[Fill], account: Account, fees: Fees, passage: Passage) -> None:
    """Write one symbol's fills into the account: orders, cash, position, footprint."""
    for fill in fills:
        at = datetime.fromtimestamp(moment(tape, fill.minute), UTC)
        order, execution = filled(account.working[fill.key], fill, at, fees)
        account.move(tape.symbol, fill.side.sign * fill.shares, cash_change(execution))
        passage.executions.append(execution)
        if order.state is OrderState.FILLED:
            del account.working[fill.key]
            passage.over.append(order)
        else:
            account.working[fill.key] = order
    passage.own_minutes[tape.symbol] = _own_minutes(tape, fills)
    account.footprints[tape.symbol] = Footprint(fills[-1].displaced, moment(tape, fills[-1].minute))


def _own_minutes(tape: Tape, fills: list[Fill]) -> list[OwnMinute]:
    by_minute: dict[int, list[Fill]] = defaultdict(list)
    for fill in fills:
        by_minute[fill.minute].append(fill)
    return [
        OwnMinute(
            minute=minute,
            at=moment(tape, minute),
            displaced=of[-1].displaced,
            shares=sum((fill.shares for fill in of), start=of[0].shares * 0),
            notional=sum((fill.shares * fill.price for fill in of), start=of[0].shares * 0),
            high=max(fill.price for fill in of),
            low=min(fill.price for fill in of),
        )
        for minute, of in by_minute.items()
    ]


def _expire(account: Account, kind: TimeInForce, reason: str, passage: Passage) -> None:
    for key, order in list(account.working.items()):
        if order.request.time_in_force is kind:
            del account.working[key]
            passage.over.append(replace(order, state=OrderState.EXPIRED, reason=reason))
