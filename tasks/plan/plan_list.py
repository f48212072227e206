"""The list a person reads and a program parses: every line of a plan with what it moves and costs. Pure.

Terminal, Prefect UI, `--json` and `--csv` all show this one list; docs/plan.md says what each field means.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from tasks.model.money import CENT, rounded
from tasks.model.orders import Side
from tasks.model.plan import Plan, PlanLine
from tasks.model.plan_json import plan_hash

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One line of a plan. Weights are percent of net asset value at the decision prices; money is USD."""

    symbol: str
    kind: str
    """`trade` or `non_trade`."""
    side: str | None
    shares: Decimal
    """Unsigned; zero for a non-trade."""
    price_usd: Decimal
    notional_usd: Decimal
    holding_shares: Decimal
    standing_over_shares: Decimal
    """Unsigned; what the gate held back today."""
    weight_before_pct: float
    weight_after_pct: float
    """Once exactly these shares have traded: after rounding, cuts and refusals."""
    weight_target_pct: float
    cost_usd: float | None
    """Forecast, to the cent; positive hurts. None for a non-trade."""
    cost_bps: float | None
    """The same of the notional, before it is rounded to cents."""
    algorithm: str | None
    reason: str
    sentence: str


@dataclass(frozen=True, slots=True)
class CashRow:
    """Cash before the plan, and after it at the decision prices and the forecast cost."""

    usd_before: Decimal
    usd_after: Decimal
    weight_before_pct: float
    weight_after_pct: float
    weight_target_pct: float


@dataclass(frozen=True, slots=True)
class PlanTotals:
    """Sums over the lines that trade."""

    trades: int
    non_trades: int
    sell_usd: Decimal
    buy_usd: Decimal
    turnover_pct: float
    """Buys plus sells, percent of net asset value."""
    cost_usd: float
    """The sum of the lines' cents, as whoever adds them up finds it."""
    cost_bps_of_traded: float | None
    cost_bps_of_nav: float


@dataclass(frozen=True, slots=True)
class RiskFigure:
    """A yearly standard deviation in percent, by the book's risk model."""

    name: str
    """`volatility`, or `tracking_error`: of the difference to the weights the book follows."""
    before_pct: float
    after_pct: float
    target_pct: float


@dataclass(frozen=True, slots=True)
class BindingLimitRow:
    """A limit that shaped the target, and what it costs to keep."""

    name: str
    subject: str
    value: float
    bound: float
    dual: float
    """Yearly utility per unit of the bound, a fraction of net asset value."""
    cost_bps: float
    """Basis points of net asset value a year that loosening it by `step` would be worth."""
    step: str
    sentence: str


@dataclass(frozen=True, slots=True)
class PlanList:
    """A whole plan as a person reads it, lines in the plan's own order."""

    book: str
    session: date
    plan_hash: str
    revision: int
    decided_at: datetime
    nav_usd: Decimal
    lines: tuple[PlanRow, ...]
    cash: CashRow
    totals: PlanTotals
    risk: tuple[RiskFigure, ...]
    """Empty where no risk was measured (a liquidation, or a plan of an earlier version)."""
    limits: tuple[BindingLimitRow, ...]
    """The most costly first."""
    why: str
    """Which drift rule made the book trade, or leave it."""
    findings: tuple[str, ...]


def plan_list(
    plan: Plan, risk: Sequence[Mapping[str, Any]] = (), limits: Sequence[Mapping[str, Any]] = (), why: str = ""
) -> PlanList:
    """The list of a plan; `risk` and `limits` are the facts that the steps `orders` and `optimize` recorded."""
    return PlanList(
        book=plan.book,
        session=plan.session,
        plan_hash=plan_hash(plan),
        revision=plan.revision,
        decided_at=plan.decided_at,
        nav_usd=plan.nav_usd.quantize(CENT),
        lines=tuple(_row(line, plan.nav_usd) for line in plan.lines),
        cash=_cash(plan),
        totals=_totals(plan),
        risk=tuple(RiskFigure(**figure) for figure in risk),
        limits=tuple(BindingLimitRow(**limit) for limit in limits),
        why=why,
        findings=tuple(finding.message for finding in plan.findings),
    )


def as_plain(listed: PlanList) -> dict[str, Any]:
    """The `plan` object of `--json`: exact figures (shares, prices, USD) as strings, estimates as numbers."""
    return {name: _plain(value) for name, value in asdict(listed).items()}


def weight_after(line: PlanLine, nav_usd: Decimal) -> float:
    """A fraction of net asset value, once the line's shares have traded at its decision price."""
    if line.side is None or nav_usd <= 0:
        return line.current_weight
    return line.current_weight + line.side.sign * float(line.notional_usd / nav_usd)


def _row(line: PlanLine, nav_usd: Decimal) -> PlanRow:
    cost = line.estimate.total_usd if line.estimate else None
    notional = float(line.notional_usd)
    return PlanRow(
        symbol=line.symbol,
        kind="non_trade" if line.side is None else "trade",
        side=line.side and line.side.value,
        shares=line.shares,
        price_usd=line.decision_price,
        notional_usd=line.notional_usd.quantize(CENT),
        holding_shares=line.holding_shares,
        standing_over_shares=line.standing_over,
        weight_before_pct=_pct(line.current_weight),
        weight_after_pct=_pct(weight_after(line, nav_usd)),
        weight_target_pct=_pct(line.target_weight),
        cost_usd=None if cost is None else float(_cents(cost)),
        cost_bps=round(cost / notional * 1e4, 4) if cost is not None and notional else None,
        algorithm=line.algorithm and line.algorithm.value,
        reason=line.reason,
        sentence=line.sentence,
    )


def _cash(plan: Plan) -> CashRow:
    after = plan.cash_usd + _sum(plan, Side.SELL) - _sum(plan, Side.BUY) - _cost(plan)
    nav = plan.nav_usd
    return CashRow(
        usd_before=plan.cash_usd.quantize(CENT),
        usd_after=after.quantize(CENT),
        weight_before_pct=_pct(float(plan.cash_usd / nav)) if nav > 0 else 0.0,
        weight_after_pct=_pct(float(after / nav)) if nav > 0 else 0.0,
        weight_target_pct=_pct(1.0 - sum(line.target_weight for line in plan.lines)),
    )


def _totals(plan: Plan) -> PlanTotals:
    sells, buys = _sum(plan, Side.SELL), _sum(plan, Side.BUY)
    cost = sum(line.estimate.total_usd for line in plan.trades if line.estimate)
    traded, nav = float(sells + buys), float(plan.nav_usd)
    return PlanTotals(
        trades=len(plan.trades),
        non_trades=len(plan.lines) - len(plan.trades),
        sell_usd=sells.quantize(CENT),
        buy_usd=buys.quantize(CENT),
        turnover_pct=_pct(traded / nav) if nav > 0 else 0.0,
        cost_usd=float(_cost(plan)),
        cost_bps_of_traded=round(cost / traded * 1e4, 4) if traded else None,
        cost_bps_of_nav=round(cost / nav * 1e4, 4) if nav > 0 else 0.0,
    )


def _sum(plan: Plan, side: Side) -> Decimal:
    return sum((line.notional_usd for line in plan.trades if line.side is side), ZERO)


def _cost(plan: Plan) -> Decimal:
    return sum((_cents(line.estimate.total_usd) for line in plan.trades if line.estimate), ZERO)


def _cents(usd: float) -> Decimal:
    return rounded(Decimal(repr(usd)))


def _pct(fraction: float) -> float:
    return round(fraction * 100, 6) + 0.0


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in cast(Mapping[str, Any], value).items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in cast(Sequence[Any], value)]
    return value
