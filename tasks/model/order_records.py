"""Orders, slices, events and tickets as the journal hands them out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from tasks.model.orders import Algorithm, Cause, OrderRequest, OrderState, Side
from tasks.model.plan import CostEstimate


@dataclass(frozen=True, slots=True)
class ParentOrder:
    """One block order of a plan; its slices are worked through the session."""

    order_id: str
    cycle_id: str
    plan_hash: str
    symbol: str
    side: Side
    shares: Decimal
    algorithm: Algorithm
    reason: str
    decision_price: Decimal
    decided_at: datetime
    adv_shares: float | None
    estimate: CostEstimate | None
    schedule: tuple[tuple[int, Decimal], ...]
    """(wave number, shares planned for it); the schedule as it stood when the order was made."""
    allocations: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    """Shares by account."""


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """One change of a slice's state, as it came to be known."""

    key: str
    state: OrderState
    at: datetime
    broker_order_id: str = ""
    reason: str = ""
    token: int = 0
    """Of the lease under which it was recorded; filled in by the journal."""
    filled_shares: Decimal | None = None
    """What the broker said was filled of it by then; its executions may come later. None when it said nothing."""
    cause: Cause | None = None
    """None where nothing is decided by it: an intent, or one on its way."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The intent of one child order, with the state its newest event gives it."""

    request: OrderRequest
    order_id: str
    wave: int
    generation: int
    due_at: datetime
    state: OrderState
    broker_order_id: str = ""
    reason: str = ""
    token: int = field(default=0, compare=False)
    """Of the lease under which the state was recorded."""
    filled_told: Decimal = field(default=Decimal(0), compare=False)
    """What the broker said was filled of it; its executions may come later."""
    state_at: datetime | None = field(default=None, compare=False)
    """When the state was recorded; None in an intent that is not on record yet."""
    cause: Cause | None = field(default=None, compare=False)
    """What the state rests on."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """A person's word on an order whose fate no broker would tell."""

    key: str
    said: str
    """`dead` or `alive`."""
    who: str
    because: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Ticket:
    """An order that only a person can decide about."""

    key: str
    cycle_id: str
    symbol: str
    side: Side
    shares: Decimal
    opened_at: datetime
    sentence: str
    resolution: Resolution | None
