"""What the report is made from: immutable records of one book's session, filled from the journal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, localcontext

from tasks.book.tca import TcaSettings
from tasks.errors import BadDataError
from tasks.model.executions import totals_of
from tasks.model.fill_totals import FillTotals
from tasks.model.market import MarketBar
from tasks.model.money import EXACT
from tasks.model.orders import Execution, OrderState, Side
from tasks.model.plan import CostEstimate, Finding, Plan
from tasks.model.quotes_seen import QuoteSeen
from tasks.tca.session_record import NO_TRAIL, OrderTrail, Preparer, Provenance, SessionException


@dataclass(frozen=True, slots=True)
class SliceRecord:
    """One child order as it was sent, for the drill-down."""

    key: str
    due_at: datetime
    shares: Decimal
    state: OrderState
    sent_at: datetime | None = None
    filled_shares: Decimal = Decimal(0)
    limit_price: Decimal | None = None
    reason: str = ""
    native: str = ""
    """The broker's own algorithm that worked it; empty for a slice of ours."""
    order_type: str = ""
    time_in_force: str = ""
    generation: int = 0
    """Above 0 it was sent again, under another id."""


@dataclass(frozen=True, slots=True)
class IndexMove:
    """What the market index did while an order was worked, for the market-adjusted cost."""

    beta: Decimal
    at_arrival: Decimal
    average: Decimal
    """Index level averaged over the order's window."""


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """One parent order from decision to end; prices in USD per share, instants aware and in UTC.

    Raises: BadDataError when the record contradicts itself, naming the order and what to repair.
    """

    order_id: str
    symbol: str
    sector: str
    side: Side
    shares: Decimal
    algorithm: str
    """The value of an `Algorithm`; for the order of another desk whatever that desk calls it."""
    account: str
    decided_at: datetime | None
    """None where nobody recorded it, as with the orders of another desk."""
    decision_price: Decimal | None
    """None makes the delay `n/a`: the shortfall then starts at the arrival price."""
    arrival_at: datetime | None
    arrival_price: Decimal | None
    """Mid when the order reached the broker; None makes the delay `n/a`."""
    ended_at: datetime
    end_price: Decimal | None
    """Mid or close when the order ended; it values the unfilled rest."""
    fills: tuple[Execution, ...]
    adv_shares: float | None
    estimate: CostEstimate | None
    reason: str
    schedule: tuple[tuple[datetime, Decimal], ...]
    """(due at, planned shares) of every slice, planned before the first one was sent."""
    market: tuple[MarketBar, ...]
    """The whole session of the whole market, auctions and own fills included."""
    previous_close: Decimal | None
    session_close: Decimal | None
    """Official price of the closing auction."""
    session_open: Decimal | None
    half_spread_bps: float | None
    slices: tuple[SliceRecord, ...] = ()
    quotes: tuple[QuoteSeen, ...] = ()
    """In force when its child orders were sent and when its fills were collected; empty when nobody recorded any."""
    daily_volatility: float | None = None
    """Standard deviation of daily returns as a fraction; None leaves timing risk and second opinions out."""
    shares_outstanding: float | None = None
    index: IndexMove | None = None
    trail: OrderTrail = NO_TRAIL

    _totals: FillTotals = field(init=False, repr=False, compare=False)
    """What its fills come to, added up once: every measure asks for it again."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_totals", totals_of(self.fills))
        complaint = _contradiction(self)
        if complaint:
            raise BadDataError(f"order {self.order_id} ({self.symbol}): {complaint}; repair the journal's record first")

    @property
    def filled_shares(self) -> Decimal:
        """Unsigned; 0 when nothing filled."""
        return self._totals.shares

    @property
    def filled_value_usd(self) -> Decimal:
        """At the prices of the fills, without fees; exact, never rounded."""
        return self._totals.notional_usd

    @property
    def fees_usd(self) -> Decimal:
        """Positive is a cost."""
        return self._totals.fees_usd

    @property
    def average_price(self) -> Decimal | None:
        """USD per share, without fees; None when nothing filled."""
        return self._totals.average_price

    @property
    def start_price(self) -> Decimal:
        """Where the shortfall starts: the decision price, or the arrival price where nobody recorded a decision."""
        price = self.arrival_price if self.decision_price is None else self.decision_price
        assert price is not None, "the constructor has refused an order without both"
        return price

    @property
    def notional_usd(self) -> Decimal:
        """Paper notional: the whole order at its start price; the denominator of every shortfall in bps."""
        with localcontext(EXACT):
            return self.shares * self.start_price


def _contradiction(order: OrderRecord) -> str | None:
    prices = (order.decision_price, order.arrival_price, order.end_price)
    if order.shares <= 0:
        return f"ordered {order.shares} shares, must be positive"
    if any(price is not None and price <= 0 for price in prices):
        return f"decision, arrival and end price are {prices}, must be positive or unknown"
    if order.decision_price is None and order.arrival_price is None:
        return "has neither a decision price nor an arrival price"
    if any((fill.symbol, fill.side) != (order.symbol, order.side) for fill in order.fills):
        return "holds a fill of another symbol or side"
    if len({fill.execution_id for fill in order.fills}) != len(order.fills):
        return "holds one execution id twice"
    if order.filled_shares < 0:
        return "its corrections take away more shares than were filled"
    return None


@dataclass(frozen=True, slots=True)
class Break:
    """One difference between our ledger and the broker's; `amount_usd` is what it is worth."""

    symbol: str
    kind: str
    ours: Decimal
    theirs: Decimal
    amount_usd: Decimal
    explanation: str = ""
    found_on: date | None = None
    """The session that found it; an earlier one's stands in every report until it is closed."""
    words: str = ""
    """The break in a sentence, with its evidence."""
    went_away: bool = False
    """Whether it was over by itself, with both sides the same again."""


@dataclass(frozen=True, slots=True)
class WaveRecord:
    """One time bucket of the execution: everything that was sent together."""

    number: int
    due_at: datetime
    slices: int
    planned_shares: Decimal
    filled_shares: Decimal
    note: str = ""


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step of the cycle with its duration."""

    step: str
    started_at: datetime
    """By this machine's clock."""
    seconds: float
    outcome: str = "done"


@dataclass(frozen=True, slots=True)
class ApprovalRecord:
    """Who said yes to which plan."""

    who: str
    at: datetime
    plan_hash: str
    decision: str = "approved"
    comment: str = ""


@dataclass(frozen=True, slots=True)
class TargetsSummary:
    """How the target weights came about."""

    objective_terms: Mapping[str, float]
    binding_limits: tuple[str, ...]
    solver: str
    fallback_chain: tuple[str, ...] = ()
    """Who was tried before, and why each failed; empty when the first solver answered."""


@dataclass(frozen=True, slots=True)
class Version:
    """Which version of a session's report: a later one corrects one that was signed."""

    number: int = 1
    corrects: str = ""
    """SHA-256 of the report.json that it corrects; empty for the first."""


FIRST = Version()
UNKNOWN_ORIGIN = Provenance(Preparer(""))


@dataclass(frozen=True, slots=True)
class ReportInputs:
    """Everything one report says; `links` are paths relative to the report's folder."""

    book: str
    session: date
    account: str
    plan_hash: str
    snapshot_sha256: str
    findings: tuple[Finding, ...]
    plan: Plan
    orders: tuple[OrderRecord, ...]
    breaks: tuple[Break, ...]
    waves: tuple[WaveRecord, ...]
    steps: tuple[StepRecord, ...]
    generated_at: datetime
    """When the report was made, by this machine's clock; `reconciled_at` is the end of the record it is made from."""
    market_note: str
    """How the market data came about, e.g. "modelled from daily bars"; shown on the cover."""
    approval: ApprovalRecord | None
    targets: TargetsSummary | None
    drift_sentence: str
    links: Mapping[str, str] = field(default_factory=dict[str, str])
    explanations: Mapping[str, str] = field(default_factory=dict[str, str])
    """What a person wrote about an order that stands out, by order id."""
    reconciled_at: datetime | None = None
    """When ledger and broker were last compared, by this machine's clock."""
    refused_orders: Mapping[str, str] = field(default_factory=dict[str, str])
    """Symbols whose planned order no person let go, each with the sentence that says whose word kept it back."""
    submit_seconds: Mapping[str, Sequence[float]] = field(default_factory=dict[str, Sequence[float]])
    """How long each submit of the session's orders took, by broker."""
    closing_prices: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    """Of the session, USD per share by symbol, traded or not."""
    trading_windows: tuple[tuple[datetime, datetime], ...] = ()
    """The session's buckets of continuous trading, oldest first, for the replay of other algorithms."""
    max_participation: float = 0.1
    """Share of everybody's volume that the book keeps to."""
    asked: TcaSettings = field(default_factory=TcaSettings)
    """What the book asks of its executions."""
    version: Version = FIRST
    provenance: Provenance = UNKNOWN_ORIGIN
    exceptions: tuple[SessionException, ...] = ()
    cost_model: str = ""
    """What its estimates were forecast by, in words."""
