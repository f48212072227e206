"""Orders as immutable values that every room speaks: requests, states, executions.

Money, prices and shares are `Decimal`; instants are aware and in UTC; a session is the exchange's trading date.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Literal


class Side(StrEnum):
    """As the broker is told; a short sale is a SELL."""

    BUY = "BUY"
    SELL = "SELL"

    @property
    def sign(self) -> int:
        """+1 for a buy, -1 for a sell, so that sign * (price paid - benchmark) is positive when it hurts."""
        return 1 if self is Side.BUY else -1


class Algorithm(StrEnum):
    """How an order is spread over the session's waves."""

    IMMEDIATE = "immediate"
    TWAP = "twap"
    VWAP = "vwap"
    POV = "pov"
    IMPLEMENTATION_SHORTFALL = "implementation_shortfall"
    AT_OPEN = "at_open"
    AT_CLOSE = "at_close"


class OrderType(StrEnum):
    """What makes an order trade, and at which price at worst."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    """Becomes a market order once the market trades at the stop price or worse."""
    STOP_LIMIT = "stop_limit"
    """Becomes a limit order once the market trades at the stop price or worse."""
    TRAILING_STOP = "trailing_stop"
    """A stop whose price follows the market's best price at a distance, and never goes back."""


class TimeInForce(StrEnum):
    """How long an order works if nothing ends it; the values are those that brokers use."""

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
    """Which exit of a bracket an order is; the value is part of its client order id."""

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
    """Where a slice stands; `order_states` says which may follow which."""

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
        """With its worth, where the broker tells one."""
        worth = "" if self.value is None or self.kind == "cash" else f", worth {self.value:,.2f} {self.currency}"
        return f"{self.quantity:,f} {self.name} ({self.kind}{worth})"


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
    """The exits that belong to it, each with its own key (`leg_key`) and state."""
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
