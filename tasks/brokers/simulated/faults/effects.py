"""What faults make of answers, orders and executions while they last: pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_UP, Decimal

from tasks.book.faults import FaultKind
from tasks.brokers.simulated.account import ZERO, Order, cash_change, filled
from tasks.brokers.simulated.engine.matching import PRICE, Fill
from tasks.brokers.simulated.exchange_ids import is_of_order
from tasks.brokers.simulated.snapshot import standing
from tasks.model.account import AccountState
from tasks.model.commission import Commission
from tasks.model.market import Quote
from tasks.model.order_states import WORKING
from tasks.model.orders import BrokerOrder, Execution, OrderRequest, OrderState, OrderType, Side, TimeInForce


@dataclass(frozen=True, slots=True)
class ActiveFault:
    """A fault that lasts; [begins, ends) on the exchange's clock."""

    kind: FaultKind
    begins: datetime
    ends: datetime
    lag: timedelta = timedelta(0)
    """How late executions are; how far a skewed clock is ahead (negative: behind)."""
    subject: str = ""
    """An order by the broker's id, or one execution; empty when `symbol` and `client_order_id` say whom it concerns."""
    symbol: str = ""
    client_order_id: str = ""

    def is_on(self, at: datetime) -> bool:
        """From its beginning, until before its end."""
        return self.begins <= at < self.ends

    def is_about(self, broker_order_id: str) -> bool:
        """Whether it hides something of this order itself, not of the list of executions only."""
        return self.kind in ORDER_VEILS and self.subject.startswith(broker_order_id)


ORDER_VEILS = frozenset({FaultKind.PARTIAL_THEN_SILENCE, FaultKind.FILL_AFTER_CANCEL})


def skew_at(spells: Iterable[ActiveFault], at: datetime) -> timedelta:
    """How far the told clock is ahead."""
    return sum((s.lag for s in spells if s.kind is FaultKind.CLOCK_SKEW and s.is_on(at)), timedelta(0))


def next_skew_end(spells: Iterable[ActiveFault], at: datetime) -> datetime | None:
    """The first end of a skewed clock among those on; None when the clock is right."""
    return min((s.ends for s in spells if s.kind is FaultKind.CLOCK_SKEW and s.is_on(at)), default=None)


def is_down(spells: Iterable[ActiveFault], at: datetime) -> bool:
    """Whether no call gets through at that instant."""
    return any(spell.kind is FaultKind.DISCONNECT and spell.is_on(at) for spell in spells)


def hidden(rows: Sequence[Execution], spells: Iterable[ActiveFault], now: datetime) -> frozenset[str]:
    """Ids of what nobody hears of yet, with what amends it; `rows` are whole orders, oldest first."""
    ids: set[str] = set()
    for spell in spells:
        for_kind = HIDES.get(spell.kind)
        if for_kind is not None:
            ids |= for_kind(rows, spell, now)
    for row in rows:
        if row.supersedes in ids:
            ids.add(row.execution_id)
    return frozenset(ids)


def order_as_seen(
    order: BrokerOrder, rows: Sequence[Execution], spells: Sequence[ActiveFault], now: datetime
) -> BrokerOrder:
    """The order without what is hidden of it; `rows` are all its executions."""
    about = [spell for spell in spells if spell.is_about(order.broker_order_id)]
    secret = hidden(rows, about, now)
    silent = any(is_silent(rows, spell, now) for spell in about)
    if not secret and not silent:
        return order
    seen = standing(row for row in rows if row.execution_id not in secret)
    shares = sum((row.shares for row in seen), Decimal(0))
    return replace(order, filled_shares=shares, state=_stale(order, shares, silent))


def is_silent(rows: Sequence[Execution], spell: ActiveFault, now: datetime) -> bool:
    """Whether an order has had its first fill and is not heard of since."""
    return spell.kind is FaultKind.PARTIAL_THEN_SILENCE and bool(rows) and now < rows[0].at + spell.lag


def account_before(truth: AccountState, rows: Sequence[Execution], at: datetime) -> AccountState:
    """Cash and positions before the executions after `at` (of `rows`, all of the session), under today's time."""
    by_id = {row.execution_id: row for row in rows}
    cash, positions = truth.cash, dict(truth.positions)
    for row in rows:
        if row.at > at:
            shares, moved = change_of(row, by_id.get(row.supersedes))
            cash -= moved
            positions[row.symbol] = positions.get(row.symbol, Decimal(0)) - shares
    return replace(truth, cash=cash, positions={symbol: held for symbol, held in positions.items() if held})


def _stale(order: BrokerOrder, seen: Decimal, silent: bool) -> OrderState:
    """A silent order seems to work on, unless it was cancelled; one that filled in secret seems cancelled."""
    if silent and order.state is not OrderState.CANCELLED:
        return OrderState.FILLED if seen == order.shares else OrderState.PARTIALLY_FILLED
    return OrderState.CANCELLED if order.state is OrderState.FILLED else order.state


def _after_the_first(rows: Sequence[Execution], spell: ActiveFault, now: datetime) -> set[str]:
    of = [row for row in rows if is_of_order(row.execution_id, spell.subject)]
    return {row.execution_id for row in of[1:]} if is_silent(of, spell, now) else set()


def _this_one(rows: Sequence[Execution], spell: ActiveFault, now: datetime) -> set[str]:
    return {row.execution_id for row in rows if row.execution_id == spell.subject and now < spell.ends}


def _the_young(rows: Sequence[Execution], spell: ActiveFault, now: datetime) -> set[str]:
    """Of the order it is about, or of the time around the call."""
    if spell.subject:
        of = [row for row in rows if is_of_order(row.execution_id, spell.subject)]
    else:
        of = [row for row in rows if spell.begins < row.at < spell.ends and _is_meant(row, spell)]
    return {row.execution_id for row in of if now < row.at + spell.lag}


def _is_meant(row: Execution, spell: ActiveFault) -> bool:
    return spell.symbol in ("", row.symbol) and spell.client_order_id in row.key


HIDES: dict[FaultKind, Callable[[Sequence[Execution], ActiveFault, datetime], set[str]]] = {
    FaultKind.PARTIAL_THEN_SILENCE: _after_the_first,
    FaultKind.FILL_AFTER_CANCEL: _this_one,
    FaultKind.LATE_EXECUTIONS: _the_young,
}


def amended(order: Order, old: Execution, shares: Decimal, price: Decimal, at: datetime) -> tuple[Order, Execution]:
    """The order and the row that supersedes one of its executions: `shares` of it stand, at `price`, none is a bust.

    The fee stays with a correction and is paid back with a bust. An order that still works asks for the shares again;
    one that is over stays over.
    """
    fee = old.fee if shares else ZERO
    row = replace(
        old,
        execution_id=order.next_execution_id,
        shares=shares,
        price=price,
        fee=fee,
        at=at,
        supersedes=old.execution_id,
    )
    done = order.filled_shares - old.shares + shares
    state = order.state
    if state in WORKING:
        state = OrderState.PARTIALLY_FILLED if done else OrderState.ACCEPTED
    after = replace(order, filled_shares=done, fees=order.fees - old.fee + fee, fills=order.fills + 1, state=state)
    return after, row


def change_of(row: Execution, old: Execution | None = None) -> tuple[Decimal, Decimal]:
    """Signed shares and USD that a row moves in the account; `old` is what it supersedes."""
    shares, cash = row.side.sign * row.shares, cash_change(row)
    if old is None:
        return shares, cash
    return shares - old.side.sign * old.shares, cash - cash_change(old)


def corrected_terms(old: Execution, fraction: Decimal, price_bps: Decimal, step: Decimal) -> tuple[Decimal, Decimal]:
    """Shares (at least one step, at most the old ones) and USD per share of a correction."""
    shares = max(step, (old.shares * fraction).quantize(step, ROUND_DOWN))
    price = (old.price * (1 + price_bps / 10_000)).quantize(PRICE, ROUND_HALF_EVEN)
    return min(old.shares, shares), max(PRICE, price)


def forced_order(
    number: int, account: str, symbol: str, held: Decimal, fraction: Decimal, step: Decimal, session: date, at: datetime
) -> Order:
    """The broker's own order that closes a fraction of a position (signed shares), at least one step of it."""
    request = OrderRequest(
        key=f"LIQUIDATION-{number}",
        account=account,
        symbol=symbol,
        side=Side.SELL if held > 0 else Side.BUY,
        shares=min(abs(held), (abs(held) * fraction).quantize(step, ROUND_UP)),
        order_type=OrderType.MARKET,
        time_in_force=TimeInForce.DAY,
    )
    return Order(request, number, session, at, worst_price=ZERO, reason="closed by the broker")


def filled_now(
    order: Order, shares: Decimal, quote: Quote, at: datetime, commission: Commission
) -> tuple[Order, Execution]:
    """One fill at the touch, or at the order's limit where the touch is worse."""
    asked = order.request
    touch, limit = (quote.ask if asked.side is Side.BUY else quote.bid), asked.limit_price
    price = touch if limit is None else min(touch, limit) if asked.side is Side.BUY else max(touch, limit)
    return filled(order, Fill(asked.key, 0, asked.side, shares, price, 0.0), at, commission)


def largest_position(positions: Mapping[str, Decimal], quotes: Mapping[str, Quote]) -> str | None:
    """The symbol worth most, long or short, among those with a price."""
    worth = {symbol: abs(held) * quotes[symbol].last for symbol, held in positions.items() if symbol in quotes}
    return max(sorted(worth), key=worth.__getitem__, default=None)
