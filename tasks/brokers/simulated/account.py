"""The broker's own books as values: orders, cash, positions, and how a fill or a corporate action changes them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from tasks.brokers.protocol import StatementLine
from tasks.brokers.simulated.daily import Action
from tasks.brokers.simulated.matching import Fill, Footprint
from tasks.terms import BrokerOrder, Execution, OrderRequest, OrderState, Side

CENT = Decimal("0.01")
VENUE = "SIM"
NEW_YORK = ZoneInfo("America/New_York")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Order:
    """One order as the broker keeps it."""

    request: OrderRequest
    number: int
    """In order of arrival, from 1; older orders fill first."""
    session: date
    accepted_at: datetime
    worst_price: Decimal
    """USD per share that cash is set aside for."""
    state: OrderState = OrderState.ACCEPTED
    filled_shares: Decimal = ZERO
    fees: Decimal = ZERO
    fills: int = 0
    reason: str = ""

    @property
    def remaining(self) -> Decimal:
        return self.request.shares - self.filled_shares

    def as_told(self) -> BrokerOrder:
        """What the broker tells about it."""
        asked = self.request
        return BrokerOrder(
            key=asked.key,
            broker_order_id=f"{VENUE}-{self.number:08d}",
            symbol=asked.symbol,
            side=asked.side,
            shares=asked.shares,
            filled_shares=self.filled_shares,
            state=self.state,
            reason=self.reason,
        )


@dataclass(slots=True)
class Account:
    """All the broker remembers between two calls."""

    clock: datetime
    session: date | None
    cash: Decimal
    next_number: int = 1
    positions: dict[str, Decimal] = field(default_factory=dict)
    """Signed shares; no zeros."""
    working: dict[str, Order] = field(default_factory=dict)
    """Open orders by key, in order of arrival."""
    footprints: dict[str, Footprint] = field(default_factory=dict)

    def move(self, symbol: str, shares: Decimal, cash: Decimal) -> None:
        """Add signed shares and USD."""
        self.cash += cash
        held = self.positions.get(symbol, ZERO) + shares
        if held:
            self.positions[symbol] = held
        else:
            self.positions.pop(symbol, None)


@dataclass(frozen=True, slots=True)
class Fees:
    """Commission of one order: per share, with a minimum once anything fills."""

    per_share: Decimal
    minimum: Decimal

    def of(self, shares: Decimal) -> Decimal:
        """USD to the cent for an order that has filled `shares` in all."""
        if shares <= 0:
            return ZERO
        return max(self.minimum, self.per_share * shares).quantize(CENT, ROUND_HALF_UP)


def filled(order: Order, fill: Fill, at: datetime, fees: Fees) -> tuple[Order, Execution]:
    """The order after one fill, and its execution; the fee is what this fill adds to the order's."""
    done = order.filled_shares + fill.shares
    total_fees = fees.of(done)
    state = OrderState.FILLED if done == order.request.shares else OrderState.PARTIALLY_FILLED
    execution = Execution(
        execution_id=f"{VENUE}-{order.number:08d}-{order.fills + 1:04d}",
        key=order.request.key,
        symbol=order.request.symbol,
        side=order.request.side,
        shares=fill.shares,
        price=fill.price,
        fee=total_fees - order.fees,
        at=at,
        account=order.request.account,
        venue=VENUE,
    )
    after = replace(order, filled_shares=done, fees=total_fees, fills=order.fills + 1, state=state)
    return after, execution


def cash_change(execution: Execution) -> Decimal:
    """USD, negative for a buy; the fee always lowers it."""
    return -execution.side.sign * execution.shares * execution.price - execution.fee


def reserved(orders: Iterable[Order], fees: Fees) -> Decimal:
    """USD that open buys may still cost."""
    buys = (order for order in orders if order.request.side is Side.BUY)
    return sum((_worst_cost(order, fees) for order in buys), ZERO)


def _worst_cost(order: Order, fees: Fees) -> Decimal:
    return order.remaining * order.worst_price + fees.of(order.request.shares) - order.fees


def apply_actions(
    account: Account, actions: Iterable[Action], previous_closes: Mapping[str, Decimal], step: Decimal
) -> list[StatementLine]:
    """Bring corporate actions, in order of their ex-dates, into the positions and cash; returns what each one did."""
    lines: list[StatementLine] = []
    for action in actions:
        held = account.positions.get(action.symbol)
        if held is None:
            continue
        line = _split(held, action, step, previous_closes) if action.kind == "split" else _dividend(held, action)
        # a company may pay twice on one day
        earlier = sum(known.line_id.startswith(line.line_id) for known in lines)
        account.move(action.symbol, line.shares, line.amount_usd)
        lines.append(replace(line, line_id=f"{line.line_id}-{earlier + 1}"))
    return lines


def _split(held: Decimal, split: Action, step: Decimal, previous_closes: Mapping[str, Decimal]) -> StatementLine:
    """Shares times the ratio; a fraction of a step is paid out at the previous close, or kept where none is known."""
    exact, price = held * split.value, previous_closes.get(split.symbol)
    # Decimal's % has the sign of its left side: a short position is rounded toward zero too
    whole = exact if price is None else exact - exact % step
    paid = ZERO if price is None else ((exact - whole) * price).quantize(CENT, ROUND_HALF_UP)
    in_lieu = f", {paid} USD in lieu of the fraction" if paid else ""
    ratio = f"{split.value.normalize():f}"
    words = f"{split.symbol} split {ratio} for 1: {held} shares become {whole.normalize():f}{in_lieu}"
    return _line(split, whole - held, paid, words)


def _dividend(held: Decimal, dividend: Action) -> StatementLine:
    """USD per share, credited (or, short, charged) on the ex-date."""
    paid = (held * dividend.value).quantize(CENT, ROUND_HALF_UP)
    words = f"{dividend.symbol} dividend {dividend.value} USD on {held} shares: {paid} USD"
    return _line(dividend, ZERO, paid, words)


def _line(action: Action, shares: Decimal, amount_usd: Decimal, words: str) -> StatementLine:
    """Booked as the ex-date begins in New York, before any trade of it."""
    at = datetime.combine(action.ex_date, time(), NEW_YORK).astimezone(UTC)
    name = f"{VENUE}-{action.ex_date.isoformat()}-{action.symbol}-{action.kind}"
    return StatementLine(name, at, action.kind, action.symbol, shares, amount_usd, words)
