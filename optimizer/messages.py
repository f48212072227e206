"""Limits and conflicts in sentences that a portfolio manager can act on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.limits import PORTFOLIO, BoxPart, Limit, Row
from optimizer.problem import Conflict, Problem, Vector

MOST_NAMES = 8
LISTS = ("frozen", "must_exit", "no_buy", "no_sell")
"""Limits that are lists of symbols and have no bound to move."""


@dataclass(frozen=True, slots=True)
class Need:
    """What would make a limit agree with the others: another bound, or slack (n,) on the weights of symbols."""

    bound: float | None
    slack: Vector | None = None


def described(limit: Limit) -> str:
    """A limit with its bound, e.g. `sector_max Tech (at most 30.00 %)`."""
    if isinstance(limit, BoxPart):
        if limit.limit not in ("max_weight", "min_weight"):
            return limit.limit
        side, bounds = ("at most", limit.upper) if limit.limit == "max_weight" else ("at least", limit.lower)
        told = bounds[np.isfinite(bounds)]
        alike = np.ptp(told) == 0
        return f"{limit.limit} ({side} {_percent(told[0])} each)" if alike else f"{limit.limit} (by symbol)"
    name = limit.limit if limit.subject == PORTFOLIO else f"{limit.limit} {limit.subject}"
    return f"{name} ({_side(limit)} {_amount(limit, own_bound(limit))})"


def crossing_conflict(symbol: str, now: float, told: tuple[str, float], other: tuple[str, float]) -> Conflict:
    """One of two limits, each with the weight it stands on, that leave a symbol held at weight `now` nothing."""
    (limit, bound), (against, needed) = told, other
    is_floor = bound > needed
    first = f"{symbol}: {_stands(limit, bound, now, is_floor)} but {_stands(against, needed, now, not is_floor)}"
    if limit in LISTS:
        return Conflict(
            limit, symbol, None, f"{first}: take {symbol} out of {limit}, so that it can stand at {_percent(needed)}"
        )
    if limit == "long_only":
        return Conflict(limit, symbol, None, f"{first}: allow shorts down to {_percent(needed)}")
    if limit == "adv_participation":
        trade = abs(needed - now)
        return Conflict(
            limit, symbol, trade, f"{first}: allow a trade of at least {_percent(trade)} of net asset value"
        )
    remedy = f"lower {limit} of {symbol} to at most" if is_floor else f"raise {limit} of {symbol} to at least"
    return Conflict(limit, symbol, needed, f"{first}: {remedy} {_percent(needed)}")


def conflict_of(problem: Problem, limit: Limit, need: Need | None, others: Sequence[str]) -> Conflict:
    """One member of a conflicting set, `others` being the rest of it in words."""
    against = "contradicts itself" if not others else f"cannot hold together with {_joined(others)}"
    first = f"{described(limit)} {against}"
    subject = PORTFOLIO if isinstance(limit, BoxPart) else limit.subject
    if need is None or (limit.limit == "cash_reserve" and need.bound is not None and need.bound < 0):
        return Conflict(limit.limit, subject, None, f"{first}: no bound of it alone would do; loosen one of the others")
    if isinstance(limit, BoxPart):
        uniform = limit.limit in ("max_weight", "min_weight")
        return _uniform_conflict(limit, need, first) if uniform else _symbols_conflict(problem, limit, need, first)
    assert need.bound is not None
    falls = need.bound < own_bound(limit)
    remedy = (
        f"lower it to at most {_safe(limit, need.bound, -1)}"
        if falls
        else f"raise it to at least {_safe(limit, need.bound, 1)}"
    )
    return Conflict(limit.limit, subject, need.bound, f"{first}: {remedy}")


def own_bound(limit: Limit) -> float:
    """The bound of a sum as a person set it."""
    assert not isinstance(limit, BoxPart)
    if isinstance(limit, Row) and limit.score is not None:
        return limit.score.bound
    return 1 - limit.bound if limit.limit == "cash_reserve" else limit.bound


def _uniform_conflict(part: BoxPart, need: Need, first: str) -> Conflict:
    assert need.slack is not None
    slack = float(need.slack[0])
    rises = part.limit == "max_weight"
    bounds = part.upper if rises else part.lower
    reached = float(bounds[np.isfinite(bounds)].max()) + (slack if rises else -slack)
    verb = "raise" if rises else "lower"
    sentence = f"{first}: {verb} it by {_percent(slack)} for every symbol, the largest to {_percent(reached)}"
    return Conflict(part.limit, PORTFOLIO, reached, sentence)


def _symbols_conflict(problem: Problem, part: BoxPart, need: Need, first: str) -> Conflict:
    assert need.slack is not None
    moved = np.flatnonzero(need.slack > 1e-9)
    subject = _listed([problem.symbols[i] for i in moved])
    if part.limit == "adv_participation":
        allowed = need.slack + (part.upper - part.lower) / 2
        trades = _listed([f"{_percent(allowed[i])} of {problem.symbols[i]}" for i in moved])
        return Conflict(part.limit, subject, float(allowed[moved].max()), f"{first}: allow trades of {trades}")
    names = _listed([f"{problem.symbols[i]} (for {_percent(need.slack[i])})" for i in moved])
    remedy = "allow shorts in" if part.limit == "long_only" else f"take out of {part.limit}"
    return Conflict(part.limit, subject, None, f"{first}: {remedy} {names}")


def _stands(limit: str, bound: float, now: float, is_floor: bool) -> str:
    if limit == "adv_participation":
        return f"{limit} lets it trade {_percent(abs(bound - now))} from {_percent(now)} to {_percent(bound)}"
    if limit in ("frozen", "must_exit"):
        return f"{limit} holds it at {_percent(bound)}"
    return f"{limit} asks for {'at least' if is_floor else 'at most'} {_percent(bound)}"


def _side(limit: Limit) -> str:
    if isinstance(limit, Row) and (limit.sense == -1 or limit.limit == "cash_reserve"):
        return "at least"
    return "at most"


def _amount(limit: Limit, value: float) -> str:
    return f"{value:.6g}" if isinstance(limit, Row) and limit.score is not None else _percent(value)


def _safe(limit: Limit, value: float, direction: int) -> str:
    """A needed bound, rounded to the side on which it suffices: up for 1, down for -1."""
    step = 1e-4
    if isinstance(limit, Row) and limit.score is not None:
        step = 10.0 ** (np.floor(np.log10(max(abs(value), 1e-12))) - 3)
    rounded = direction * np.ceil(direction * value / step - 1e-3) * step
    return _amount(limit, float(rounded))


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.2f} %"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _joined(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
