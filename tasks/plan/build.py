"""The plan: one line for every symbol, each with its reason, from figures gathered before."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache

from tasks.model.orders import Side
from tasks.model.plan import Finding, Plan, PlanLine, Severity
from tasks.model.plan_json import plan_from_json, plan_hash, plan_to_json
from tasks.plan.cash import NONE_CAPPED, fit_to_cash
from tasks.plan.costs import drawn_algorithm, forecast_of, planned_algorithm, wished_algorithm
from tasks.plan.inputs import PlanInputs
from tasks.plan.least_position import BELOW_LEAST_POSITION
from tasks.plan.limit_repair import keep_sums
from tasks.plan.limit_summary import limits_not_held
from tasks.plan.line_words import few
from tasks.plan.own_limits import with_own_limits
from tasks.plan.remedies import remedied
from tasks.plan.sizing import first_line
from tasks.wording import counted, dollars

__all__ = ["build_plan", "in_order", "plan_from_json", "plan_hash", "plan_to_json"]

SHORT_OF_CASH = frozenset({"scaled_to_cash", "no_cash", BELOW_LEAST_POSITION})
CASH_SHORT = "cash_short"
FOR_CASH = frozenset({"buying_power", "cash_reserve"})
"""Checks of the gate that ask for cash."""
BY_THE_GATE = frozenset({"cut_by_gate", "refused_by_gate"})
LEAST_TRADE = "least_trade_too_large"


def build_plan(inputs: PlanInputs, most: Mapping[str, Decimal] = NONE_CAPPED) -> Plan:
    """Size every symbol, fit the buys to the cash, name algorithm and forecast cost of each trade.

    `most`: shares of a buy that the gate lets through, where that is known: no other buy is cut for the rest of it.

    Pure and deterministic: the same inputs give the same plan, to the last digit of its hash. Lines are sorted: sells,
    then buys, then non-trades, each by symbol. Every symbol of the universe or held has exactly one line.
    Raises: BadDataError when the figures cannot carry a plan.
    """
    inputs.check()
    inputs = replace(inputs, estimate=cache(inputs.estimate))  # the same size is tried again and again
    wished = tuple(first_line(inputs, symbol) for symbol in inputs.symbols)
    kept = keep_sums(fit_to_cash(wished, inputs, most), inputs)
    lines = tuple(_worked(inputs, with_own_limits(inputs, remedied(line))) for line in kept)
    return Plan(
        book=inputs.book,
        account=inputs.account,
        session=inputs.session,
        revision=inputs.revision,
        decided_at=inputs.decided_at,
        nav_usd=inputs.nav_usd,
        cash_usd=inputs.cash_usd,
        lines=in_order(lines),
        findings=(*_findings(inputs, lines), *limits_not_held(lines, inputs)),
        cost_model=inputs.cost_model,
    )


def fitted_after_gate(plan: Plan, inputs: PlanInputs) -> Plan:
    """The plan that passed the gate, its buys cut once more where the gate took from a sale that was to pay for them.

    The gate keeps cash above zero; the reserve is kept here.
    """
    inputs = replace(inputs, estimate=cache(inputs.estimate))
    fitted = fit_to_cash(plan.lines, inputs)
    if fitted == plan.lines:
        return plan
    lines = tuple(now if now is old else _worked(inputs, now) for now, old in zip(fitted, plan.lines, strict=True))
    others = tuple(finding for finding in plan.findings if finding.check != CASH_SHORT)
    return replace(plan, lines=in_order(lines), findings=(*others, *_short_of_cash(inputs, lines)))


def held_back(wished: Plan, passed: Plan) -> dict[str, Decimal]:
    """Where cash was short: of each buy that the gate cut whatever the cash, the shares that it let through.

    What it takes from one buy is cash for the others, so that the plan is to be made once more. Empty where no buy was
    cut for cash.
    """
    if not any(line.reason in SHORT_OF_CASH for line in wished.lines):
        return {}
    buys = {line.symbol for line in wished.trades if line.side is Side.BUY}
    cut = {found.symbol for found in passed.findings if found.symbol in buys and found.check not in FOR_CASH}
    return {line.symbol: line.shares for line in passed.lines if line.symbol in cut and line.reason in BY_THE_GATE}


def in_order(lines: tuple[PlanLine, ...]) -> tuple[PlanLine, ...]:
    """Sells before buys before non-trades, then by symbol."""
    rank = {Side.SELL: 0, Side.BUY: 1, None: 2}
    return tuple(sorted(lines, key=lambda line: (rank[line.side], line.symbol)))


def _worked(inputs: PlanInputs, line: PlanLine) -> PlanLine:
    """The line with its algorithm and its forecast cost, if it is a trade."""
    if line.side is None:
        return line
    wished, planned = wished_algorithm(inputs, line), planned_algorithm(inputs, line)
    experiment, algorithm = drawn_algorithm(inputs, line)
    sentence = line.sentence
    instead = f"; the broker takes no {wished} orders, so it is worked by {planned} instead"
    if planned is not wished and instead not in sentence:
        sentence += instead
    return estimated(inputs, replace(line, sentence=sentence, algorithm=algorithm, experiment=experiment))


def estimated(inputs: PlanInputs, line: PlanLine) -> PlanLine:
    """The trade with what it is forecast to cost at its size."""
    return replace(line, estimate=forecast_of(inputs, line))


def _findings(inputs: PlanInputs, lines: tuple[PlanLine, ...]) -> tuple[Finding, ...]:
    found: list[Finding] = []
    if inputs.cash_usd < 0:
        message = f"cash is {dollars(inputs.cash_usd)} before any trade; it is owed until sells or a deposit cover it"
        found.append(Finding(Severity.WARN, "cash_below_zero", inputs.account, message, session=inputs.session))
    found += _least_trade_is_too_large(inputs)
    found += _short_of_cash(inputs, lines)
    return tuple(found)


def _short_of_cash(inputs: PlanInputs, lines: tuple[PlanLine, ...]) -> list[Finding]:
    short = [line.symbol for line in lines if line.reason in SHORT_OF_CASH]
    if not short:
        return []
    message = f"cash was short: {counted(len(short), 'buy was', 'buys were')} cut ({few(short)})"
    return [Finding(Severity.INFO, CASH_SHORT, inputs.account, message, session=inputs.session)]


def _least_trade_is_too_large(inputs: PlanInputs) -> list[Finding]:
    """Where no target is worth the least trade, nothing is ever bought, however often the book is run."""
    targets = [abs(weight) for symbol, weight in inputs.target_weights.items() if symbol in inputs.universe]
    worth, least = Decimal(repr(float(max(targets, default=0.0)))) * inputs.nav_usd, inputs.orders.min_trade_usd
    if not 0 < worth < least:
        return []
    message = (
        f"orders.min_trade_usd is {dollars(least)} and the largest target is worth {dollars(worth)}: nothing is ever "
        "bought. Lower it, or bring more cash"
    )
    return [Finding(Severity.WARN, LEAST_TRADE, inputs.book, message, session=inputs.session)]
