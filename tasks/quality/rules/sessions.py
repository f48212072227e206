"""Rules on which rows are there: every session once, no other day, nothing repeated, nothing from the future."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tasks.model.plan import Finding, Severity
from tasks.quality.rules.context import FIELDS, Cells, PriceContext, findings_by_symbol, names_text
from tasks.wording import counted

HALT, WARN = Severity.HALT, Severity.WARN
MOST = 0.5
"""From half of the symbols on, a finding is about the session, not about single symbols."""
LEAST_SYMBOLS = 5
"""With fewer symbols, equal closes of all of them may be chance."""
REPEATED_CLOSES = 0.9
"""Where there are only closes: when so many repeat the day before, the session is a copy."""


def nothing_from_the_session_or_later(frame: pd.DataFrame, context: PriceContext) -> list[Finding]:
    """Always HALT: a decision from such rows could not have been made."""
    late = frame[look_ahead_rows(frame, context)]
    if late.empty:
        return []
    newest = late["session"].max().date()
    message = (
        f"{counted(len(late), 'row is', 'rows are')} from {context.session} or later (newest "
        f"{newest}): a decision must not see them. "
        "Download only up to the session before"
    )
    return [Finding(HALT, "look_ahead", str(newest), message, session=newest)]


def no_phantom_sessions(frame: pd.DataFrame, context: PriceContext) -> list[Finding]:
    """Rows on a day the exchange was closed put a false zero (or false move) into every covariance."""
    phantom = frame[phantom_rows(frame, context)]
    findings: list[Finding] = []
    for day, rows in phantom.groupby("session"):
        findings += _phantom_day(pd.Timestamp(str(day)), sorted(rows["symbol"].unique()), rows, frame, context)
    return findings


def every_session_is_there(_frame: pd.DataFrame, context: PriceContext) -> list[Finding]:
    """One finding for a session that most symbols lack, one a symbol for the other holes."""
    cells = missing_cells(context)
    expected = context.alive.sum(axis=1)
    share = cells.sum(axis=1) / np.maximum(expected, 1)
    for_most = (share >= MOST) & (expected > 1)
    findings = [_session_missing(context, row, int(cells[row].sum()), int(expected[row])) for row in _rows(for_most)]

    def sentence(symbol: str, days: str) -> str:
        return f"{symbol}: no row for {days} inside its own history; its price is carried over the hole"

    cells = cells & ~for_most[:, None]
    return findings + findings_by_symbol(context, cells, "missing_session", WARN, WARN, sentence)


def every_bar_is_there_once(frame: pd.DataFrame, context: PriceContext) -> list[Finding]:
    """HALT where rows of a session differ inside of the look-back; otherwise a WARN."""
    again = frame[frame.duplicated(["session", "symbol"], keep=False) & frame["symbol"].isin(context.symbols)]
    findings: list[Finding] = []
    for symbol, rows in again.groupby("symbol"):
        contradicting = ~rows.duplicated(keep=False)
        told = rows[contradicting] if contradicting.any() else rows
        days = sorted(pd.Timestamp(day) for day in told["session"].unique())
        inside = len(context.sessions) > 0 and days[-1] >= context.sessions[context.first_row]
        severity = HALT if contradicting.any() and inside else WARN
        what = "with different figures; keep the right one" if contradicting.any() else "with the same figures"
        message = (
            f"{symbol}: {counted(len(days), 'session is', 'sessions are')} there more than once {what} "
            f"(newest {days[-1]:%Y-%m-%d})"
        )
        findings.append(
            Finding(severity, "duplicated_bar", str(symbol), message, symbol=str(symbol), session=days[-1].date())
        )
    return findings


def no_session_repeats_the_one_before(_frame: pd.DataFrame, context: PriceContext) -> list[Finding]:
    """A session copied with its volume is a feed that failed: its real move is missing."""
    cells = copied_cells(context)
    findings: list[Finding] = []
    for row in _rows(np.any(cells, axis=1)):
        findings += _copied_session(context, row, cells[row])
    return findings


# --- where ---


def look_ahead_rows(frame: pd.DataFrame, context: PriceContext) -> NDArray[np.bool_]:
    """(rows,): of the session to trade, or later."""
    return (frame["session"] >= pd.Timestamp(context.session)).to_numpy()


def phantom_rows(frame: pd.DataFrame, context: PriceContext) -> NDArray[np.bool_]:
    """Rows of the period looked at whose date is no session."""
    if not len(context.sessions):
        return np.zeros(len(frame), dtype=bool)
    days = pd.DatetimeIndex(frame["session"])
    inside = (days >= context.sessions[0]) & (days < pd.Timestamp(context.session))
    return np.asarray(inside & ~days.isin(context.sessions))


def missing_cells(context: PriceContext) -> Cells:
    """Holes inside each symbol's own history."""
    return context.alive & ~context.present


def copied_cells(context: PriceContext) -> Cells:
    """Cells that repeat the session before, volume included; without volumes, sessions that repeat as a whole."""
    same = np.zeros_like(context.present)
    same[1:] = context.present[1:] & context.present[:-1]
    for field in FIELDS:
        grid = context.grids[field]
        same[1:] &= (grid[1:] == grid[:-1]) | (np.isnan(grid[1:]) & np.isnan(grid[:-1]))
    with_volume = same & (np.nan_to_num(context.grids["volume"]) > 0) & np.isfinite(context.grids["open"])
    both = np.zeros(len(same))
    both[1:] = (context.priced[1:] & context.priced[:-1]).sum(axis=1)
    as_whole = (both >= LEAST_SYMBOLS) & ((same & context.priced).sum(axis=1) >= REPEATED_CLOSES * both)
    return with_volume | (same & as_whole[:, None])


# --- what is said about it ---


def _rows(flags: NDArray[np.bool_]) -> list[int]:
    return [int(row) for row in np.flatnonzero(flags)]


def _phantom_day(
    day: pd.Timestamp, symbols: list[str], rows: pd.DataFrame, frame: pd.DataFrame, context: PriceContext
) -> list[Finding]:
    severity = HALT if day >= context.sessions[context.first_row] else WARN
    newest = pd.Timestamp(frame.loc[frame["session"] < day, "session"].max())
    before = frame[frame["session"] == newest]
    copies = rows.merge(before, on=["symbol", "close", "volume"]).shape[0] >= len(rows)
    copied = ", a copy of the session before" if copies else ""
    what = f"{day:%Y-%m-%d} is no session of the exchange, but {{who}} rows for it{copied}. Remove the rows"
    if len(symbols) >= MOST * len(context.symbols):
        message = what.format(who=counted(len(symbols), "symbol has", "symbols have"))
        return [Finding(severity, "phantom_session", f"{day:%Y-%m-%d}", message, session=day.date())]
    return [
        Finding(severity, "phantom_session", s, what.format(who=f"{s} has"), symbol=s, session=day.date())
        for s in symbols
    ]


def _session_missing(context: PriceContext, row: int, missing: int, expected: int) -> Finding:
    who = "all symbols" if missing == expected else f"{missing} of {expected} symbols"
    severity = HALT if row >= context.first_row else WARN
    message = f"{context.day(row)}: {who} have no row for this session. Download or export it again"
    return Finding(severity, "missing_session", context.day(row), message, session=context.sessions[row].date())


def _copied_session(context: PriceContext, row: int, cells: NDArray[np.bool_]) -> list[Finding]:
    symbols = [context.symbols[column] for column in np.flatnonzero(cells)]
    there = int((context.present[row] & context.present[row - 1]).sum())
    day, before = context.day(row), context.day(row - 1)
    newest = row == len(context.sessions) - 1
    most = len(symbols) > 1 and len(symbols) >= MOST * there
    severity = HALT if newest or (most and row >= context.first_row) else WARN
    remedy = "Download the session again" if severity is HALT else "Its real move is missing from the returns"
    message = f"{day}: {len(symbols)} of {there} symbols ({names_text(symbols)}) repeat {before} exactly. {remedy}"
    date = context.sessions[row].date()
    if newest and not most:
        text = f"{day} repeats {before} exactly, volume included: the newest price is stale. {remedy}"
        return [Finding(HALT, "copied_session", s, f"{s}: {text}", symbol=s, session=date) for s in symbols]
    only = symbols[0] if len(symbols) == 1 else None
    return [Finding(severity, "copied_session", only or day, message, symbol=only, session=date)]
