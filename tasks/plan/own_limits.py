"""Which weights a plan leaves outside the limits of a single symbol, and why; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tasks.model.plan import Finding, PlanLine, Severity
from tasks.plan.inputs import PlanInputs
from tasks.plan.least_position import BELOW_LEAST_POSITION, is_too_low
from tasks.plan.line_words import few, pct, weight_after
from tasks.plan.sizing import SAME_WEIGHT

NOT_HELD = "weight_limit_not_held"
INSIDE = frozenset({"inside_band"})
WHY: Mapping[str, str] = {
    "inside_band": "inside the band: a limit of a weight holds where a line is traded, and what prices, dividends or "
    "cash have moved since stays as long as its band is not left",
    "at_target": "at the target",
    "locked_by_break": "locked by a break",
    "bad_data": "frozen for bad data",
    "outside_universe": "outside the universe",
    "no_price": "without a price",
    "no_sell": "limits.no_sell keeps it",
    "no_buy": "limits.no_buy keeps it",
    "below_share_step": "less than a share is missing",
    "below_minimum_trade": "what is missing is below the least trade",
    "limit_in_the_way": "another limit is in the way",
    "scaled_to_cash": "the cash buys no more",
    "no_cash": "the cash buys no more",
    BELOW_LEAST_POSITION: "the cash buys too little more",
    "cut_by_gate": "cut by the gate",
    "refused_by_gate": "refused by the gate",
}
"""By the reason of a line."""


def with_own_limits(inputs: PlanInputs, line: PlanLine) -> PlanLine:
    """The line, and where its own weight limit is not held afterwards, a word on it behind the reason."""
    broken = _broken(inputs, line)
    if broken is None:
        return line
    way, limit = broken
    verb = "it stays above" if way == "above" else "it is below"
    return replace(line, sentence=f"{line.sentence}; at {pct(weight_after(line, inputs.nav_usd))} {verb} {limit}")


def weights_not_held(lines: Sequence[PlanLine], inputs: PlanInputs) -> tuple[Finding, ...]:
    """One finding for each limit of a weight that a line does not hold: which lines, where they stand, and why.

    INFO where a band lets them stay, WARN for any other reason.
    """
    groups: dict[tuple[str, str], list[PlanLine]] = {}
    for line in lines:
        if broken := _broken(inputs, line):
            groups.setdefault(broken, []).append(line)
    return tuple(_finding(inputs, way, limit, found) for (way, limit), found in groups.items())


def _finding(inputs: PlanInputs, way: str, limit: str, lines: Sequence[PlanLine]) -> Finding:
    by_reason: dict[str, list[str]] = {}
    for line in lines:
        name = f"{line.symbol} at {pct(weight_after(line, inputs.nav_usd))}"
        by_reason.setdefault(WHY.get(line.reason, "its target is there"), []).append(name)
    told = "; ".join(f"{few(names)} ({why})" for why, names in by_reason.items())
    severity = Severity.INFO if {line.reason for line in lines} <= INSIDE else Severity.WARN
    return Finding(severity, NOT_HELD, limit.partition(",")[0], f"{way} {limit}: {told}", session=inputs.session)


def _broken(inputs: PlanInputs, line: PlanLine) -> tuple[str, str] | None:
    """`above` or `below`, and the limit with its value; None where the line holds all of its own."""
    if inputs.limits is None:
        return None
    after, limits = weight_after(line, inputs.nav_usd), inputs.limits
    if after > limits.max_weight_pct / 100 + SAME_WEIGHT:
        return "above", f"limits.max_weight_pct, {limits.max_weight_pct:g} %"
    if after < limits.min_weight_pct / 100 - SAME_WEIGHT and line.symbol not in inputs.must_exit:
        return "below", f"limits.min_weight_pct, {limits.min_weight_pct:g} %"
    if is_too_low(after, limits.min_position_pct):
        return "below", f"limits.min_position_pct, {limits.min_position_pct:g} %"
    return None
