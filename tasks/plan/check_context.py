"""What the gate knows of the world, and the figures that its questions share; pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from tasks.book.execution import ExecutionSettings
from tasks.book.orders import GateSettings, OrderSettings
from tasks.model.capabilities import Capabilities
from tasks.model.market import Quote
from tasks.model.money import rounded
from tasks.model.orders import Side
from tasks.model.plan import PlanLine
from tasks.orders.order_kinds import planned_step

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckContext:
    """What the gate knows of the world at the moment of the question."""

    gate: GateSettings
    orders: OrderSettings
    nav_usd: Decimal
    cash_usd: Decimal
    """Cash that may be spent, before today's sells; `pass_gate` moves it with every order that passes."""
    reserve_usd: Decimal = ZERO
    """Cash that has to be left once all has traded at live prices and the forecast costs are paid."""
    calm_usd: Decimal | None = None
    """The cash of that promise so far; None is `cash_usd`, before any order has passed."""
    paid_shares: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    """Of a buy that the cash after the sells cuts, by symbol, the shares that it pays for; `pass_gate` works it out."""
    paid_part: Decimal = Decimal(1)
    """The part of all buys together, in USD, that this cash pays for."""
    positions: Mapping[str, Decimal]
    """Signed shares by symbol, from a complete answer of the broker."""
    quotes: Mapping[str, Quote]
    """Live quotes; an order without one is refused."""
    now: datetime
    opens: datetime
    closes: datetime
    max_quote_age_s: float = 900.0
    last_close: datetime | None = None
    """Of the session before this one; before the open no quote need be younger. None: every quote must be young."""
    data_age_sessions: int = 0
    """Sessions between the newest price of the decision and the session traded, 0 for the preceding close."""
    max_data_age_sessions: int = 1
    working: Collection[str] = ()
    """Symbols that have a working order at the broker."""
    traded_usd: Decimal = ZERO
    """Sum of absolute trades of the book in this session already."""
    orders_sent: int = 0
    """Orders of the book in this session already."""
    long_only: bool = True
    least_position_pct: float = 0.0
    """Of net asset value: a buy that a cut would leave below it is not begun. Of whole orders, not of their slices."""
    execution: ExecutionSettings
    capabilities: Capabilities
    """What the broker takes."""
    most_children: Mapping[str, int] = field(default_factory=dict[str, int])
    """Child orders that a symbol's trade may come to, the sweep among them, as each has a commission of its own."""
    traded_shares: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    """Unsigned shares of a symbol that the book has traded in this session already, by all of its plans."""
    turnover_part: Decimal = Decimal(1)
    """The part of every order that the session's turnover still has room for; `pass_gate` works it out."""

    @property
    def step(self) -> Decimal:
        """What cuts are rounded down to: the step of book and broker together."""
        return planned_step(self.capabilities, fractional=self.orders.fractional)


@dataclass(frozen=True, slots=True)
class Totals:
    """Of a book in its session, over every plan and attempt."""

    traded_usd: Decimal = ZERO
    """Absolute, filled and still at work."""
    traded_shares: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    """Unsigned, by symbol."""
    begun: frozenset[str] = frozenset()
    """Ids of the orders of which something was sent, or meant to be."""


def with_totals(context: CheckContext, totals: Totals, order_id: str = "") -> CheckContext:
    """What the session has used up; an order that has begun is counted already: its later slices are no further one."""
    return replace(
        context,
        traded_usd=totals.traded_usd,
        traded_shares=totals.traded_shares,
        orders_sent=len(totals.begun - {order_id}),
    )


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an order, or the whole run, may not go."""

    check: str
    message: str


def quote_age_s(quote: Quote, context: CheckContext) -> float:
    """Before the open a book of orders need not move: a quote counts as as old as it was at the last close."""
    until = context.now
    if context.last_close is not None and context.now < context.opens:
        until = context.last_close
    return max((until - quote.at).total_seconds(), 0.0)


def live_price(order: PlanLine, context: CheckContext) -> Decimal:
    """USD a share; before the open the last trade where the quote is not young: an abandoned book has no middle."""
    quote = context.quotes[order.symbol]
    is_old = (context.now - quote.at).total_seconds() > context.max_quote_age_s
    return quote.last if is_old and context.now < context.opens else quote.mid


def signed(order: PlanLine) -> Decimal:
    """Shares: positive buys, negative sells, 0 for a line that stays."""
    return order.shares * (order.side.sign if order.side else 0)


def share(percent: float) -> Decimal:
    """A fraction from percent, exact as the percent is written."""
    return Decimal(str(percent)) / 100


def cash_effect(order: PlanLine, context: CheckContext) -> Decimal:
    """USD that the order adds to cash (negative for a buy), at the far side of the live quote and with all its fees.

    Without the plan's price buffer: that has made room for just the move the live quote may show by now.
    """
    quote = context.quotes[order.symbol]
    fees = context.orders.commission.at_most(order.shares, children_of(order, context))
    return (-order.shares * quote.ask if order.side is Side.BUY else order.shares * quote.bid) - fees


def above_reserve(context: CheckContext) -> Decimal:
    """USD that may be spent at live prices with all costs; below zero where the reserve is not there already."""
    return (context.cash_usd if context.calm_usd is None else context.calm_usd) - context.reserve_usd


def calm_effect(order: PlanLine, context: CheckContext) -> Decimal:
    """USD that the order adds to cash (negative for a buy), at the live price and once its cost is paid."""
    sign = order.side.sign if order.side else 0
    return -sign * order.shares * live_price(order, context) - kept_cost(order, context)


def kept_cost(order: PlanLine, context: CheckContext) -> Decimal:
    """USD to keep cash for, as the plan does (`costs.most_cost`): the forecast, or the most fees if those are more."""
    fees = context.orders.commission.at_most(order.shares, children_of(order, context))
    forecast = rounded(Decimal(repr(order.estimate.total_usd))) if order.estimate else ZERO
    return max(fees, forecast)


def children_of(order: PlanLine, context: CheckContext) -> int:
    """The most child orders; where nobody said, one and a sweep."""
    return context.most_children.get(order.symbol, 2)
