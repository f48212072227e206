"""The step that brings the prices in, and pins them down as an immutable snapshot."""

from datetime import date
from typing import Any

import pandas as pd
from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.checkpoints import StepResult, run_once, worth_retrying
from tasks.context import StepContext
from tasks.errors import BadDataError
from tasks.market_data import calendar
from tasks.market_data.download import download as fetch
from tasks.market_data.session_hours import hours_findings
from tasks.market_data.snapshots import read_snapshot, write_snapshot
from tasks.market_data.universe import load_universe
from tasks.model.artifact import Artifact
from tasks.model.plan import Finding
from tasks.retry import READING_STEP_S
from tasks.wording import counted, short_hash


@task(
    name="download",
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=len(READING_STEP_S),
    retry_delay_seconds=list(READING_STEP_S),
    retry_condition_fn=worth_retrying,
)
def download(context: StepContext) -> dict[str, object]:
    """Daily bars up to the session before the one to trade; restated history becomes a finding."""
    return run_once(context, "download", _download)


def _download(context: StepContext) -> StepResult:
    symbols = list(load_universe(context.book.universe, context.base)["symbol"])
    last = calendar.previous_session(context.session, context.book.exchange)
    first = calendar.sessions_back(last, context.book.data.lookback_sessions, context.book.exchange)
    got = fetch(context.source, symbols, first, last, _previous(context, symbols))
    kept = write_snapshot(got.frame, context.snapshots)
    context.journal.cycles.record_snapshot(
        {
            "sha256": kept.sha256,
            "source": context.source.name,
            "adjustment": context.source.adjustment,
            "first_session": kept.first,
            "last_session": kept.last,
            "rows": kept.rows,
            "symbols": sorted(symbols),
            "created_at": context.clock(),
        }
    )
    context.journal.cycles.record_findings(context.cycle, "download", [*got.findings, *_hours(context)])
    return _summary_of(context, got.frame, kept.sha256, kept.first, kept.last, got.fetched_rows)


def _hours(context: StepContext) -> list[Finding]:
    """Where the broker's word on today's hours is not the calendar's."""
    expected = calendar.session_hours(context.session, context.book.exchange)
    return hours_findings(context.session, context.broker.name, context.broker.session_hours(context.session), expected)


def _previous(context: StepContext, symbols: list[str]) -> pd.DataFrame | None:
    """The newest snapshot that passed the checks: after a stop everything is asked for again, mended rows with it."""
    row = context.journal.cycles.newest_snapshot(context.source.name, context.source.adjustment, symbols)
    if row is None or not (context.snapshots / f"{row['sha256']}.parquet").is_file():
        return None
    if not _passed(context, row["sha256"]):
        return None
    try:
        return read_snapshot(context.snapshots, row["sha256"])
    except BadDataError:  # it was changed since: then everything is asked for again, too
        return None


def _passed(context: StepContext, sha256: str) -> bool:
    """Whether a session of this book was decided on the snapshot."""
    for cycle in context.journal.cycles.all(context.book.book):
        found = context.journal.cycles.checkpoint(cycle, "download")
        if found is not None and found.output["facts"]["sha256"] == sha256:
            return context.journal.cycles.checkpoint(cycle, "check") is not None
    return False


def _summary_of(
    context: StepContext, frame: pd.DataFrame, sha256: str, first: date, last: date, fetched: int
) -> StepResult:
    table = frame.groupby("symbol", as_index=False).agg(
        first=("session", "min"), last=("session", "max"), rows=("session", "count")
    )
    expected = len(calendar.sessions_between(first, last, context.book.exchange))
    rows: list[dict[str, Any]] = [
        {
            **{str(name): value for name, value in row.items()},
            "first": f"{row['first']:%F}",
            "last": f"{row['last']:%F}",
            "gaps": expected - row["rows"],
        }
        for row in table.to_dict("records")
    ]
    sentence = (
        f"{counted(len(rows), 'symbol')}, {first} to {last}, {counted(len(frame), 'bar')} ({fetched:,} fetched from "
        f"{context.source.name}); snapshot {short_hash(sha256)}"
    )
    facts = {"sha256": sha256, "first": first.isoformat(), "last": last.isoformat(), "rows": len(frame)}
    return StepResult(sentence, facts, Artifact("Prices", sentence, rows))
