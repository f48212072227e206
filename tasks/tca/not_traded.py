"""What it cost, or spared, not to be at the targets: every line's distance to them, times what its price did.

Drag = (target weight - weight held) * NAV * (close / decision price - 1): positive hurts, the targets would have earned
more. Weights are held after the session's fills; the cause is the plan's own reason for stopping short. Cash earns
nothing here.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from tasks.model.money import BPS, CENT, EXACT, allocated, exact_sum, rounded
from tasks.model.plan import CASH, Plan, PlanLine
from tasks.tca.costs import BPS_UNIT
from tasks.tca.inputs import OrderRecord

UNFILLED = "not_filled"
ROUNDED = "rounding"
STRUCK = "struck_by_a_person"
WHOLE = ("toward_target", "first_build", "must_exit")
"""Reasons of trades that nothing cut."""


@dataclass(frozen=True, slots=True)
class DragLine:
    """One cause; USD in cents and bps of the NAV."""

    cause: str
    """Reason code of the plan, or what happened after it."""
    lines: int
    away_usd: Decimal
    """Unsigned distance to the targets at decision prices."""
    drag_usd: Decimal
    drag_bps: Decimal
    without_price: int
    """Lines whose close nobody knows: in the distance, not in the drag."""


@dataclass(frozen=True, slots=True)
class _Away:
    cause: str
    away_usd: Decimal
    drag_usd: Decimal | None


def drag_lines(
    plan: Plan, orders: Sequence[OrderRecord], closes: Mapping[str, Decimal], struck: Collection[str] = ()
) -> tuple[DragLine, ...]:
    """By cause, the largest distance first, and a total that they add up to.

    `closes` are official closes by symbol, `struck` the symbols whose order a person kept back.
    """
    filled = _filled(orders)
    lines = [line for line in plan.lines if line.symbol != CASH]
    found = [_away(plan, line, filled.get(line.symbol, Decimal(0)), closes, struck) for line in lines]
    causes: dict[str, list[_Away]] = {}
    for one in found:
        if one.away_usd >= CENT:
            causes.setdefault(one.cause, []).append(one)
    if not causes:
        return ()
    away = allocated([exact_sum(one.away_usd for one in members) for members in causes.values()])
    drag = allocated([_drag(members) for members in causes.values()])
    shown = [
        _line(cause, members, away_usd or Decimal(0), drag_usd or Decimal(0), plan.nav_usd)
        for (cause, members), away_usd, drag_usd in zip(causes.items(), away, drag, strict=True)
    ]
    everyone = [one for members in causes.values() for one in members]
    whole = exact_sum(line.away_usd for line in shown), exact_sum(line.drag_usd for line in shown)
    return (
        *sorted(shown, key=lambda line: (-line.away_usd, line.cause)),
        _line("total", everyone, *whole, plan.nav_usd),
    )


def _filled(orders: Iterable[OrderRecord]) -> dict[str, Decimal]:
    """Signed shares by symbol."""
    totals: dict[str, Decimal] = {}
    for order in orders:
        totals[order.symbol] = totals.get(order.symbol, Decimal(0)) + order.side.sign * order.filled_shares
    return totals


def _away(plan: Plan, line: PlanLine, filled: Decimal, closes: Mapping[str, Decimal], struck: Collection[str]) -> _Away:
    with localcontext(EXACT):
        held = (line.holding_shares + filled) * line.decision_price
        distance = Decimal(repr(line.target_weight)) * plan.nav_usd - held
        close = closes.get(line.symbol)
        drag = None if close is None else distance * (close - line.decision_price) / line.decision_price
        return _Away(STRUCK if line.symbol in struck else _cause(line, filled), abs(distance), drag)


def _cause(line: PlanLine, filled: Decimal) -> str:
    """A trade stops short by its fills, by what cut it (cash, the gate), or by the rounding of its shares."""
    if line.side is None or not line.shares:
        return line.reason
    if abs(filled) < line.shares:
        return UNFILLED
    return ROUNDED if line.reason in WHOLE and not line.stands_over else line.reason


def _drag(members: Iterable[_Away]) -> Decimal:
    return exact_sum(one.drag_usd for one in members if one.drag_usd is not None)


def _line(cause: str, members: Sequence[_Away], away_usd: Decimal, drag_usd: Decimal, nav_usd: Decimal) -> DragLine:
    bps = _drag(members) / nav_usd * BPS if nav_usd > 0 else Decimal(0)
    unpriced = sum(one.drag_usd is None for one in members)
    return DragLine(cause, len(members), away_usd, drag_usd, rounded(bps, BPS_UNIT), unpriced)
