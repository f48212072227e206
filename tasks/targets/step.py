"""The step that decides what to hold."""

# pandas ships no stubs.
# pyright: reportMissingTypeStubs=false

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from prefect import task
from prefect.cache_policies import NO_CACHE

from optimizer.problem import Infeasible, NoSolverAcceptedError, Problem, Solution
from tasks.approval.cost_model import FACT, CostsInUse, costs_in_use
from tasks.checkpoints import StepResult, facts_of, run_once
from tasks.context import StepContext
from tasks.errors import NoPlanError
from tasks.market_data.frames import symbols_in
from tasks.market_data.market_figures import MarketFigures, market_figures
from tasks.market_data.spelling import respelled
from tasks.market_data.universe import by_symbol, load_universe
from tasks.model.artifact import Artifact
from tasks.model.cost_model import used_to_json
from tasks.model.plan import CASH, Finding, Severity
from tasks.quality.checks import check_targets, halt_on
from tasks.quality.data_docs import write_data_docs
from tasks.targets.binding_words import limit_row
from tasks.targets.formulate import Situation, state_problem
from tasks.targets.given_weights import given_weights
from tasks.wording import counted

SOLVER_SLACK = 1e-6
"""Of net asset value: how far a solver may stand beyond a limit that binds; a hundredth of a basis point."""


@task(name="optimize", cache_policy=NO_CACHE, persist_result=False)
def optimize(context: StepContext) -> dict[str, object]:
    """Raises: NoPlanError with the limits that conflict; holdings stand."""
    return run_once(context, "optimize", _optimize)


def _optimize(context: StepContext) -> StepResult:
    figures, costs = market_figures(context), costs_in_use(context)
    situation = situation_of(context, figures)
    problem, answer = solved(context, figures, situation, costs)
    decided = _decided_weights(situation, answer)
    _check(context, {symbol: target for symbol, (_, target) in decided.items()}, problem.limits.upper)
    weights = with_cash(situation, answer, outside_weights(facts_of(context, "holdings"), figures))
    context.journal.cycles.record_targets(context.cycle, weights)
    return _summary_of(context, answer, weights, costs)


def solved(
    context: StepContext, figures: MarketFigures, situation: Situation, costs: CostsInUse
) -> tuple[Problem, Solution]:
    """The problem and its answer; nothing is recorded. Raises: NoPlanError with the limits that conflict."""
    from optimizer.position_floor import solve_with_floor

    book = context.book
    problem = state_problem(situation, book.objective, costs.settings, book.limits, _fee_fraction(context, figures))
    try:
        answer = solve_with_floor(problem, book.limits.min_position_pct / 100)
    except NoSolverAcceptedError as error:
        raise NoPlanError(str(error)) from error
    if isinstance(answer, Infeasible):
        raise NoPlanError(_conflict(context, answer))
    return problem, answer


def _check(context: StepContext, held: Mapping[str, float], upper: NDArray[np.float64]) -> None:
    """The optimizer's answer is data like any other: it is judged before anybody acts on it."""
    frame = pd.DataFrame({"symbol": list(held), "weight": list(held.values())})
    limits = context.book.limits
    most, least = limits.max_weight_pct / 100, limits.min_weight_pct / 100
    stuck = [(s, top) for s, top in zip(held, upper, strict=True) if top > most]
    result = check_targets(
        frame,
        list(held),
        (min(0.0, least) - SOLVER_SLACK, float(max(upper)) + SOLVER_SLACK),
        (limits.min_net_pct / 100 - SOLVER_SLACK, limits.max_net_pct / 100 + SOLVER_SLACK),
    )
    passive = [
        Finding(
            Severity.WARN,
            "passive_overweight",
            s,
            f"{s} stays at {top * 100:.2f} %, above the cap of {most * 100:g} %: "
            "it may not be sold (no_sell, restricted, a break or bad data). Free it, and it is brought back",
            s,
        )
        for s, top in stuck
    ]
    context.journal.cycles.record_findings(context.cycle, "optimize", [*result.findings, *passive])
    write_data_docs(context.data_docs)
    halt_on(result.findings)


def situation_of(context: StepContext, figures: MarketFigures) -> Situation:
    """Holdings, prices, sectors and scores as the problem wants them."""
    return situation_with(context, figures, facts_of(context, "holdings"))


def situation_with(context: StepContext, figures: MarketFigures, held: Mapping[str, Any]) -> Situation:
    """The same for other prices and value of the holdings: `held` as the step `holdings` leaves its facts."""
    nav = Decimal(held["nav_usd"])
    worth = {s: Decimal(n) * Decimal(held["prices"][s]) for s, n in held["positions"].items() if s in held["prices"]}
    universe = load_universe(context.book.universe, context.base)
    return Situation(
        symbols=figures.symbols,
        returns=figures.returns,
        current_weights={s: float(worth.get(s, Decimal(0)) / nav) for s in figures.symbols},
        outside_weight=math.fsum(outside_weights(held, figures).values()),
        adv_usd=figures.adv_usd,
        daily_volatility=figures.daily_volatility,
        nav_usd=float(nav),
        sectors=by_symbol(universe, "sector"),
        esg_scores=by_symbol(universe, "esg_score"),
        carbon_intensities=by_symbol(universe, "carbon_intensity"),
        frozen={*facts_of(context, "check")["frozen"], *held["locked"], *context.book.risk.restricted},
        target_weights=respelled(given_weights(context.book.objective, context.base), symbols_in(universe)),
    )


def _fee_fraction(context: StepContext, figures: MarketFigures) -> float:
    """Commission per USD traded, at the median price of the universe."""
    prices = sorted(float(price) for price in figures.prices.values())
    return float(context.book.orders.commission.per_share) / prices[len(prices) // 2] if prices else 0.0


def _decided_weights(at: Situation, answer: Solution) -> dict[str, tuple[float, float]]:
    """(current, target) of every symbol decided on."""
    return {s: (at.current_weights[s], float(w)) for s, w in zip(at.symbols, answer.weights, strict=True)}


def outside_weights(held: Mapping[str, Any], figures: MarketFigures) -> dict[str, float]:
    """Weights of what is held and not decided on."""
    nav, decided = Decimal(held["nav_usd"]), set(figures.symbols)
    priced = {s: Decimal(n) * Decimal(held["prices"][s]) for s, n in held["positions"].items() if s in held["prices"]}
    return {symbol: float(value / nav) for symbol, value in priced.items() if symbol not in decided}


def with_cash(at: Situation, answer: Solution, outside: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    """(current, target) of all that is held or wanted, cash last; what is held outside the decision stays as it is."""
    weights = {**_decided_weights(at, answer), **{symbol: (weight, weight) for symbol, weight in outside.items()}}
    current = 1.0 - math.fsum(w for w, _ in weights.values())
    target = 1.0 - math.fsum(w for _, w in weights.values())
    return {**weights, CASH: (current, target)}


def _conflict(context: StepContext, answer: Infeasible) -> str:
    lines = "\n".join(f"  - {conflict.sentence}" for conflict in answer.conflicts)
    return (
        f"no portfolio satisfies the limits of book {context.book.book} on {context.session}; holdings stand. "
        f"These limits conflict, loosen one of them in the book file:\n{lines}{_frozen_why(context)}"
    )


def _frozen_why(context: StepContext) -> str:
    """What `frozen` in a conflict stands for: the book file has no limit of that name."""
    reasons = {
        **dict.fromkeys(context.book.risk.restricted, "restricted by risk.restricted"),
        **{s: f"bad data, {check}" for s, check in facts_of(context, "check")["frozen"].items()},
        **{s: f"locked, {why}" for s, why in facts_of(context, "holdings")["locked"].items()},
    }
    told = "; ".join(f"{symbol}: {why}" for symbol, why in sorted(reasons.items()))
    return f"\nFrozen are {told}" if told else ""


def _summary_of(
    context: StepContext, answer: Solution, weights: dict[str, tuple[float, float]], costs: CostsInUse
) -> StepResult:
    limits = [limit_row(limit) for limit in answer.binding]
    binding = [limit["sentence"] for limit in limits]
    turnover = math.fsum(abs(t - c) for s, (c, t) in weights.items() if s != CASH)
    sentence = (
        f"{context.book.objective.kind.replace('_', ' ')}: volatility {answer.risk_yearly * 100:.1f} % a year, "
        f"turnover {turnover * 100:.1f} %, forecast cost {answer.forecast_cost * 1e4:.1f} bps, "
        f"{counted(len(binding), 'limit binds', 'limits bind')}; {answer.solver}"
        f"{f'; costs by {costs.words}' if costs.used else ''}"
    )
    facts = {
        "solver": answer.solver,
        "objective": answer.objective,
        "objective_terms": answer.objective_terms,
        "binding": binding,
        "limits": limits,
        "attempts": [f"{a.solver}: {a.status}, {a.seconds:.3f} s {a.message}" for a in answer.attempts],
        "timings": answer.timings,
        "risk_yearly": answer.risk_yearly,
        "forecast_cost": answer.forecast_cost,
        FACT: used_to_json(costs.used) if costs.used else None,
    }
    rows = [
        {"symbol": s, "current %": f"{c * 100:.2f}", "target %": f"{t * 100:.2f}", "trade %": f"{(t - c) * 100:+.2f}"}
        for s, (c, t) in weights.items()
    ]
    words = sentence + ("\n\nBinding limits:\n" + "\n".join(f"- {line}" for line in binding) if binding else "")
    return StepResult(sentence, facts, Artifact("Target weights", words, rows))
