"""Which algorithm an order is given by lot: the same for the same seed, session, symbol and side, whoever asks."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from hashlib import sha256

from tasks.book.execution import ExecutionSettings
from tasks.book.experiment import ExperimentSettings
from tasks.model.orders import Algorithm, Side
from tasks.model.plan import Finding, Plan, PlanLine, Severity
from tasks.plan.line_words import few
from tasks.wording import counted

EXPERIMENT = "experiment"
"""Check of the finding that says what was drawn."""


def drawn_arm(settings: ExperimentSettings, session: date, symbol: str, side: Side) -> Algorithm:
    """The arm that this order's lot falls on: SHA-256 of the four, read as a fraction of one.

    Independent of every other order, of prices and of the order in which it is asked.
    """
    words = f"{settings.seed}|{session.isoformat()}|{symbol}|{side.value}"
    lot = int.from_bytes(sha256(words.encode()).digest()[:8], "big") / 2**64
    reached = 0.0
    arms = sorted(settings.arms_pct.items())
    for arm, share in arms:
        reached += share / 100
        if lot < reached:
            return arm
    return arms[-1][0]  # the shares add up to one within a rounding


def experiment_of(
    execution: ExecutionSettings, session: date, symbol: str, side: Side | None, otherwise: Algorithm
) -> tuple[str, Algorithm]:
    """Name of the experiment and the arm, or an empty name and what the order gets without one.

    Only an order that an arm would work anyway is drawn; what the book names for a symbol is not overruled.
    """
    settings = execution.experiment
    if side is None or symbol in execution.by_symbol or otherwise not in settings.arms_pct:
        return "", otherwise
    return settings.name, drawn_arm(settings, session, symbol, side)


def with_draw(plan: Plan, settings: ExperimentSettings) -> Plan:
    """The plan with a finding that says which of its trades go to which arm; unchanged without an experiment."""
    others = tuple(finding for finding in plan.findings if finding.check != EXPERIMENT)
    if not settings.arms_pct:
        return plan
    return replace(plan, findings=(*others, _finding(plan, settings)))


def _finding(plan: Plan, settings: ExperimentSettings) -> Finding:
    drawn = [line for line in plan.trades if line.experiment]
    arms: Mapping[Algorithm, list[PlanLine]] = {
        arm: [line for line in drawn if line.algorithm is arm] for arm in sorted(settings.arms_pct)
    }
    told = "; ".join(
        f"{arm} ({settings.arms_pct[arm]:g} %): {few([line.symbol for line in lines]) if lines else 'none'}"
        for arm, lines in arms.items()
    )
    message = (
        f"experiment {settings.name}, seed {settings.seed}: of {counted(len(plan.trades), 'trade')} "
        f"{counted(len(drawn), 'was', 'were')} drawn by lot, {told}"
    )
    return Finding(Severity.INFO, EXPERIMENT, settings.name, message, session=plan.session)
