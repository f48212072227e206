"""Which limits of the book a plan does not hold, and what is in the way of each; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from tasks.model.orders import Side
from tasks.model.plan import Finding, Plan, PlanLine, Severity
from tasks.plan import own_limits
from tasks.plan.book_limits import SumLimit, sum_limits
from tasks.plan.inputs import PlanInputs
from tasks.plan.least_position import BELOW_LEAST_POSITION
from tasks.plan.limit_repair import NO_TRADE, Standing, as_line, signed, stand_of, standing_of
from tasks.plan.limit_room import free_to_move, own_range
from tasks.plan.line_words import few
from tasks.plan.reserve_summary import BELOW_RESERVE, reserve_after_cost
from tasks.plan.sizing import desired_weight

NOT_HELD = "limit_not_held"
JUDGED = frozenset({NOT_HELD, own_limits.NOT_HELD, BELOW_RESERVE})
"""Checks of the findings below: a plan that changes is judged anew."""
WORTH_A_WORD = 1e-6
"""Of net asset value: what is beyond a bound by less is not told."""
WORDS: Mapping[str, str] = {
    "at_target": "at target",
    "inside_band": "inside the band",
    "locked_by_break": "locked by a break",
    "bad_data": "frozen for bad data",
    "restricted": "on risk.restricted",
    "outside_universe": "outside the universe",
    "no_price": "without a price",
    "no_buy": "in limits.no_buy",
    "no_sell": "in limits.no_sell",
    "long_only": "nothing more is held to be sold",
    "zero": "one step more would change sides",
    "closing": "to be closed and nothing else",
    "below_minimum_trade": "one step is below the least trade",
    "no_cash": "no cash for one step more",
    BELOW_LEAST_POSITION: "the cash buys less than limits.min_position_pct",
    "no_rule": "no rule trades today",
    "refused_by_gate": "refused by the gate",
    "cut_by_gate": "cut by the gate",
    "": "one step more could go, and was not found",
}
"""What keeps a line from mending a sum; a setting of `limits` that is in the way is named by itself."""


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why one line does not go one step further in the direction that would mend a sum."""

    symbol: str
    code: str
    """A key of WORDS, `limits.` and its field for the line's own limit, or `breaks LIMIT` for another sum."""


def unmet(lines: Sequence[PlanLine], inputs: PlanInputs) -> Iterator[tuple[SumLimit, float, tuple[Hindrance, ...]]]:
    """Every sum that is beyond its bound, where it would stand, and what keeps each line that could mend it."""
    if inputs.limits is None:
        return
    limits = sum_limits(inputs.limits, inputs.facts, inputs.nav_usd, inputs.reserve_usd)
    stands = standing_of(limits, lines, inputs)
    for i, (limit, total) in enumerate(zip(limits, stands.sums, strict=True)):
        if limit.excess(total) > WORTH_A_WORD:
            found = (_hindrance(stands, i, line, inputs) for line in lines)
            yield limit, total, tuple(each for each in found if each is not None)


def sums_not_held(lines: Sequence[PlanLine], inputs: PlanInputs) -> tuple[Finding, ...]:
    """A WARN for every sum that is beyond its bound once the lines have traded."""
    return tuple(
        Finding(Severity.WARN, NOT_HELD, limit.name, _sentence(limit, total, found), session=inputs.session)
        for limit, total, found in unmet(lines, inputs)
    )


def judged_after_gate(plan: Plan, planned: Plan, inputs: PlanInputs) -> Plan:
    """The plan that passed the gate, with its limits judged once more: a cut or a refusal may leave one unmet."""
    same = {id(line) for line in planned.lines}
    lines = tuple(line if id(line) in same else own_limits.with_own_limits(inputs, line) for line in plan.lines)
    kept = tuple(finding for finding in plan.findings if finding.check not in JUDGED)
    return replace(plan, lines=lines, findings=(*kept, *limits_not_held(lines, inputs)))


def limits_not_held(lines: Sequence[PlanLine], inputs: PlanInputs) -> tuple[Finding, ...]:
    """A finding for every sum, and for every limit of a weight, that is not held once the lines have traded.

    The last one tells of a reserve that is held until the forecast cost is paid.
    """
    return (
        *own_limits.weights_not_held(lines, inputs),
        *sums_not_held(lines, inputs),
        *reserve_after_cost(lines, inputs),
    )


def _hindrance(stands: Standing, i: int, line: PlanLine, inputs: PlanInputs) -> Hindrance | None:
    """What keeps the line from one step that would mend the sum; None where no step of it does."""
    if line.symbol not in inputs.desired_weights and line.symbol not in inputs.must_exit:
        return Hindrance(line.symbol, line.reason) if stands.limits[i].part(stand_of(line)) else None
    room = own_range(inputs, line)
    for sign in (-1, 1):
        trade = signed(line) + sign * room.step
        side = Side.BUY if trade > 0 else Side.SELL if trade < 0 else None
        if stands.excess(i, line, replace(line, side=side, shares=abs(trade))) < stands.excess(i, line, line):
            return Hindrance(line.symbol, _code(stands, i, line, trade, inputs))
    return None


def _code(stands: Standing, i: int, line: PlanLine, trade: Decimal, inputs: PlanInputs) -> str:
    if not free_to_move(line) or line.reason == "cut_by_gate":
        return line.reason
    if not desired_weight(inputs, line.symbol):
        return "closing"
    room = own_range(inputs, line)
    if not room.least <= trade <= room.most:
        by = room.most_by if trade > room.most else room.least_by
        return by if by in WORDS else f"limits.{by}"
    if inputs.drift_rule in NO_TRADE:
        return "no_rule"
    moved = as_line(inputs, line, trade, stands.limits[i])
    if moved is None:
        return "below_minimum_trade"
    broken = stands.worse(line, moved)
    if broken is not None:
        return f"breaks {broken.label}"
    return "" if stands.is_paid(line, moved, inputs) else "no_cash"


def _sentence(limit: SumLimit, total: float, found: Sequence[Hindrance]) -> str:
    by_code: dict[str, list[str]] = {}
    for each in found:
        by_code.setdefault(each.code, []).append(each.symbol)
    ways = [f"{_words(code)} ({few(symbols)})" for code, symbols in by_code.items()]
    why = f"In the way: {'; '.join(ways)}" if ways else "No symbol of the book could change that"
    return f"{limit.words(total)}. {why}"


def _words(code: str) -> str:
    if code.startswith("limits."):
        return f"{code} leaves no room for a step"
    if code.startswith("breaks "):
        return f"one step more would break {code.removeprefix('breaks ')}"
    return WORDS[code]
