"""Risk of a book before a plan, after it and at its target, by the book's own risk model. Pure."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from optimizer.problem import RiskFactors
from tasks.model.plan import Plan
from tasks.plan.plan_list import weight_after


def risk_figures(
    plan: Plan, symbols: Sequence[str], risk: RiskFactors, followed: Mapping[str, float]
) -> list[dict[str, Any]]:
    """Fields of `tasks.plan.plan_list.RiskFigure`: volatility and, where weights are followed, tracking error.

    `risk` is over `symbols`; what is held beside them has no risk here, as in the decision. `followed` are fractions.
    """
    lines = {line.symbol: line for line in plan.lines}
    before = [lines[s].current_weight if s in lines else 0.0 for s in symbols]
    after = [weight_after(lines[s], plan.nav_usd) if s in lines else 0.0 for s in symbols]
    target = [lines[s].target_weight if s in lines else 0.0 for s in symbols]
    model = [followed.get(symbol, 0.0) for symbol in symbols]
    zero = [0.0] * len(symbols)
    found = [_figure("volatility", risk, zero, before, after, target)]
    if followed:
        found.append(_figure("tracking_error", risk, model, before, after, target))
    return found


def _figure(name: str, risk: RiskFactors, less: Sequence[float], *weights: Sequence[float]) -> dict[str, Any]:
    before, after, target = (
        round(100 * math.sqrt(max(risk.variance(np.array(each) - np.array(less)), 0.0)), 6) for each in weights
    )
    return {"name": name, "before_pct": before, "after_pct": after, "target_pct": target}
