"""The step that asks whether to trade at all."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.artifacts import bar_chart
from tasks.checkpoints import StepResult, facts_of, run_once
from tasks.context import StepContext
from tasks.drift.bands import DriftLine
from tasks.drift.calendar_rule import Missed
from tasks.drift.decision import DriftDecision, decide
from tasks.drift.missed_days import missed_since_last_worked
from tasks.drift.reach import what_cannot_move
from tasks.market_data import calendar
from tasks.model.artifact import Artifact
from tasks.model.plan import CASH, Finding, Severity

FIRED_BY_A_WEIGHT = frozenset({"must_exit", "absolute_band", "relative_band"})
"""Rules that ask where the weights are: only what can move may make them fire. The others are somebody's decision."""


@task(name="drift", cache_policy=NO_CACHE, persist_result=False)
def drift(context: StepContext) -> dict[str, object]:
    """Trade or not, and which rule said so."""
    return run_once(context, "drift", _drift)


def _drift(context: StepContext) -> StepResult:
    held = facts_of(context, "holdings")
    weights = context.journal.cycles.targets(context.cycle)
    missed = missed_day(context)
    targets = {symbol: target for symbol, (_, target) in weights.items()}
    asked = decision_on(context, held, weights, missed)
    decision, stuck = asked(), dict[str, str]()
    outside = {line.symbol for line in decision.lines if line.breached_by}
    if decision.rule in FIRED_BY_A_WEIGHT:
        stuck = what_cannot_move(context, targets, outside)
        decision = asked(stuck=stuck)
    if missed is not None:
        _record_missed(context, missed, decision)
    facts = {"trade": decision.trade, "rule": decision.rule, "trade_to": {x.symbol: x.trade_to for x in decision.lines}}
    why = [f"{symbol}: {words}" for symbol, words in sorted(stuck.items()) if symbol in outside]
    return StepResult(decision.sentence, {**facts, "sentence": decision.sentence}, _artifact(decision, why))


def decision_on(
    context: StepContext,
    held: Mapping[str, Any],
    weights: Mapping[str, tuple[float, float]],
    missed: Missed | None,
) -> Callable[..., DriftDecision]:
    """The book's rules bound to these holdings and (current, target) weights; what cannot move is still to be named."""
    return partial(
        decide,
        context.book.drift,
        weights={symbol: current for symbol, (current, _) in weights.items()},
        targets={symbol: target for symbol, (_, target) in weights.items()},
        session=context.session,
        calendar_sessions=_sessions_around(context.session, context.book.exchange),
        last_rebalance=context.journal.books.last_rebalance(context.book.book, context.session),
        external_cash_flow_usd=Decimal(held["cash_flow_usd"]),
        nav_usd=Decimal(held["nav_usd"]),
        must_exit=set(context.book.limits.must_exit) - set(held.get("unquoted", ())),
        missed=missed,
    )


def missed_day(context: StepContext) -> Missed | None:
    """The day of the book's calendar that was not worked, as the step asks for it."""
    return missed_since_last_worked(context, _sessions_around(context.session, context.book.exchange))


def _record_missed(context: StepContext, missed: Missed, decision: DriftDecision) -> None:
    subject = f"{context.book.drift.calendar} rebalance of {missed.due}"
    finding = Finding(Severity.WARN, "missed_rebalance", subject, decision.sentence, session=missed.session)
    context.journal.cycles.record_findings(context.cycle, "drift", [finding])


def _sessions_around(session: date, exchange: str) -> list[date]:
    """A year back for the cooldown, six weeks ahead for the month's end."""
    around = calendar.sessions_between(session - timedelta(days=400), session + timedelta(days=45), exchange)
    return [stamp.date() for stamp in around]


def _artifact(decision: DriftDecision, why: list[str]) -> Artifact:
    """`why` says of each line that cannot move what is in the way."""
    rows = [
        {
            "symbol": line.symbol,
            "current %": f"{line.current * 100:.2f}",
            "target %": f"{line.target * 100:.2f}",
            "drift points": f"{line.drift * 100:+.2f}",
            "rule": line.breached_by or "",
            "trade to %": f"{line.trade_to * 100:.2f}",
        }
        for line in decision.lines
    ]
    words = "\n".join([decision.sentence, *(f"- {sentence}" for sentence in why)])
    return Artifact("Drift", words, rows, picture=bar_chart(_widest(decision.lines), "points"))


def _widest(lines: tuple[DriftLine, ...]) -> list[tuple[str, float]]:
    ordered = sorted(lines, key=lambda line: -abs(line.drift))[:12]
    return [(line.symbol if line.symbol != CASH else "cash", line.drift * 100) for line in ordered]
