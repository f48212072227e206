"""Everything a plan is made of, gathered before anything is decided."""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from tasks.book.execution import ExecutionSettings
from tasks.book.orders import GateSettings, OrderSettings
from tasks.book.targets import LimitSettings
from tasks.errors import BadDataError
from tasks.model.cash_reserve import reserve_usd
from tasks.model.cost_model import CostModelUsed
from tasks.model.orders import Algorithm
from tasks.model.plan import CASH, CostEstimate
from tasks.plan.book_limits import Facts


@dataclass(frozen=True, slots=True)
class OrderFigures:
    """What a cost forecast needs to know of one order."""

    symbol: str
    shares: Decimal
    """Unsigned."""
    price: Decimal
    """USD per share."""
    children: int
    """Child orders it is expected to be worked in; each pays the least commission."""
    adv_shares: float | None
    """Average daily volume, shares."""
    half_spread_bps: float | None
    sigma_daily: float | None
    """Standard deviation of daily returns, a fraction."""


CostForecast = Callable[[OrderFigures], CostEstimate]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanInputs:
    """A missing symbol in a mapping means: not known. Mappings of weights may have a `CASH` row, which is ignored."""

    book: str
    account: str
    session: date
    revision: int
    decided_at: datetime
    nav_usd: Decimal
    cash_usd: Decimal
    settled_cash_usd: Decimal
    """The part of the cash that is really there; buys are paid from it and from today's sells."""
    universe: Collection[str]
    holdings: Mapping[str, Decimal]
    """Signed shares; may name symbols outside the universe."""
    decision_prices: Mapping[str, Decimal]
    """Mid or close, USD per share."""
    desired_weights: Mapping[str, float]
    """Where to trade to: `trade_to` of the drift lines. A holding without one is left alone."""
    current_weights: Mapping[str, float]
    target_weights: Mapping[str, float]
    adv_shares: Mapping[str, float | None]
    half_spread_bps: Mapping[str, float]
    sigma_daily: Mapping[str, float]
    estimate: CostForecast
    share_step: Decimal
    """Smallest quantity that book and broker trade together."""
    cash_reserve_pct: float
    cash_reserve_usd: Decimal = Decimal(0)
    """Fixed amount; the larger of the two is kept."""
    limits: LimitSettings | None = None
    """What has to hold after rounding as well; None: the book has no limits but its cash reserve."""
    facts: Facts = field(default_factory=Facts)
    orders: OrderSettings
    gate: GateSettings
    execution: ExecutionSettings
    closing_step: Decimal | None = None
    """Smallest quantity of an order that closes a position; None is the share step."""
    drift_rule: str = "calendar"
    """Code of the rule that made the book trade; `first_build` names itself as the reason of every buy."""
    locked: Mapping[str, str] = field(default_factory=dict[str, str])
    """Symbols that something holds still, and what it is."""
    locked_by: Mapping[str, str] = field(default_factory=dict[str, str])
    """The kind of that something, a reason code (`model.locks.Lock`); a break where none is named."""
    frozen: Mapping[str, str] = field(default_factory=dict[str, str])
    """Symbols whose data failed a check, and which."""
    must_exit: Collection[str] = ()
    no_buy: Collection[str] = ()
    no_sell: Collection[str] = ()
    long_only: bool = True
    cost_model: CostModelUsed | None = None
    """The calibrated version behind `estimate`; None: the book file's own figures."""
    not_taken: Collection[Algorithm] = ()
    """Auctions that the broker has no orders for (`orders.order_kinds.auctions_not_taken`)."""

    @property
    def reserve_usd(self) -> Decimal:
        """Cash that no buy may touch."""
        return reserve_usd(self.nav_usd, self.cash_reserve_pct, self.cash_reserve_usd)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Universe and holdings together, sorted: each gets exactly one line."""
        held = (symbol for symbol, shares in self.holdings.items() if shares)
        return tuple(sorted({*self.universe, *held} - {CASH}))

    def check(self) -> None:
        """Raises: BadDataError when no plan can be made of these figures."""
        if not self.nav_usd > 0:
            raise BadDataError(f"net asset value is {self.nav_usd} USD; fund the book before planning trades")
        if not self.share_step > 0:
            raise BadDataError(f"share step is {self.share_step}; the broker must name a positive tradable quantity")
        broken = [s for s, weight in self.desired_weights.items() if not math.isfinite(weight)]
        if broken:
            raise BadDataError(f"desired weight of {', '.join(sorted(broken))} is not a number; decide the drift again")
