"""Judges prices, universe, targets and plans; everything found is returned first, and only `halt_on` stops."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pandas as pd

from tasks.book.data import DataSettings
from tasks.book.quality import QualitySettings
from tasks.errors import BadDataError
from tasks.model.plan import Finding, PlanLine, Severity
from tasks.quality import suites
from tasks.quality.data_docs import remember, write_data_docs
from tasks.quality.expectations import Expectation, SuiteRun, findings_of, run_suite
from tasks.quality.rules import price_findings
from tasks.quality.rules.context import PriceContext, price_context
from tasks.quality.rules.flags import ALL_SYMBOLS, flagged_bars, histories
from tasks.quality.rules.news import actions_by_day
from tasks.wording import counted

BAR_KEY = ("symbol", "session")
SHOWN = 10
MOST_FROZEN = 0.5
"""With more than this share of the symbols frozen, what is left is no longer the book that was asked for."""

__all__ = [
    "CheckResult",
    "check_plan",
    "check_prices",
    "check_targets",
    "check_universe",
    "halt_on",
    "plan_frame",
    "write_data_docs",
]


@dataclass(frozen=True)
class CheckResult:
    """What the checks found, and which symbols it leaves out."""

    findings: tuple[Finding, ...]
    passed: bool
    """Whether nothing halts."""
    suites: Mapping[str, dict[str, Any]]
    """Great Expectations' result of each suite, as JSON."""
    frozen_symbols: Mapping[str, str] = field(default_factory=dict[str, str])
    """Symbols that are neither bought nor sold, with the reason; only with `quality.exclude_bad_symbols`."""
    unusable: tuple[str, ...] = ()
    """Symbols without a single price in the look-back: nothing can be computed for them."""


def check_prices(
    frame: pd.DataFrame,
    symbols: Sequence[str],
    calendar_sessions: pd.DatetimeIndex,
    session: date,
    settings: QualitySettings,
    data: DataSettings,
    known: pd.DataFrame | Collection[str],
    actions: pd.DataFrame | None = None,
) -> CheckResult:
    """Judge daily bars (DAILY_COLUMNS, any order) before a session.

    `calendar_sessions` are the exchange's sessions from the first bar on; the look-back are the last
    `data.lookback_sessions` of them before `session`. `known` is the universe, as its table or as symbols;
    `actions` (ACTION_COLUMNS) are what the bars are not adjusted by here.
    """
    universe = set(known["symbol"]) if isinstance(known, pd.DataFrame) else set(known)
    frame = frame.reset_index(drop=True)
    by_day = {} if actions is None else actions_by_day(actions)
    context = price_context(frame, symbols, calendar_sessions, session, settings, data, universe, by_day)
    found = price_findings(frame, context)
    runs = _price_runs(frame, context, found)
    findings, frozen = _frozen(found, context) if settings.exclude_bad_symbols else (found, {})
    priced = context.priced[context.first_row :]
    unusable = tuple(symbol for column, symbol in enumerate(context.symbols) if not priced[:, column].any())
    return _result(findings, runs, frozen, unusable)


def check_universe(universe: pd.DataFrame) -> CheckResult:
    """Judge a universe (UNIVERSE_COLUMNS); a column in which nothing is known is not missed."""
    offered = [str(column) for column in universe if universe[column].notna().to_numpy().any()]
    return _judged("universe", universe, suites.universe_suite(offered))


def check_targets(
    weights: pd.DataFrame,
    symbols: Collection[str],
    weight_bounds: tuple[float, float] = (-1.0, 1.0),
    net_bounds: tuple[float, float] = (0.0, 1.0),
) -> CheckResult:
    """Judge target weights (columns symbol, weight as a fraction of net asset value); bounds are (least, most)."""
    return _judged("targets", weights, suites.target_suite(symbols, weight_bounds, net_bounds))


def check_plan(plan: pd.DataFrame) -> CheckResult:
    """Judge a plan, as `plan_frame` makes it."""
    return _judged("plan", plan, suites.plan_suite())


def plan_frame(lines: Sequence[PlanLine]) -> pd.DataFrame:
    """A plan's lines as a table for the checks; side is `-` for a non-trade."""
    rows = [
        {
            "symbol": line.symbol,
            "side": line.side.value if line.side else "-",
            "shares": float(line.shares),
            "reason": line.reason or None,
            "decision_price": float(line.decision_price),
            "has_shares_without_side": (line.side is None) != (line.shares == 0),
            "moves_away_from_target": line.side is not None
            and line.side.sign * (line.target_weight - line.current_weight) < 0,
        }
        for line in lines
    ]
    return pd.DataFrame(rows)


def halt_on(findings: Sequence[Finding]) -> None:
    """Raises BadDataError naming what halts and how to mend it, ten findings at most; without any, does nothing."""
    halting = [finding for finding in findings if finding.severity is Severity.HALT]
    if not halting:
        return
    halting = _each_check_first(halting)
    shown = "\n".join(f" - {finding.check}: {finding.message}" for finding in halting[:SHOWN])
    counts = Counter(finding.check for finding in halting[SHOWN:])
    more = ", ".join(f"{count} {check}" for check, count in counts.items())
    rest = f"\n - and {len(halting) - SHOWN} more: {more}" if more else ""
    raise BadDataError(
        f"{counted(len(halting), 'finding stops', 'findings stop')} this session, nothing was traded:\n{shown}{rest}\n"
        "Mend the data as each line says and run the same session again"
    )


def _each_check_first(findings: Sequence[Finding]) -> list[Finding]:
    """The first finding of every check, then the second of each, so that many of one kind do not hide another."""
    seen: Counter[str] = Counter()
    places: list[int] = []
    for finding in findings:
        places.append(seen[finding.check])
        seen[finding.check] += 1
    return [finding for _, finding in sorted(zip(places, findings, strict=True), key=lambda pair: pair[0])]


def _price_runs(frame: pd.DataFrame, context: PriceContext, findings: list[Finding]) -> list[SuiteRun]:
    bars = flagged_bars(frame, context)
    offered = [column for column in suites.PRICES if context.offers(column)] or ["close"]
    history = suites.history_suite(context.quality, context.data, context.known | {ALL_SYMBOLS})
    runs = [run_suite("prices", bars, suites.price_suite(context.symbols, offered), BAR_KEY)]
    if context.offers("volume"):
        runs.append(run_suite("volumes", bars, suites.volume_suite(), BAR_KEY))
    return [*runs, run_suite("histories", histories(context, findings), history, ["symbol"])]


def _frozen(findings: list[Finding], context: PriceContext) -> tuple[list[Finding], dict[str, str]]:
    """What concerns one symbol freezes it instead of halting the session."""
    frozen: dict[str, str] = {}
    kept: list[Finding] = []
    for finding in findings:
        if finding.severity is Severity.HALT and finding.symbol is not None:
            frozen.setdefault(finding.symbol, finding.check)
            said = f"{finding.message}. Until then it is frozen: neither bought nor sold"
            finding = replace(finding, severity=Severity.WARN, message=said)
        kept.append(finding)
    if len(frozen) > MOST_FROZEN * len(context.symbols):
        message = (
            f"blocking findings in {len(frozen)} of {counted(len(context.symbols), 'symbol')}: too "
            f"few are left to decide on. "
            "Mend the data"
        )
        kept.append(Finding(Severity.HALT, "too_many_frozen", "all symbols", message))
    return kept, frozen


def _judged(name: str, table: pd.DataFrame, expectations: list[Expectation]) -> CheckResult:
    run = run_suite(name, table.reset_index(drop=True), expectations, ["symbol"], complete=True)
    return _result(findings_of(run), [run], {}, ())


def _result(
    findings: list[Finding], runs: list[SuiteRun], frozen: Mapping[str, str], unusable: tuple[str, ...]
) -> CheckResult:
    remember(runs)
    passed = not any(finding.severity is Severity.HALT for finding in findings)
    return CheckResult(tuple(findings), passed, {run.name: run.as_json for run in runs}, frozen, unusable)
