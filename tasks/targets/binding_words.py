"""What each limit that shaped a target costs, in basis points a year and in words. Pure."""

from typing import Any

from optimizer.limits import PORTFOLIO
from optimizer.problem import BindingLimit

LISTS = frozenset({"frozen", "must_exit", "no_buy", "no_sell", "long_only"})
"""Limits without a number to move."""
SCORES = frozenset({"esg", "carbon"})
"""Limits in the unit of their score; all others are weights."""
FLOORS = frozenset({"min_weight", "min_net", "sector_min", "cash_reserve", "esg"})
"""Loosened by lowering them."""
BPS = 1e4


def limit_row(limit: BindingLimit) -> dict[str, Any]:
    """One binding limit as plain values: the fields of `tasks.plan.plan_list.BindingLimitRow`.

    `dual` is yearly utility per unit; `cost_bps` is that of one step (a percentage point of weight, or one unit of the
    score) in basis points of net asset value a year: what the objective would gain if the limit gave way by a step.
    """
    score = limit.name in SCORES
    cost_bps = limit.dual * BPS * (1.0 if score else 0.01)
    return {
        "name": limit.name,
        "subject": limit.subject,
        "value": limit.value,
        "bound": limit.bound,
        "dual": limit.dual,
        "cost_bps": round(cost_bps, 4),
        "step": A_UNIT if score else A_POINT,
        "sentence": f"{_stands(limit)}; {_step(limit)} would be worth {cost_bps:.2f} bps a year to the objective",
    }


def _stands(limit: BindingLimit) -> str:
    name = limit.name if limit.subject == PORTFOLIO else f"{limit.name} {limit.subject}"
    if limit.name in LISTS:
        return f"{name} holds it at {limit.value * 100:.2f} %"
    if limit.name in SCORES:
        return f"{name} binds: {limit.value:.6g} at its bound of {limit.bound:.6g}"
    return f"{name} binds: {limit.value * 100:.2f} % at its bound of {limit.bound * 100:.2f} %"


def _step(limit: BindingLimit) -> str:
    if limit.name in LISTS:
        return "one point of room"
    unit = "unit" if limit.name in SCORES else "point"
    return f"one {unit} {'less' if limit.name in FLOORS else 'more'}"


A_POINT, A_UNIT = "one point", "one unit of the score"
"""By which step a limit is loosened: a percentage point of net asset value, or one unit of its score."""
