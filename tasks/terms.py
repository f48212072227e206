"""The words of the desk: immutable values that every room speaks.

Money, prices and shares are `Decimal`; instants are aware and in UTC; a session is the exchange's trading date.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Literal


class Side(StrEnum):
    BUY = "BUY"
    SELL = "SELL"

    @property
    def sign(self) -> int:
        """+1 for a buy, -1 for a sell, so that sign * (price paid - benchmark) is positive when it hurts."""
        return 1 if self is Side.BUY else -1


class Severity(StrEnum):
    INFO = "info"
    WARN = "warn"
    HALT = "halt"


class Algorithm(StrEnum):
    IMMEDIATE = "immediate"
    TWAP = "twap"
    VWAP = "vwap"
    POV = "pov"
    IMPLEMENTATION_SHORTFALL = "implementation_shortfall"
    AT_OPEN = "at_open"
    AT_CLOSE = "at_close"


class OrderType(StrEnum):
    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    """Becomes a market order once the market trades at the stop price or worse."""
    STOP_LIMIT = "stop_limit"
    """Becomes a limit order once the market trades at the stop price or worse."""
    TRAILING_STOP = "trailing_stop"
    """A stop whose price follows the market's best price at a distance, and never goes back."""


class TimeInForce(StrEnum):
    DAY = "day"
    AT_OPEN = "opg"
    AT_CLOSE = "cls"
    GOOD_TILL_CANCELLED = "gtc"


class OrderClass(StrEnum):
    """How an order's parts belong together."""

    SIMPLE = "simple"
    BRACKET = "bracket"
    """An entry; once it has filled, a take-profit and a stop-loss of which the first to fill cancels the other."""
    OCO = "oco"
    """One cancels other: a take-profit, which is the order itself, and a stop-loss; both work at once."""
    OTO = "oto"
    """One triggers other: an entry; once it has filled, either a take-profit or a stop-loss."""


class LegRole(StrEnum):
    TAKE_PROFIT = "tp"
    STOP_LOSS = "sl"


class NativeAlgorithm(StrEnum):
    """What a broker works by itself, by the field's names."""

    VWAP = "vwap"
    TWAP = "twap"
    ARRIVAL_PRICE = "arrival_price"
    PERCENT_OF_VOLUME = "percent_of_volume"
    ADAPTIVE = "adaptive"


class Urgency(IntEnum):
    """Which message goes out first where a broker takes only so many a second; lower goes first."""

    CANCEL = 0
    URGENT = 1
    HIGH = 2
    NORMAL = 3
    LOW = 4


class OrderState(StrEnum):
    INTENDED = "intended"
    SENT = "sent"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REJECTED = "rejected"
    REPLACED = "replaced"


class Cause(StrEnum):
    """What an order's state rests on, where anything is decided by it: never read from the words beside it."""

    TOLD = "told"
    """The broker's own word, whatever it was."""
    REFUSED = "refused"
    """The broker said no to this order."""
    STANDING = "standing"
    """The broker said no for a reason that lasts: it would say it to every further order of the symbol too."""
    HELD = "held"
    """The broker keeps the order and has not placed it; it may still do so."""
    IN_DOUBT = "in_doubt"
    """The broker said something of the order that nobody understands: that it is nowhere to be found proves nothing."""
    REFUSED_AGAIN = "refused_again"
    """Refused when it was sent again under its own key, which says nothing of the first one."""
    NEVER_ARRIVED = "never_arrived"
    """Proven never to have reached the broker."""
    WITHHELD = "withheld"
    """By ourselves, before any call."""
    PERSON = "person"
    """A person's word."""


class HaltState(StrEnum):
    """What may be sent; cancelling is always allowed. Ordered from free to stopped."""

    NORMAL = "normal"
    REDUCING = "reducing"
    """Only orders that bring a position nearer to zero."""
    HALTED = "halted"
    """Nothing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a check noticed; `HALT` stops the cycle once all findings are published."""

    severity: Severity
    check: str
    """Name of the rule, snake_case, e.g. `missing_session`."""
    subject: str
    """What it is about: a symbol, a session, a field."""
    message: str
    """A sentence with the figures and, when it halts, the remedy."""
    symbol: str | None = None
    session: date | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """Top of book at an instant, USD per share."""

    symbol: str
    at: datetime
    bid: Decimal
    ask: Decimal
    last: Decimal

    @property
    def mid(self) -> Decimal:
        return (self.bid + self.ask) / 2


@dataclass(frozen=True, slots=True)
class MarketBar:
    """What the whole market did in one interval [start, end) of a session; own fills included."""

    symbol: str
    start: datetime
    end: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: int
    vwap: Decimal
    auction: str | None = None
    """`open` or `close` for the bar of an auction print, None for continuous trading."""


@dataclass(frozen=True, slots=True)
class OutsideHolding:
    """What an account holds and a book cannot: an option, a future, a coin, a bond, a stock of another market, money.

    It is named beside the book and nothing more: it counts in no weight and in no net asset value of the book, is
    never added to and never sold, and its orders and executions are nobody's of ours. A broker's adapter puts here
    whatever is not a stock in the book's currency; what it leaves in `AccountState.positions` is traded.
    """

    name: str
    """As the broker writes it, unlike any other holding of the account: `AAPL 18DEC26 190 C`, `RY at TSE`, `CAD`."""
    kind: str
    """One or two words for a person: `option`, `future`, `CFD`, `bond`, `crypto`, `stock in CAD`, `cash`."""
    quantity: Decimal
    """Signed, in the instrument's own unit: contracts, coins, shares, money."""
    currency: str = "USD"
    value: Decimal | None = None
    """What the broker says it is worth, signed, in `currency`; None where it does not say."""

    @property
    def words(self) -> str:
        worth = "" if self.value is None or self.kind == "cash" else f", worth {self.value:,.2f} {self.currency}"
        return f"{self.quantity:,f} {self.name} ({self.kind}{worth})"


@dataclass(frozen=True, slots=True)
class AccountState:
    """The broker's own word on one account; only a complete answer becomes one of these."""

    account: str
    at: datetime
    cash: Decimal
    positions: Mapping[str, Decimal]
    """Signed shares by symbol; absent means none."""
    parts: Mapping[str, "AccountState"] = field(default_factory=dict)
    """Where a book trades at several brokers: each one's own word, by its tag; the fields above are their sums."""
    silent: tuple[str, ...] = ()
    """Tags of the brokers that do not answer now: their parts are what they said last."""
    outside: tuple[OutsideHolding, ...] = ()
    """What else the account holds; in neither `cash` nor `positions`."""


@dataclass(frozen=True, slots=True)
class NativeOrder:
    """How a broker's own algorithm shall work an order; a broker leaves out what it has no word for."""

    algorithm: NativeAlgorithm
    start: datetime | None = None
    end: datetime | None = None
    """What has not filled by then is cancelled by the broker."""
    max_participation_pct: Decimal | None = None
    """Cap on our share of the market's volume; for percent of volume it is the aim."""
    pace: Literal["patient", "normal", "urgent"] = "normal"


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """One child order, as it is sent to a broker."""

    key: str
    """Client order id: a pure function of book, session, plan revision, symbol, side, slice and generation."""
    account: str
    symbol: str
    side: Side
    shares: Decimal
    order_type: OrderType
    time_in_force: TimeInForce
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_pct: Decimal | None = None
    """Distance of a trailing stop in percent of the market's best price; or `trail_usd`, in USD per share."""
    trail_usd: Decimal | None = None
    order_class: OrderClass = OrderClass.SIMPLE
    take_profit: Decimal | None = None
    """Limit price of the take-profit leg; of an OCO the order's own limit price is it, and this stays empty."""
    stop_loss: Decimal | None = None
    """Stop price of the stop-loss leg."""
    stop_loss_limit: Decimal | None = None
    """Makes the stop-loss leg a stop-limit order."""
    native: NativeOrder | None = None
    urgency: Urgency = Urgency.NORMAL

    def leg_key(self, role: LegRole) -> str:
        """Client order id of a leg: a pure function of its order's."""
        return f"{self.key}+{role.value}"


@dataclass(frozen=True, slots=True)
class BrokerOrder:
    """What the broker knows of one child order."""

    key: str
    broker_order_id: str
    symbol: str
    side: Side
    shares: Decimal
    filled_shares: Decimal
    state: OrderState
    reason: str = ""
    """The broker's own words, for a person; what is decided by is in `cause`."""
    legs: tuple["BrokerOrder", ...] = ()
    """The exits that belong to it, each with its own key (`OrderRequest.leg_key`) and state."""
    cause: Cause = Cause.TOLD


@dataclass(frozen=True, slots=True)
class Execution:
    """One fill, keyed by the broker's own execution id."""

    execution_id: str
    key: str
    symbol: str
    side: Side
    shares: Decimal
    price: Decimal
    fee: Decimal
    """USD, positive is a cost."""
    at: datetime
    account: str
    venue: str = ""
    supersedes: str = ""
    """The execution id that this one corrects: that one no longer counts. A bust is a correction to no shares."""


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """Pre-trade forecast of one order's cost; positive is a cost."""

    spread_usd: float
    impact_usd: float
    fees_usd: float
    model: str

    @property
    def total_usd(self) -> float:
        return self.spread_usd + self.impact_usd + self.fees_usd


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One symbol's line in a plan: a trade, or a non-trade, each with its reason."""

    symbol: str
    side: Side | None
    """None is a non-trade."""
    shares: Decimal
    """Unsigned; zero for a non-trade."""
    reason: str
    """Reason code, snake_case, e.g. `toward_target`, `inside_band`, `below_minimum_trade`, `locked_by_break`."""
    sentence: str
    """The same reason with its figures, for a person."""
    holding_shares: Decimal
    decision_price: Decimal
    """Mid or close at which the plan was decided, USD."""
    current_weight: float
    target_weight: float
    algorithm: Algorithm | None = None
    adv_shares: float | None = None
    estimate: CostEstimate | None = None
    standing_over: Decimal = Decimal(0)
    """Unsigned shares that the gate's limits did not let through today; they are planned again in the next session."""

    @property
    def notional_usd(self) -> Decimal:
        return self.shares * self.decision_price


@dataclass(frozen=True, slots=True)
class Plan:
    """Every trade and non-trade of one book for one session; what is approved is exactly this."""

    book: str
    account: str
    session: date
    revision: int
    decided_at: datetime
    nav_usd: Decimal
    cash_usd: Decimal
    lines: tuple[PlanLine, ...]
    findings: tuple[Finding, ...] = field(default=())

    @property
    def trades(self) -> tuple[PlanLine, ...]:
        return tuple(line for line in self.lines if line.side is not None and line.shares > 0)
