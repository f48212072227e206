"""A plan: every trade and non-trade with its reason, its forecast cost, and what a check noticed."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from tasks.model.cost_model import CostModelUsed
from tasks.model.orders import Algorithm, Side


class Severity(StrEnum):
    """What a finding does: HALT stops the session before anything is sent."""

    INFO = "info"
    WARN = "warn"
    HALT = "halt"


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
class CostEstimate:
    """Pre-trade forecast of one order's cost; positive is a cost."""

    spread_usd: float
    impact_usd: float
    fees_usd: float
    model: str

    @property
    def total_usd(self) -> float:
        """Positive is a cost."""
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
    """Unsigned shares that the gate's limits, or the cash beside limits.min_position_pct, did not let through today;
    they are planned again in the next session."""
    experiment: str = ""
    """Name of the experiment whose lot chose the algorithm; empty where nothing was drawn."""

    @property
    def notional_usd(self) -> Decimal:
        """At the decision price; unsigned, 0 for a line that stays."""
        return self.shares * self.decision_price

    @property
    def stands_over(self) -> bool:
        """Whether gate or cash held back some of it, or all."""
        return bool(self.standing_over) or self.reason == "refused_by_gate"


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
    cost_model: CostModelUsed | None = None
    """The calibrated version that its costs are forecast by; None: the book file's own figures."""

    @property
    def trades(self) -> tuple[PlanLine, ...]:
        """In the order of the plan: sells, then buys."""
        return tuple(line for line in self.lines if line.side is not None and line.shares > 0)


def plain(shares: Decimal) -> str:
    """Shares without an exponent or trailing zeros: 1,200 and 0.5."""
    text = f"{shares:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def of_shares(shares: Decimal, is_one: str = "", are_many: str = "") -> str:
    """`1 share` and `0.5 shares`, with the verb that is given for one and for many: `1 share is`, `2 shares are`."""
    noun, verb = ("share", is_one) if shares == 1 else ("shares", are_many)
    return f"{plain(shares)} {noun} {verb}".rstrip()


CASH = "CASH"
