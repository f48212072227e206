"""Steps moved until every sum that the book bounds holds again after rounding; what cannot be held is said; pure."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from tasks.model.orders import Side
from tasks.model.plan import PlanLine, of_shares
from tasks.plan.book_limits import EXACT, Stand, SumLimit, sum_limits, totals
from tasks.plan.cash import money_left, money_of
from tasks.plan.cash_cut import Money
from tasks.plan.inputs import PlanInputs
from tasks.plan.limit_room import ROUNDED_AWAY, Range, near_ranges, wide_ranges
from tasks.plan.line_words import described, non_trade
from tasks.plan.min_trade import too_small

MOST_MOVES_A_LINE = 4
MOST_WIDE_MOVES = 200
LINES_A_MOVE = 20
"""Of so many lines one is moved before all are weighed anew."""
PARTS = 4
"""A wide move mends at least this part of an excess, or goes one step: several names share what is to be mended."""
NO_TRADE = frozenset({"inside_bands", "cooldown", "nothing_to_move"})
"""Codes of the drift rule that let a book rest: then nothing leaves its target for a limit."""
MOVED = "moved_for_limit"
USUAL_SIGMA = 0.02
"""Daily volatility of a symbol that none is known of."""

Lines = dict[str, PlanLine]
Found = tuple[float, float, str, PlanLine]
"""What a move leaves, what it costs, its symbol, and the line already moved; the first three sort."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where all lines together stand: each limit's sum, and the money left."""

    limits: Sequence[SumLimit]
    sums: Sequence[float]
    money: Money
    buys: bool

    def excess(self, i: int, line: PlanLine, moved: PlanLine) -> float:
        """How far one sum is beyond its bound once the line has been moved."""
        part = self.limits[i].part
        return self.limits[i].excess(self.sums[i] - part(stand_of(line)) + part(stand_of(moved)))

    def worse(self, line: PlanLine, moved: PlanLine) -> SumLimit | None:
        """The first limit that the move pushes out, or further out than it stands."""
        for i, (limit, total) in enumerate(zip(self.limits, self.sums, strict=True)):
            if self.excess(i, line, moved) > max(limit.excess(total), 0.0) + EXACT:
                return limit
        return None

    def is_paid(self, line: PlanLine, moved: PlanLine, inputs: PlanInputs) -> bool:
        """Whether the cash is there afterwards, or is at least no shorter than before."""
        after = self.money - money_of(line, inputs) + money_of(moved, inputs)
        if after.enough or not (self.buys or moved.side is Side.BUY):
            return True
        return after.worst >= self.money.worst and after.calm >= self.money.calm

    def helps(self, i: int, line: PlanLine, moved: PlanLine, inputs: PlanInputs) -> bool:
        """Whether the move brings one sum nearer to its bound, costs no other, and is paid."""
        excess = self.limits[i].excess(self.sums[i])
        nearer = excess > EXACT and self.excess(i, line, moved) < excess - EXACT / 10
        return nearer and self.worse(line, moved) is None and self.is_paid(line, moved, inputs)

    def after(self, line: PlanLine, moved: PlanLine, inputs: PlanInputs) -> "Standing":
        """With `moved` in the place of `line`; sums are moved by the difference, not added up again."""
        before, then = stand_of(line), stand_of(moved)
        sums = [x - limit.part(before) + limit.part(then) for limit, x in zip(self.limits, self.sums, strict=True)]
        money = self.money - money_of(line, inputs) + money_of(moved, inputs)
        return replace(self, sums=sums, money=money, buys=self.buys or moved.side is Side.BUY)


def standing_of(limits: Sequence[SumLimit], lines: Sequence[PlanLine], inputs: PlanInputs) -> Standing:
    """Of all lines together: sums against their limits, and the cash that is left."""
    buys = any(line.side is Side.BUY for line in lines)
    return Standing(limits, totals(limits, [stand_of(line) for line in lines]), money_left(lines, inputs), buys)


def keep_sums(lines: Sequence[PlanLine], inputs: PlanInputs) -> tuple[PlanLine, ...]:
    """The same lines, some moved by steps so that every sum that the book bounds holds, as far as steps can.

    First no line leaves what is wanted of it by more than one step: the worst excess is mended by the line that then
    stays nearest to what was wanted. What that leaves is shared among the lines that have room within their own limits,
    each time by the one whose step adds least risk against the target. No move makes another limit worse than it was,
    none spends cash that is not there, and none is below the least trade.
    """
    if inputs.limits is None:
        return tuple(lines)
    limits = sum_limits(inputs.limits, inputs.facts, inputs.nav_usd, inputs.reserve_usd)
    now = {line.symbol: line for line in lines}
    _move_all(limits, now, near_ranges(inputs, now), inputs, MOST_MOVES_A_LINE * len(now) + 8, wide=False)
    if inputs.drift_rule not in NO_TRADE:
        _move_all(limits, now, wide_ranges(inputs, now), inputs, MOST_WIDE_MOVES + len(now), wide=True)
    return tuple(now[line.symbol] for line in lines)


def stand_of(line: PlanLine) -> Stand:
    """With the trade signed: positive buys."""
    return Stand(line.symbol, line.holding_shares, signed(line), line.decision_price)


def signed(line: PlanLine) -> Decimal:
    """Shares: positive buys, negative sells, 0 for a line that stays."""
    return line.shares * (line.side.sign if line.side else 0)


def as_line(
    inputs: PlanInputs, line: PlanLine, trade: Decimal, limit: SumLimit, *, wide: bool = False
) -> PlanLine | None:
    """The line with these signed shares for the sake of a limit; None where they are below the least trade.

    One that is moved `wide` of what is wanted has that as its reason; by a step it is rounding.
    """
    if not trade:
        what = f"{of_shares(line.shares)} wanted, none traded, in favour of the book's limit {limit.label}"
        return non_trade(line, "limit_in_the_way", what)
    moved = replace(line, side=Side.BUY if trade > 0 else Side.SELL, shares=abs(trade))
    if too_small(inputs, moved):
        return None
    because = f"moved by whole steps in favour of the book's limit {limit.label}"
    reason = MOVED if wide else line.reason if line.side and line.reason != ROUNDED_AWAY else ""
    return described(inputs, moved, reason, None, because)


def _move_all(
    limits: Sequence[SumLimit], now: Lines, ranges: Mapping[str, Range], inputs: PlanInputs, most: int, *, wide: bool
) -> None:
    """Move lines, in place, the best first, until nothing is beyond its bound or nothing helps."""
    at_once = 1 + len(now) // LINES_A_MOVE if wide else 1
    for _ in range(most):
        stands = standing_of(limits, list(now.values()), inputs)
        i, found = _ways(stands, now, ranges, inputs, wide=wide)
        if not found:
            return
        for *_, moved in found[:at_once]:
            line = now[moved.symbol]
            if stands.helps(i, line, moved, inputs):
                now[moved.symbol], stands = moved, stands.after(line, moved, inputs)


def _ways(
    stands: Standing, lines: Lines, ranges: Mapping[str, Range], inputs: PlanInputs, *, wide: bool
) -> tuple[int, list[Found]]:
    """The worst excess that anything helps, as its place among the limits, and what helps it, the best first."""
    over = [(limit.excess(total), i) for i, (limit, total) in enumerate(zip(stands.limits, stands.sums, strict=True))]
    for excess, i in sorted(over, reverse=True):
        if excess <= EXACT:
            break
        tried = [
            move
            for symbol, room in ranges.items()
            for move in _moves(stands, i, lines[symbol], room, inputs, wide=wide)
        ]
        if tried:
            return i, sorted(tried, key=lambda move: move[:3])
    return 0, []


def _moves(stands: Standing, i: int, line: PlanLine, room: Range, inputs: PlanInputs, *, wide: bool) -> Iterator[Found]:
    """The way in which one line helps, in either direction: the longest that nothing is in the way of."""
    excess = stands.limits[i].excess(stands.sums[i])
    for trade in _sizes(stands, i, line, room, wide=wide):
        moved = as_line(inputs, line, trade, stands.limits[i], wide=wide)
        if moved is None:
            continue
        if not stands.helps(i, line, moved, inputs):
            continue
        left = stands.excess(i, line, moved)
        left = left if left > EXACT else 0.0
        if wide:
            yield 0.0, _risk_added(inputs, line, trade, room) / (excess - left), line.symbol, moved
        else:
            yield left, float(abs(trade - room.wanted) * line.decision_price), line.symbol, moved
        return


def _sizes(stands: Standing, i: int, line: PlanLine, room: Range, *, wide: bool) -> Iterator[Decimal]:
    """Signed shares to try, the longest way first, each half of the one before; one that ends it all comes last."""
    limit, total, now = stands.limits[i], stands.sums[i], signed(line)
    for sign in (-1, 1):
        trade = _far_enough(limit, total, line, room, sign, PARTS if wide else 1)
        if trade is None:
            continue
        steps = int(abs(trade - now) / room.step)
        while steps:
            yield now + sign * steps * room.step
            steps //= 2
        last = _far_enough(limit, total, line, room, sign, 1)
        if wide and last is not None and last != trade:
            yield last


def _risk_added(inputs: PlanInputs, line: PlanLine, trade: Decimal, room: Range) -> float:
    """Variance that going on to `trade` adds to the difference to the target, the symbol seen by itself."""
    price = float(line.decision_price / inputs.nav_usd)
    before, after = (float(shares - room.wanted) * price for shares in (signed(line), trade))
    sigma = inputs.sigma_daily.get(line.symbol) or USUAL_SIGMA
    return sigma**2 * (after**2 - before**2)


def _far_enough(limit: SumLimit, total: float, line: PlanLine, room: Range, sign: int, parts: float) -> Decimal | None:
    """The signed shares, in steps from now, that end a part of one limit's excess, or go as far as the line may."""
    trade, one = signed(line), sign * room.step
    before = limit.part(stand_of(line))
    after = limit.part(replace(stand_of(line), trade=trade + one))
    gain = limit.excess(total) - limit.excess(total - before + after)
    if gain <= 0:
        return None
    steps = math.ceil(limit.excess(total) / gain / parts - 1e-6)
    left = (room.most - trade if sign > 0 else trade - room.least) / room.step
    steps = min(max(steps, 1), int(left))
    return trade + steps * one if steps > 0 else None
