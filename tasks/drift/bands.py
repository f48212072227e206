"""The bands: how far each weight is from its target, which band it left, and how far it is brought back."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from tasks.book.drift import DriftSettings
from tasks.model.plan import CASH

EDGE = 1e-9
"""A drift this close to its band counts as outside: weights are floats, and a drift equal to its band fires."""
DUST = 1e-4
"""A holding without a target is outside any relative band, from this weight on (one basis point of the book)."""


@dataclass(frozen=True, slots=True)
class DriftLine:
    """One row of the drift table; cash is a row. All weights are fractions of net asset value."""

    symbol: str
    current: float
    target: float
    drift: float
    """current - target; positive is overweight."""
    relative_drift: float | None
    """drift / |target|; None where the target is zero."""
    breached_by: str | None
    """`absolute_band`, `relative_band` or `must_exit`; None is inside its bands."""
    trade_to: float
    """The weight to trade to; `current` when the line is left alone."""


def drift_lines(
    rule: DriftSettings, weights: Mapping[str, float], targets: Mapping[str, float], must_exit: Collection[str]
) -> tuple[DriftLine, ...]:
    """One line per symbol of either mapping, by symbol with cash last; `trade_to` is still `current`."""
    symbols = sorted(weights.keys() | targets.keys(), key=lambda s: (s == CASH, s))
    return tuple(_line(rule, s, weights.get(s, 0.0), targets.get(s, 0.0), s in must_exit) for s in symbols)


def _line(rule: DriftSettings, symbol: str, current: float, target: float, forced: bool) -> DriftLine:
    target = 0.0 if forced else target
    drift = current - target
    relative = drift / abs(target) if target else None
    breached = "must_exit" if forced and current else _band_left(rule, symbol, drift, target)
    return DriftLine(symbol, current, target, drift, relative, breached, current)


def _band_left(rule: DriftSettings, symbol: str, drift: float, target: float) -> str | None:
    if rule.absolute_band_pct is not None and abs(drift) >= rule.absolute_band_pct / 100 - EDGE:
        return "absolute_band"
    if rule.relative_band_pct is None:
        return None
    if target == 0:  # Any holding is infinitely far off; idle cash is not a holding to get rid of.
        return "relative_band" if symbol != CASH and abs(drift) >= DUST else None
    return "relative_band" if abs(drift) >= abs(target) * rule.relative_band_pct / 100 - EDGE else None


def half_width(rule: DriftSettings, symbol: str, target: float) -> float:
    """Distance from the target to the edge of the tighter band, a fraction of net asset value.

    Zero when the rule has no bands at all; infinite for cash with a zero target and a relative band only.
    """
    if not has_bands(rule):
        return 0.0
    absolute = math.inf if rule.absolute_band_pct is None else rule.absolute_band_pct / 100
    relative = math.inf if rule.relative_band_pct is None else abs(target) * rule.relative_band_pct / 100
    return absolute if symbol == CASH and target == 0 else min(absolute, relative)


def has_bands(rule: DriftSettings) -> bool:
    """False: the book trades by the calendar alone."""
    return rule.absolute_band_pct is not None or rule.relative_band_pct is not None


def to_target(lines: tuple[DriftLine, ...]) -> tuple[DriftLine, ...]:
    """Every line to its target; the cash leg takes what the symbols leave, so that the weights sum to one."""
    return with_cash(tuple(replace(line, trade_to=line.target) for line in lines))


def only_exits(lines: tuple[DriftLine, ...]) -> tuple[DriftLine, ...]:
    """What must go goes, and cash takes it; every other line stays where it is."""
    return with_cash(tuple(replace(x, trade_to=0.0 if x.breached_by == "must_exit" else x.current) for x in lines))


def breached_only(rule: DriftSettings, lines: tuple[DriftLine, ...]) -> tuple[DriftLine, ...]:
    """Bring back only what left its band: to its target, or with `band_edge` to the edge and not inside it.

    Without any band configured, every drift is outside. Cash is the other side of every trade: it takes what the
    symbols leave, and when that leaves cash itself outside its own band (or below zero), the symbols on the other
    side of their targets are moved towards them, each by the same share of its drift, until cash is back.
    """
    moved = tuple(line if line.symbol == CASH else replace(line, trade_to=_back(rule, line)) for line in lines)
    moved = with_cash(moved)
    cash = moved[-1]
    wanted = _cash_back(rule, cash)
    return moved if wanted == cash.trade_to else with_cash(_spread(moved, cash.trade_to - wanted))


def _back(rule: DriftSettings, line: DriftLine) -> float:
    if line.breached_by == "must_exit":
        return 0.0
    if line.breached_by is None and has_bands(rule):
        return line.current
    if rule.trade_to == "target":
        return line.target
    width = half_width(rule, line.symbol, line.target)
    return line.target + math.copysign(min(width, abs(line.drift)), line.drift)


def _cash_back(rule: DriftSettings, cash: DriftLine) -> float:
    """Where cash has to go once the symbols have moved; its lower edge is never below zero, unless its target is."""
    width = half_width(rule, CASH, cash.target)
    low, high = max(cash.target - width, min(cash.target, 0.0)), cash.target + width
    # The edge itself fires only for cash that was there before: cash put there by the other lines' trades may stay.
    inside = low - EDGE <= cash.trade_to <= high + EDGE
    if inside and (cash.breached_by is None or abs(cash.trade_to - cash.target) < width - EDGE):
        return cash.trade_to
    if rule.trade_to == "target":
        return cash.target
    return min(max(cash.trade_to, low), high)


def _spread(lines: tuple[DriftLine, ...], surplus: float) -> tuple[DriftLine, ...]:
    """Spend surplus cash on underweights, raise missing cash from overweights: each by the same share of its gap."""
    sign = math.copysign(1.0, surplus)
    rest = {line.symbol: line.target - line.trade_to for line in lines if line.symbol != CASH}
    rest = {symbol: gap for symbol, gap in rest.items() if gap * sign > 0}
    # The weights sum to one, so the gaps on this side add up to at least the surplus over the cash target.
    share = min(abs(surplus) / abs(math.fsum(rest.values())), 1.0) if rest else 0.0
    return tuple(replace(line, trade_to=line.trade_to + share * rest.get(line.symbol, 0.0)) for line in lines)


def with_cash(lines: tuple[DriftLine, ...]) -> tuple[DriftLine, ...]:
    """Cash is the last line: it gets what the others leave of 1."""
    left = 1.0 - math.fsum(line.trade_to for line in lines[:-1])
    return (*lines[:-1], replace(lines[-1], trade_to=left))
