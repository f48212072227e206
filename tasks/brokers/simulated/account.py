"""The broker's own books as values: orders, cash, positions, and how a fill or a corporate action changes them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from tasks.book.broker import SimulatedSettings
from tasks.brokers.simulated.engine.matching import PRICE, Fill, Footprint
from tasks.brokers.simulated.exchange_ids import VENUE, execution_id, order_id, sent_key
from tasks.model.commission import Commission
from tasks.model.orders import BrokerOrder, Execution, LegRole, OrderClass, OrderRequest, OrderState, OrderType

CENT = Decimal("0.01")
"""Between a client order id and the order's number, where a broker takes an id a second time: our own name for it."""
NEW_YORK = ZoneInfo("America/New_York")
ZERO = Decimal(0)
HELD = "held until its entry is over"
STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})
LIKE = {
    OrderType.STOP: OrderType.MARKET,
    OrderType.TRAILING_STOP: OrderType.MARKET,
    OrderType.STOP_LIMIT: OrderType.LIMIT,
}
"""What a stop becomes once the market has reached its price."""


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
    parent: int = 0
    """Number of the order that this one is an exit of; 0: of none."""
    role: LegRole | None = None
    is_held: bool = False
    """An exit that waits until its entry is over."""
    works_from: datetime | None = None
    """When it came to the market after its arrival: an exit as its entry was over, a stop as it was triggered."""
    is_triggered: bool = False
    """A stop that the market has reached."""
    best_price: Decimal | None = None
    """Of a trailing stop: the highest (to buy: the lowest) price of the market since it works, USD per share."""

    @property
    def key(self) -> str:
        """The client order id as it was sent; `request.key` is unique even when the id was not."""
        return sent_key(self.request.key)

    @property
    def broker_order_id(self) -> str:
        """With the account: orders are told apart over all accounts of a broker."""
        return order_id(self.request.account, self.number)

    @property
    def next_execution_id(self) -> str:
        """Counts up by fill; two calls between two fills give the same id."""
        return execution_id(self.broker_order_id, self.fills + 1)

    @property
    def remaining(self) -> Decimal:
        """Shares that may still fill."""
        return self.request.shares - self.filled_shares

    @property
    def at_market_since(self) -> datetime:
        """From when on it can fill: later than accepted for one that a trigger or a parent held."""
        return self.works_from or self.accepted_at

    @property
    def exits(self) -> int:
        """What the orders of one group of exits share; 0 for all others. The first to fill takes it from the others."""
        return self.number if self.request.order_class is OrderClass.OCO else self.parent

    @property
    def works_as(self) -> OrderType | None:
        """MARKET or LIMIT; None while it is held or waits for its stop price."""
        kind = self.request.order_type
        if self.is_held or (kind in STOPS and not self.is_triggered):
            return None
        return LIKE.get(kind, kind)

    @property
    def stop_price(self) -> Decimal | None:
        """USD per share, as it stands now: a trailing stop's keeps its distance from the best price."""
        asked = self.request
        if asked.order_type is not OrderType.TRAILING_STOP or self.best_price is None:
            return asked.stop_price
        away = self.best_price * (asked.trail_pct or ZERO) / 100 if asked.trail_usd is None else asked.trail_usd
        return max(PRICE, (self.best_price + asked.side.sign * away).quantize(PRICE, ROUND_HALF_EVEN))

    def as_broker_order(self, legs: Sequence["Order"] = ()) -> BrokerOrder:
        """What the broker tells about it and its exits."""
        asked = self.request
        return BrokerOrder(
            key=self.key,
            broker_order_id=self.broker_order_id,
            symbol=asked.symbol,
            side=asked.side,
            shares=asked.shares,
            filled_shares=self.filled_shares,
            state=self.state,
            reason=HELD if self.is_held and not self.reason else self.reason,
            legs=tuple(leg.as_broker_order() for leg in legs),
        )


@dataclass(frozen=True, slots=True)
class TradingHalt:
    """A symbol does not trade in [begins, ends)."""

    symbol: str
    begins: datetime
    ends: datetime


@dataclass(slots=True)
class Account:
    """All the broker remembers between two calls."""

    clock: datetime
    session: date | None
    cash: Decimal
    next_number: int = 1
    positions: dict[str, Decimal] = field(default_factory=dict[str, Decimal])
    """Signed shares; no zeros."""
    working: dict[str, Order] = field(default_factory=dict[str, Order])
    """Open orders by key, in order of arrival."""
    footprints: dict[str, Footprint] = field(default_factory=dict[str, Footprint])
    trading_halts: list[TradingHalt] = field(default_factory=list[TradingHalt])
    """Oldest first, those that are over too."""
    passed_by: set[str] = field(default_factory=set[str])
    """Keys of orders that no auction fills."""

    def halted(self) -> frozenset[str]:
        """Symbols that do not trade at the clock."""
        return frozenset(halt.symbol for halt in self.trading_halts if halt.begins <= self.clock < halt.ends)

    def move(self, symbol: str, shares: Decimal, cash: Decimal) -> None:
        """Add signed shares and USD."""
        self.cash += cash
        held = self.positions.get(symbol, ZERO) + shares
        if held:
            self.positions[symbol] = held
        else:
            self.positions.pop(symbol, None)


def charged(commission: Commission, shares: Decimal) -> Decimal:
    """USD to the cent for an order that has filled `shares` in all."""
    return commission.of(shares).quantize(CENT, ROUND_HALF_UP)


def filled(order: Order, fill: Fill, at: datetime, commission: Commission) -> tuple[Order, Execution]:
    """The order after one fill, and its execution; the fee is what this fill adds to the order's."""
    done = order.filled_shares + fill.shares
    # a corrected fill keeps its fee, so an order may have paid above the scale: a fill never pays that back
    total_fees = max(order.fees, charged(commission, done))
    state = OrderState.FILLED if done == order.request.shares else OrderState.PARTIALLY_FILLED
    execution = Execution(
        execution_id=order.next_execution_id,
        key=order.key,
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


def new_account(first_session: date, settings: SimulatedSettings) -> Account:
    """What an account opens with: cash and shares of its settings, the clock at the beginning of the prices."""
    held = {symbol: shares for symbol, shares in settings.opening_shares.items() if shares}
    began = datetime.combine(first_session, time(), UTC)
    return Account(clock=began, session=None, cash=settings.opening_cash_usd, positions=held)
