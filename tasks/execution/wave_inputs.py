"""What the decision of one wave is made from, and what it comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from tasks.book.execution import ExecutionSettings
from tasks.model.capabilities import Capabilities
from tasks.model.commission import Commission
from tasks.model.market import Quote
from tasks.model.order_records import ParentOrder
from tasks.model.orders import NativeOrder, OrderType, TimeInForce
from tasks.orders.waves import Wave

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class OrderProgress:
    """What has happened to one order so far, and what its market did."""

    filled: Decimal
    market_volume: Decimal
    """Shares of everybody since this order's first wave, our own included."""
    expected_volume: float | None
    """Shares of everybody expected in this wave; None when nobody knows."""
    at_broker: Decimal = ZERO
    """Shares that the broker works by its own algorithm now: they are as good as sent."""
    unanswered: Decimal = ZERO
    """The same, where nobody knows whether the broker has them."""
    is_begun: bool = False
    """Whether any child of it was ever meant to be sent: then it is not handed over any more."""
    not_counted: str = ""
    """Why the broker's bars of its symbol are not counted; empty where they are, or are not asked for."""


@dataclass(frozen=True, slots=True)
class SliceDraft:
    """One slice to send now, or an order that the broker shall work by itself from now on."""

    order: ParentOrder
    shares: Decimal
    order_type: OrderType
    time_in_force: TimeInForce
    limit_price: Decimal | None
    native: NativeOrder | None = None


@dataclass(frozen=True, slots=True)
class WaveInputs:
    """Everything a wave is decided from; nothing else is read while it is decided."""

    wave: Wave
    last_working_wave: int
    window_end: datetime
    """When the deadline comes: an order that the broker works ends there."""
    orders: Sequence[ParentOrder]
    seen: Mapping[str, OrderProgress]
    """By order id."""
    quotes: Mapping[str, Quote]
    spendable_usd: Decimal
    """Cash that is really there, less the reserve."""
    settings: ExecutionSettings
    price_band_pct: float
    capabilities: Capabilities
    commission: Commission
    locked: Mapping[str, str] = field(default_factory=dict[str, str])
    """Symbols in which nothing may move now, each with the sentence that says why."""
    fractional: bool = True
    """Whether the book trades fractions (`orders.fractional`); false: whole shares, whatever the broker takes."""
    positions: Mapping[str, Decimal] | None = None
    """Signed shares, the broker's word of just now; None: nobody asks where zero is."""
    is_free: bool = True
    """Whether the book is neither halted nor reducing."""


@dataclass(frozen=True, slots=True)
class WaveDecision:
    """What one wave sends, and why it sends no more."""

    children: tuple[SliceDraft, ...]
    notes: tuple[str, ...]
    """A sentence for every order that was due and is not sent, or sent in part, or otherwise than the book wants."""
