"""How far a line may be moved for the sake of the book's limits: toward what is wanted, or as far as its own allow."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from tasks.model.plan import PlanLine
from tasks.plan.book_limits import LimitRoom, room_of
from tasks.plan.inputs import PlanInputs
from tasks.plan.sizing import desired_weight, step_of, wanted_shares

ZERO = Decimal(0)
ROUNDED_AWAY = "below_share_step"
FREE = frozenset({ROUNDED_AWAY, "limit_in_the_way", "below_minimum_trade", "no_cash"})
"""Reasons of a non-trade that more steps may mend; any other keeps the line where it is."""


@dataclass(frozen=True, slots=True)
class Range:
    """Signed shares that a line may trade, and what sets each end."""

    least: Decimal
    most: Decimal
    step: Decimal
    wanted: Decimal
    least_by: str = ""
    """The setting that allows no less; empty where only what is wanted does."""
    most_by: str = ""


def free_to_move(line: PlanLine) -> bool:
    """Whether the plan trades the line, or would but for its size or its cash."""
    return line.side is not None or line.reason in FREE


def near_ranges(inputs: PlanInputs, lines: Mapping[str, PlanLine]) -> dict[str, Range]:
    """From nothing to one step beyond what is wanted, within each line's own limits."""
    return {s: _near(inputs, line) for s, line in lines.items() if line.side or line.reason == ROUNDED_AWAY}


def wide_ranges(inputs: PlanInputs, lines: Mapping[str, PlanLine]) -> dict[str, Range]:
    """As far as each line's own limits allow, on its own side of zero; what is to be closed goes no other way."""
    return {symbol: own_range(inputs, line) for symbol, line in lines.items() if free_to_move(line)}


def own_range(inputs: PlanInputs, line: PlanLine) -> Range:
    """The shares that the line's own limits leave, whatever is wanted of it."""
    desired, held = desired_weight(inputs, line.symbol), line.holding_shares
    step = step_of(inputs, desired)
    if not desired or (desired < 0 and step % 1):
        return _near(inputs, line)  # what is closed is not kept, and a short is held in whole shares
    room = _room(inputs, line)
    least, most = (room.least, room.least_by), (room.most, room.most_by)
    if desired > 0:
        least = max(least, (min(held, ZERO), "zero"))
    else:
        most = min(most, (max(held, ZERO), "zero"))
    least, most = (least[0] - held, least[1]), (most[0] - held, most[1])
    if inputs.long_only:
        least = max(least, (-max(held, ZERO), "long_only"))
    if line.symbol in inputs.no_sell:
        least = max(least, (ZERO, "no_sell"))
    if line.symbol in inputs.no_buy:
        most = min(most, (ZERO, "no_buy"))
    return Range(_up(least[0], step), _down(most[0], step), step, _wanted(inputs, line), least[1], most[1])


def _near(inputs: PlanInputs, line: PlanLine) -> Range:
    desired, held = desired_weight(inputs, line.symbol), line.holding_shares
    step, wanted = step_of(inputs, desired), _wanted(inputs, line)
    room = _room(inputs, line)
    least = max(min(_down(wanted, step), ZERO), room.least - held)
    most = min(max(_up(wanted, step), ZERO), room.most - held)
    if inputs.long_only:
        least = max(least, -max(held, ZERO))
    if line.symbol in inputs.no_sell:
        least = max(least, ZERO)
    if line.symbol in inputs.no_buy:
        most = min(most, ZERO)
    return Range(least, most, step, wanted, room.least_by, room.most_by)


def _room(inputs: PlanInputs, line: PlanLine) -> LimitRoom:
    assert inputs.limits is not None, "asked only where there are limits"
    desired = desired_weight(inputs, line.symbol)
    price, held, step = line.decision_price, line.holding_shares, step_of(inputs, desired)
    return room_of(inputs.limits, inputs.nav_usd, price, held, step, line.adv_shares, held_at_all=desired > 0)


def _wanted(inputs: PlanInputs, line: PlanLine) -> Decimal:
    desired = desired_weight(inputs, line.symbol)
    return wanted_shares(desired, inputs.nav_usd, line.decision_price, line.holding_shares)


def _down(shares: Decimal, step: Decimal) -> Decimal:
    return (shares / step).to_integral_value(ROUND_FLOOR) * step


def _up(shares: Decimal, step: Decimal) -> Decimal:
    return (shares / step).to_integral_value(ROUND_CEILING) * step
