"""The step that decides whether the data can carry a decision."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.artifacts import file_link, publish
from tasks.checkpoints import StepResult, run_once
from tasks.context import StepContext
from tasks.market_data import calendar
from tasks.market_data.decision_prices import prices_of
from tasks.market_data.frames import first_session, symbols_in
from tasks.market_data.universe import load_universe
from tasks.model.artifact import Artifact
from tasks.model.plan import Finding, Severity
from tasks.ports.prices import CompanyEvent, KnowsCompanyEvents, KnowsItsFiles
from tasks.quality.checks import check_prices, check_universe, halt_on
from tasks.quality.data_docs import write_data_docs
from tasks.quality.minutes import minutes_findings
from tasks.quality.rules.context import names_text
from tasks.quality.rules.events import explained_by_events
from tasks.quality.where import in_files
from tasks.wording import counted

MOST_TOLD = 3
"""Warnings in the step's own sentence; all of them are on the data pages and in `steelyard audit trace`."""


@task(name="check", cache_policy=NO_CACHE, persist_result=False)
def check(context: StepContext) -> dict[str, object]:
    """All findings are published first; then one halt, if one of them demands it.

    Raises: BadDataError naming what is wrong and how to mend it.
    """
    return run_once(context, "check", _check)


def _check(context: StepContext) -> StepResult:
    frame = prices_of(context)  # adjusted: a split in the actions file is no jump
    universe = load_universe(context.book.universe, context.base)
    symbols = list(universe["symbol"])
    last = calendar.previous_session(context.session, context.book.exchange)
    sessions = calendar.sessions_between(first_session(frame), last, context.book.exchange)
    book, actions = context.book, _actions(context, frame)
    result = check_prices(frame, symbols, sessions, context.session, book.quality, book.data, universe, actions)
    prices = _in_files(context, explained_by_events(result.findings, _events(context, frame)))
    findings = [*check_universe(universe).findings, *_of_files(context, symbols, result.frozen_symbols), *prices]
    findings += minutes_findings(context, symbols, frame)
    context.journal.cycles.record_findings(context.cycle, "check", findings)
    write_data_docs(context.data_docs)
    publish(context.cycle_id, "check", _artifact(findings, docs_link(context)))
    halt_on(findings)
    return _summary_of(findings, [s for s in symbols if s not in result.unusable], result.frozen_symbols)


def _actions(context: StepContext, frame: pd.DataFrame) -> pd.DataFrame | None:
    """Actions that may explain a jump: all that the prices were not adjusted by when they were read."""
    if context.source.adjustment == "raw":
        return None
    return context.source.corporate_actions(symbols_in(frame), first_session(frame), context.session)


def _events(context: StepContext, frame: pd.DataFrame) -> Sequence[CompanyEvent]:
    """Mergers, spin-offs and the like: no price is adjusted for them, and the step `holdings` holds their symbol."""
    if not isinstance(context.source, KnowsCompanyEvents):
        return ()
    return context.source.company_events(symbols_in(frame), first_session(frame), context.session)


def _of_files(context: StepContext, symbols: Sequence[str], frozen: Mapping[str, str]) -> list[Finding]:
    """Where files name a symbol in another way; what is frozen for it does not halt."""
    found = context.source.findings(symbols) if isinstance(context.source, KnowsItsFiles) else []
    return [replace(one, severity=Severity.WARN) if one.symbol in frozen else one for one in found]


def _in_files(context: StepContext, findings: list[Finding]) -> list[Finding]:
    """Own files are named, as whoever has them mends them; a vendor's prices are nowhere but in the snapshot."""
    whole = context.book.data.daily_path
    if whole is None or not isinstance(context.source, KnowsItsFiles):
        return findings
    return in_files(findings, context.source.files_of, context.base / whole, context.base)


def _summary_of(findings: Sequence[Finding], symbols: Sequence[str], frozen: Mapping[str, str]) -> StepResult:
    warned = [f for f in findings if f.severity is Severity.WARN]
    sentence = (
        f"{counted(len(symbols), 'symbol')} checked: {counted(len(warned), 'warning')}, "
        f"{len(frozen)} frozen for bad data"
    )
    sentence += "".join(f"; {_beginning(f)}{f.message}" for f in warned[:MOST_TOLD])
    if len(warned) > MOST_TOLD:
        sentence += f"; and {len(warned) - MOST_TOLD} more in the data pages"
    if short := sorted({f.subject for f in findings if f.check == "short_history"}):
        sentence += f"; histories too short for the look-back lower the risk of {names_text(short)}"
    return StepResult(sentence, {"symbols": list(symbols), "frozen": dict(frozen)})


def _beginning(finding: Finding) -> str:
    """The subject, where the message does not begin with it."""
    start = f"{finding.subject}: "
    return "" if finding.message.startswith(start) else start


def docs_link(context: StepContext) -> str:
    """To the Data Docs of this session."""
    index = context.data_docs / "index.html"
    return file_link("Data Docs", index, context.address_of(index))


def _artifact(findings: Sequence[Finding], link: str) -> Artifact:
    order = {Severity.HALT: 0, Severity.WARN: 1, Severity.INFO: 2}
    rows = [
        {"severity": f.severity, "check": f.check, "subject": f.subject, "finding": f.message}
        for f in sorted(findings, key=lambda f: order[f.severity])
    ]
    return Artifact("Data quality", f"{counted(len(rows), 'finding')}. {link}", rows)
