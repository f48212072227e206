"""Whether a book trades today, and the sentence that says why."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from tasks.book.drift import DriftSettings
from tasks.drift.bands import (
    EDGE,
    DriftLine,
    breached_only,
    drift_lines,
    half_width,
    has_bands,
    only_exits,
    to_target,
    with_cash,
)
from tasks.drift.calendar_rule import Missed, calendar_date_due, sessions_between
from tasks.errors import BadDataError
from tasks.model.plan import CASH
from tasks.wording import counted

CATCH_UP = "catch_up"
SUM_TOLERANCE = 1e-6
"""Weights must sum to one within this (0.01 basis points)."""

MOST_NAMED = 5
SMALL_EXIT_PCT = 1.0
"""What must go goes alone below this weight, where the book has no absolute band to measure it by."""


@dataclass(frozen=True, slots=True)
class DriftDecision:
    """Trade or not, and which rule said so."""

    trade: bool
    rule: str
    """`must_exit`, `first_build`, `calendar`, `catch_up`, `cash_flow`, `absolute_band`, `relative_band`; or, without
    a trade, `inside_bands`, `cooldown`, `nothing_to_move`."""
    sentence: str
    lines: tuple[DriftLine, ...]
    """By symbol, cash last. `trade_to` sums to one over all lines, and equals `current` everywhere without a trade, but
    for lines that cannot move: they name their target, and the plan says why it is not reached."""


def decide(
    rule: DriftSettings,
    weights: Mapping[str, float],
    targets: Mapping[str, float],
    session: date,
    calendar_sessions: Sequence[date],
    last_rebalance: date | None,
    external_cash_flow_usd: Decimal,
    nav_usd: Decimal,
    must_exit: Collection[str] = (),
    missed: Missed | None = None,
    stuck: Mapping[str, str] = MappingProxyType({}),
) -> DriftDecision:
    """Ask the rules in this order, and let the first that fires decide.

    1. `must_exit`: something is held that may not be. 2. `first_build`: nothing is held and the book never traded.
    3. `calendar`; or `catch_up`, where the book catches up on a day of it that was missed. 4. `cash_flow`: cash moved
    in or out (signed USD since the last session), of either sign. 5. the bands, absolute before relative, cash
    included; a drift exactly equal to its band fires (within 1e-9).

    The cooldown holds back the bands alone; rules 1 to 4 are somebody's decision and not the market's noise. A missed
    day that nothing is done about is told in the sentence.
    How far: `scope: all` with `trade_to: target` moves every symbol to its target. `scope: breached` or `band_edge`
    moves only what left its band (see `breached_only`). A first build always goes to target.

    `stuck` names what cannot move today, with the reason: such a line leaves no band, what it ties up is asked of
    nobody else, and the sentence names it; the plan says why. What must go and is smaller than a band goes alone.

    `weights` and `targets` are fractions of net asset value with a `CASH` row, each summing to one.
    Raises: BadDataError when they do not, when NAV is not positive, or the calendar is too short to answer.
    """
    _check(weights, targets, nav_usd)
    wished = drift_lines(rule, weights, _exited(targets, must_exit), must_exit)
    lines = _reachable(rule, weights, wished, must_exit, stuck)
    unmoved = _named_once(wished, stuck)
    somebodys_word = (
        _first_build(wished, last_rebalance)
        or _calendar(rule, session, calendar_sessions)
        or _catch_up(rule, session, missed)
        or _cash_flow(rule, external_cash_flow_usd, nav_usd)
    )
    fired = _must_exit(lines) or somebodys_word
    if fired is None:
        fired = _band(rule, lines)
        waiting = _cooldown(rule, session, calendar_sessions, last_rebalance) if fired else None
        if fired is None or waiting:
            code, sentence = ("cooldown", f"{fired[1]}; {waiting}") if fired else _quiet(rule, lines, stuck, unmoved)
            told = sentence + _summary_of_missed(rule, missed) + unmoved
            return DriftDecision(False, code, told, _as_wished(lines, wished, stuck))
    code, sentence = fired
    sentence += "" if code == CATCH_UP else _summary_of_missed(rule, missed)
    if code == "must_exit" and somebodys_word is None and _goes_alone(rule, lines):
        moved, sentence = only_exits(lines), f"{sentence}; nothing else left its band, so nothing else moves"
    else:
        moved = to_target(wished) if _all_to_target(rule, code) else breached_only(rule, lines)
    if not any(abs(line.trade_to - line.current) > EDGE for line in moved):
        rest = f"every weight{' that can move' if unmoved else ''} is where it may stay"
        return DriftDecision(False, "nothing_to_move", f"{sentence}; {rest}{unmoved}", lines)
    return DriftDecision(True, code, sentence + unmoved, _as_wished(moved, wished, stuck))


def _reachable(
    rule: DriftSettings,
    weights: Mapping[str, float],
    wished: Sequence[DriftLine],
    must_exit: Collection[str],
    stuck: Mapping[str, str],
) -> tuple[DriftLine, ...]:
    """The lines with what is stuck at its target where it stands: cash makes up for it, and no band is left by it."""
    targets = {line.symbol: line.current if line.symbol in stuck else line.target for line in wished}
    tied_up = math.fsum(line.target - line.current for line in wished if line.symbol in stuck)
    targets[CASH] += tied_up
    return drift_lines(rule, weights, targets, set(must_exit) - stuck.keys())


def _as_wished(
    lines: Sequence[DriftLine], wished: Sequence[DriftLine], stuck: Mapping[str, str]
) -> tuple[DriftLine, ...]:
    """The same decision with every line's true target and drift, for the table.

    What is stuck outside its band is still sent to its target, so that the plan's own line says why it does not go.
    """
    named = {line.symbol for line in wished if line.breached_by and line.symbol in stuck}
    told = tuple(
        replace(
            line,
            target=true.target,
            drift=true.drift,
            relative_drift=true.relative_drift,
            trade_to=true.target if line.symbol in named else line.trade_to,
        )
        for line, true in zip(lines, wished, strict=True)
    )
    return with_cash(told) if named else told


def _named_once(wished: Sequence[DriftLine], stuck: Mapping[str, str]) -> str:
    """What would have fired and cannot move: its reason and its remedy stand once, with its line in the plan."""
    names = [line.symbol for line in wished if line.breached_by and line.symbol in stuck]
    more = f" and {len(names) - MOST_NAMED} more" if names[MOST_NAMED:] else ""
    move = "moves" if len(names) == 1 else "move"
    told = f"; {', '.join(names[:MOST_NAMED])}{more} cannot move and {move} nothing else (the plan says why)"
    return told if names else ""


def _goes_alone(rule: DriftSettings, lines: Sequence[DriftLine]) -> bool:
    """Whether what must go is less than a band, and nothing else left one: then the rest of the book stays put."""
    band = (rule.absolute_band_pct or SMALL_EXIT_PCT) / 100
    return all(
        line.breached_by is None or (line.breached_by == "must_exit" and abs(line.current) < band) for line in lines
    )


def _check(weights: Mapping[str, float], targets: Mapping[str, float], nav_usd: Decimal) -> None:
    for name, values in (("current weights", weights), ("target weights", targets)):
        total = math.fsum(values.values())
        if CASH not in values or not abs(total - 1) <= SUM_TOLERANCE:
            raise BadDataError(
                f"{name} sum to {total:.6f} with cash {values.get(CASH)}; they need a CASH row and sum 1"
            )
    if not nav_usd > 0:
        raise BadDataError(f"net asset value is {nav_usd} USD; a book without value has no weights, fund it first")


def _exited(targets: Mapping[str, float], must_exit: Collection[str]) -> dict[str, float]:
    """Targets in which what must go is zero and its weight is cash, so that they still sum to one."""
    freed = math.fsum(targets.get(symbol, 0.0) for symbol in set(must_exit))
    return {**targets, **dict.fromkeys(targets.keys() & set(must_exit), 0.0), CASH: targets[CASH] + freed}


def _all_to_target(rule: DriftSettings, code: str) -> bool:
    return code == "first_build" or (rule.scope == "all" and rule.trade_to == "target")


Fired = tuple[str, str]
"""A rule's code and its sentence."""


def _must_exit(lines: Sequence[DriftLine]) -> Fired | None:
    out = [line for line in lines if line.breached_by == "must_exit"]
    if not out:
        return None
    return "must_exit", "; ".join(f"{line.symbol} must be sold and is still {_pct(line.current)}" for line in out)


def _first_build(lines: Sequence[DriftLine], last_rebalance: date | None) -> Fired | None:
    *symbols, cash = lines
    if last_rebalance or any(line.current for line in symbols) or not any(line.target for line in symbols):
        return None
    return "first_build", f"nothing is held yet: {_pct(cash.current)} cash against a target of {_pct(cash.target)}"


def _calendar(rule: DriftSettings, session: date, sessions: Sequence[date]) -> Fired | None:
    due = calendar_date_due(rule, session, sessions)
    if due is None:
        return None
    moved = "" if due == session else f": {due:%A} {due} is no session, so it is done on the preceding one"
    return "calendar", f"{session} is the book's {rule.calendar} rebalance{moved}"


def _catch_up(rule: DriftSettings, session: date, missed: Missed | None) -> Fired | None:
    if missed is None or not rule.catch_up:
        return None
    return CATCH_UP, f"{session} catches up on {_rhythm(rule, missed)}, which was missed: {missed.why}"


def _summary_of_missed(rule: DriftSettings, missed: Missed | None) -> str:
    """What a sentence about another rule adds of a day that was missed; empty where none was."""
    if missed is None:
        return ""
    stands = "" if rule.catch_up else "; the book does not catch up on it (drift.catch_up: false)"
    return f"; {_rhythm(rule, missed)} was missed: {missed.why}{stands}"


def _rhythm(rule: DriftSettings, missed: Missed) -> str:
    stood = "" if missed.session == missed.due else f", due in session {missed.session},"
    return f"the book's {rule.calendar} rebalance of {missed.due}{stood}"


def _cash_flow(rule: DriftSettings, flow_usd: Decimal, nav_usd: Decimal) -> Fired | None:
    share = abs(float(flow_usd / nav_usd))
    if rule.cash_flow_pct is None or not flow_usd or share < rule.cash_flow_pct / 100 - EDGE:
        return None
    way = "came in" if flow_usd > 0 else "went out"
    figures = f"{abs(flow_usd):,.2f} USD {way}, {_pct(share)} of net asset value"
    return "cash_flow", f"{figures}, at or above the {rule.cash_flow_pct:.2f} % that triggers"


def _band(rule: DriftSettings, lines: Sequence[DriftLine]) -> Fired | None:
    """The worst breach by drift over band width; the first by symbol among equals."""
    breached = [line for line in lines if line.breached_by]
    if not breached:
        return None
    absolute = [line for line in breached if line.breached_by == "absolute_band"] or breached
    worst = max(absolute, key=lambda line: _widths_off(rule, line))
    others = len(breached) - 1
    more = f"; {others} more outside" if others else ""
    return worst.breached_by or "", _breach(rule, worst) + more


def _widths_off(rule: DriftSettings, line: DriftLine) -> float:
    """Drift in band widths; rounded, so that equals stay equal and the first by symbol is named."""
    return round(abs(line.drift) / max(half_width(rule, line.symbol, line.target), EDGE), 6)


def _breach(rule: DriftSettings, line: DriftLine) -> str:
    way = "over" if line.drift > 0 else "under"
    start = f"{line.symbol} is {_pct(line.current)} against a target of {_pct(line.target)}: "
    if line.breached_by == "absolute_band":
        return f"{start}{abs(line.drift) * 100:.2f} points {way}, its band is {rule.absolute_band_pct:.2f} points"
    if line.relative_drift is None:
        return f"{start}it has no target, so any holding above {_pct(0.0001)} is outside its relative band"
    return f"{start}{abs(line.relative_drift) * 100:.1f} % of it {way}, its band is {rule.relative_band_pct:.1f} %"


def _cooldown(rule: DriftSettings, session: date, sessions: Sequence[date], last_rebalance: date | None) -> str | None:
    if last_rebalance is None or not rule.cooldown_sessions:
        return None
    waited = sessions_between(last_rebalance, session, sessions)
    if waited >= rule.cooldown_sessions:
        return None
    if sessions[0] > last_rebalance:
        raise BadDataError(
            f"the calendar starts {sessions[0]}, after the last rebalance {last_rebalance}; "
            f"pass at least {rule.cooldown_sessions + 1} sessions before {session}"
        )
    return (
        f"bands wait: {waited} of {counted(rule.cooldown_sessions, 'session has', 'sessions have')} "
        f"passed since {last_rebalance}"
    )


def _quiet(rule: DriftSettings, lines: Sequence[DriftLine], stuck: Mapping[str, str], unmoved: str) -> Fired:
    """`unmoved` names what is outside its band and stays there: of the others alone is said that they are inside."""
    widest = max(lines, key=lambda line: abs(line.drift))
    which = "every weight that can move" if unmoved else "every weight"
    inside = f"{which} is inside its band" if has_bands(rule) else "no rule is due and the book has no bands"
    beside = ", without what cannot move and its cash," if stuck else ""
    far = round(widest.drift * 100, 2) + 0.0
    largest = f"is {widest.symbol}'s, {far:+.2f} points" if far else "rounds to nothing"
    return "inside_bands", f"{inside}; the largest drift{beside} {largest}"


def _pct(weight: float) -> str:
    return f"{weight * 100:.2f} %"
