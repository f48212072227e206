"""Steps moved until every sum that the book bounds holds again after rounding; what cannot be held is said; pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from tasks.orders.book_limits import EXACT, Stand, SumLimit, room_of, sum_limits, totals
from tasks.orders.cash import money_left
from tasks.orders.inputs import PlanInputs
from tasks.orders.reasons import desired_weight, plain
from tasks.orders.sizing import described, non_trade, step_of, too_small, wanted_shares
from tasks.terms import Finding, PlanLine, Severity, Side

ZERO = Decimal(0)
ROUNDED_AWAY = "below_share_step"
MOST_MOVES_A_LINE = 4


@dataclass(frozen=True, slots=True)
class Range:
    """Signed shares that a line may trade: from nothing to one step beyond what is wanted, within its own limits."""

    least: Decimal
    most: Decimal
    step: Decimal
    wanted: Decimal


def keep_sums(lines: Sequence[PlanLine], inputs: PlanInputs) -> tuple[tuple[PlanLine, ...], tuple[Finding, ...]]:
    """The same lines, some a few steps less or one step more, and a finding for every sum that no step can hold.

    The worst excess is mended first, by the line that then stays nearest to what was wanted. No move makes another
    limit worse than it was, none spends cash that is not there, and none is below the least trade.
    """
    if inputs.limits is None:
        return tuple(lines), ()
    limits = sum_limits(inputs.limits, inputs.facts, inputs.nav_usd, inputs.reserve_usd)
    now = {line.symbol: line for line in lines}
    ranges = {line.symbol: _range(inputs, line) for line in lines if line.side or line.reason == ROUNDED_AWAY}
    for _ in range(MOST_MOVES_A_LINE * len(now) + 8):
        stands = [_stand(line) for line in now.values()]
        sums = totals(limits, stands)
        moved = _best_move(limits, sums, now, ranges, inputs)
        if moved is None:
            break
        now[moved.symbol] = moved
    sums = totals(limits, [_stand(line) for line in now.values()])
    return tuple(now[line.symbol] for line in lines), _findings(inputs, limits, sums)


def _stand(line: PlanLine) -> Stand:
    return Stand(line.symbol, line.holding_shares, _signed(line), line.decision_price)


def _signed(line: PlanLine) -> Decimal:
    return line.shares * (line.side.sign if line.side else 0)


def _range(inputs: PlanInputs, line: PlanLine) -> Range:
    assert inputs.limits is not None, "asked only where there are limits"
    desired, held = desired_weight(inputs, line.symbol), line.holding_shares
    step = step_of(inputs, desired)
    wanted = wanted_shares(desired, inputs.nav_usd, line.decision_price, held)
    down = (wanted / step).to_integral_value(ROUND_FLOOR) * step
    up = (wanted / step).to_integral_value(ROUND_CEILING) * step
    price, adv = line.decision_price, line.adv_shares
    room = room_of(inputs.limits, inputs.nav_usd, price, held, step, adv, held_at_all=desired > 0)
    least, most = max(min(down, ZERO), room.least - held), min(max(up, ZERO), room.most - held)
    if inputs.long_only:
        least = max(least, -max(held, ZERO))
    if line.symbol in inputs.no_sell:
        least = max(least, ZERO)
    if line.symbol in inputs.no_buy:
        most = min(most, ZERO)
    return Range(least, most, step, wanted)


def _best_move(
    limits: Sequence[SumLimit],
    sums: Sequence[float],
    lines: Mapping[str, PlanLine],
    ranges: Mapping[str, Range],
    inputs: PlanInputs,
) -> PlanLine | None:
    """The line that mends the worst excess at least distance from what was wanted, already moved."""
    over = [(limit.excess(total), i) for i, (limit, total) in enumerate(zip(limits, sums, strict=True))]
    for excess, i in sorted(over, reverse=True):
        if excess <= EXACT:
            return None
        tried = [
            move
            for symbol, room in ranges.items()
            if (move := _move(limits, sums, i, lines[symbol], room, inputs)) is not None
        ]
        for *_, line in sorted(tried, key=lambda move: move[:3]):
            if _is_paid(line, lines, inputs):
                return line
    return None


def _move(
    limits: Sequence[SumLimit], sums: Sequence[float], i: int, line: PlanLine, room: Range, inputs: PlanInputs
) -> tuple[float, float, str, PlanLine] | None:
    """(excess left, distance from what was wanted in USD, symbol, line) of the better direction; None: it cannot."""
    found = []
    for sign in (-1, 1):
        trade = _far_enough(limits[i], sums[i], line, room, sign)
        if trade is None or (moved := _as_line(inputs, line, trade, limits[i])) is None:
            continue
        before, after = _stand(line), _stand(moved)
        left = [
            limit.excess(total - limit.part(before) + limit.part(after))
            for limit, total in zip(limits, sums, strict=True)
        ]
        worse = any(
            late > max(limit.excess(total), 0.0) + EXACT for late, limit, total in zip(left, limits, sums, strict=True)
        )
        if not worse and left[i] < limits[i].excess(sums[i]) - EXACT / 10:
            distance = float(abs(trade - room.wanted) * line.decision_price)
            found.append((max(left[i], 0.0) if left[i] > EXACT else 0.0, distance, line.symbol, moved))
    return min(found, key=lambda move: move[:3], default=None)


def _far_enough(limit: SumLimit, total: float, line: PlanLine, room: Range, sign: int) -> Decimal | None:
    """The signed shares, in steps from now, that end the excess of one limit, or go as far as the line may."""
    trade, one = _signed(line), sign * room.step
    before = limit.part(_stand(line))
    after = limit.part(replace(_stand(line), trade=trade + one))
    gain = limit.excess(total) - limit.excess(total - before + after)
    if gain <= 0:
        return None
    steps = math.ceil(limit.excess(total) / gain - 1e-6)
    left = (room.most - trade if sign > 0 else trade - room.least) / room.step
    steps = min(max(steps, 1), int(left))
    return trade + steps * one if steps > 0 else None


def _as_line(inputs: PlanInputs, line: PlanLine, trade: Decimal, limit: SumLimit) -> PlanLine | None:
    label = limit.name if limit.subject == "portfolio" else f"{limit.name} {limit.subject}"
    if not trade:
        what = f"{plain(line.shares)} shares wanted, none traded: the book's limit {label} leaves no room"
        return non_trade(line, "limit_in_the_way", what)
    moved = replace(line, side=Side.BUY if trade > 0 else Side.SELL, shares=abs(trade))
    if too_small(inputs, moved):
        return None
    because = f"so many that the book's limit {label} holds in whole steps"
    return described(inputs, moved, line.reason if line.side and line.reason != ROUNDED_AWAY else "", None, because)


def _is_paid(moved: PlanLine, lines: Mapping[str, PlanLine], inputs: PlanInputs) -> bool:
    """Whether the cash is there afterwards, or is at least no shorter than before."""
    after = money_left([moved if line.symbol == moved.symbol else line for line in lines.values()], inputs)
    if after.enough or not any(line.side is Side.BUY for line in lines.values()):
        return True
    before = money_left(list(lines.values()), inputs)
    return after.worst >= before.worst and after.calm >= before.calm


def _findings(inputs: PlanInputs, limits: Sequence[SumLimit], sums: Sequence[float]) -> tuple[Finding, ...]:
    """What no step could mend: drift, a frozen holding or a least trade is in the way, and the plan says so."""
    found = []
    for limit, total in zip(limits, sums, strict=True):
        excess = limit.excess(total)
        if excess > 1e-6:
            message = (
                f"{limit.words(total)}: beyond it by {excess * 100:.4f} points, and no trade of this plan can mend "
                "that: what would have to move is inside its band, locked, or less than can be traded"
            )
            found.append(Finding(Severity.WARN, "limit_not_held", limit.name, message, session=inputs.session))
    return tuple(found)
