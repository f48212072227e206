"""Rules on a symbol's history as a whole: known, long enough, fresh, and not frozen."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tasks.model.plan import Finding, Severity
from tasks.quality.rules.context import Cells, PriceContext, names_text
from tasks.quality.rules.runs import runs_of
from tasks.wording import counted

HALT, WARN, INFO = Severity.HALT, Severity.WARN, Severity.INFO
FROZEN_FACTOR = 5
"""A run up to now of so many times `stale_run` halts whatever the volume says."""


def every_symbol_is_known(frame: pd.DataFrame, context: PriceContext) -> list[Finding]:
    """HALT where a symbol is not in the universe; prices that nobody asked for are a WARN."""
    extra = sorted(set(frame["symbol"].unique()) - set(context.symbols))
    findings: list[Finding] = []
    if extra:
        message = f"prices of {counted(len(extra), 'symbol')} nobody asked for ({names_text(extra)}) are ignored"
        findings.append(Finding(WARN, "unknown_symbol", names_text(extra), message))
    for symbol in context.symbols:
        if symbol not in context.known:
            message = f"{symbol}: not in the book's universe. Add it there, or do not ask for it"
            findings.append(Finding(HALT, "unknown_symbol", symbol, message, symbol=symbol))
    return findings


def every_symbol_has_a_fresh_price(_frame: pd.DataFrame, context: PriceContext) -> list[Finding]:
    """Age in sessions; one finding instead of many where all are old."""
    ages = ages_in_sessions(context)
    old = ages > context.data.max_age_sessions
    if old.all() and len(old) > 1 and np.isfinite(ages).any():
        best = context.sessions[int(np.flatnonzero(context.priced.any(axis=1))[-1])]
        message = (
            f"the newest price of all {counted(len(old), 'symbol')} is of {best:%Y-%m-%d}, "
            f"{np.min(ages):.0f} sessions before "
            f"{context.session} (at most {context.data.max_age_sessions}). Download newer prices"
        )
        return [Finding(HALT, "stale_last_price", "all symbols", message, session=best.date())]
    return [_old_price(context, int(column), float(ages[column])) for column in np.flatnonzero(old)]


def every_symbol_covers_the_lookback(_frame: pd.DataFrame, context: PriceContext) -> list[Finding]:
    """In percent of the look-back's sessions; one finding where the data itself is too short."""
    covered = coverage_pct(context)
    needed = context.data.min_coverage_pct
    low = (covered < needed) & context.priced.any(axis=0)
    if low.all() and len(low) > 1 and len(context.sessions) < context.data.lookback_sessions:
        message = (
            f"the data has {len(context.sessions)} of the look-back's {context.data.lookback_sessions} sessions. "
            "Supply more history, lower data.lookback_sessions, or trade a later session"
        )
        return [Finding(HALT, "coverage", "all symbols", message)]
    return [_low_coverage(context, int(column), float(covered[column])) for column in np.flatnonzero(low)]


def every_history_fills_the_lookback(_frame: pd.DataFrame, context: PriceContext) -> list[Finding]:
    """What lies before a first price counts as returns of zero, which makes a symbol look calmer than it is."""
    findings: list[Finding] = []
    priced = context.priced[context.first_row :]
    for column in np.flatnonzero(priced.any(axis=0)):
        lacking = int(np.argmax(priced[:, column]))
        if lacking:
            symbol, first = context.symbols[column], context.sessions[context.first_row + lacking]
            calmer = 100 * (1 - float(np.sqrt(1 - lacking / len(priced))))
            message = (
                f"{symbol}: its first price is of {first:%Y-%m-%d}; the {lacking} sessions of the look-back before it "
                f"count as returns of zero, so its volatility looks about {calmer:.0f} % lower than it is. Supply the "
                "history, or lower data.lookback_sessions"
            )
            findings.append(Finding(WARN, "short_history", symbol, message, symbol=symbol, session=first.date()))
    return findings


def no_close_is_stale(_frame: pd.DataFrame, context: PriceContext) -> list[Finding]:
    """Runs of equal closes warn; one that reaches the newest session halts when its volume is stuck, or it is long."""
    findings: list[Finding] = []
    runs = stale_runs(context)
    for column, own in runs.items():
        current = [run for run in own if run[1] == len(context.sessions) - 1 and _is_frozen(context, column, *run)]
        findings += [_stale(context, column, current, HALT)] if current else []
        past = [run for run in own if run not in current]
        if past:
            inside = past[-1][1] >= context.first_row
            findings.append(_stale(context, column, past, WARN if inside else INFO))
    return findings


# --- where, and how much ---


def ages_in_sessions(context: PriceContext) -> NDArray[np.float64]:
    """Sessions from each symbol's newest close to the session to trade, 1 is the one before; inf without any."""
    length = len(context.sessions)
    backwards = context.priced[::-1]
    ages = np.argmax(backwards, axis=0) + 1.0 if length else np.ones(len(context.symbols))
    return np.where(context.priced.any(axis=0), ages, np.inf)


def coverage_pct(context: PriceContext) -> NDArray[np.float64]:
    """Share of the look-back's sessions with a close, in percent."""
    return 100 * context.priced[context.first_row :].sum(axis=0) / context.data.lookback_sessions


def stale_runs(context: PriceContext) -> dict[int, list[tuple[int, int]]]:
    """By column: first and last row of each run of at least `stale_run` equal closes in a row."""
    found: dict[int, list[tuple[int, int]]] = {}
    needed = context.quality.stale_run
    for column in range(len(context.symbols)):
        rows = np.flatnonzero(context.priced[:, column])
        closes = context.closes[rows, column]
        runs = [(rows[s], rows[e]) for s, e in runs_of(closes[1:] == closes[:-1]) if e - s + 1 >= needed]
        if runs:
            found[column] = [(int(first), int(last)) for first, last in runs]
    return found


def stale_cells(context: PriceContext) -> Cells:
    """(sessions, symbols): inside of a run of equal closes that is too long."""
    cells = np.zeros_like(context.present)
    for column, runs in stale_runs(context).items():
        for first, last in runs:
            cells[first : last + 1, column] = context.priced[first : last + 1, column]
    return cells


# --- what is said about it ---


def _old_price(context: PriceContext, column: int, age: float) -> Finding:
    symbol = context.symbols[column]
    if np.isinf(age):
        message = f"{symbol}: no price at all in the data. Check its spelling, or remove it from the universe"
        return Finding(HALT, "no_prices", symbol, message, symbol=symbol)
    newest = context.sessions[len(context.sessions) - int(age)]
    message = (
        f"{symbol}: its newest price is of {newest:%Y-%m-%d}, {age:.0f} sessions before {context.session} (at most "
        f"{context.data.max_age_sessions}). Download newer prices, or remove it if it no longer trades"
    )
    return Finding(HALT, "stale_last_price", symbol, message, symbol=symbol, session=newest.date())


def _low_coverage(context: PriceContext, column: int, covered: float) -> Finding:
    symbol = context.symbols[column]
    first = context.sessions[int(np.argmax(context.priced[:, column]))]
    message = (
        f"{symbol}: prices for {covered:.1f} % of the look-back's {context.data.lookback_sessions} sessions (first "
        f"{first:%Y-%m-%d}), needed are {context.data.min_coverage_pct:g} %. Remove it, lower data.lookback_sessions, "
        "or set quality.exclude_bad_symbols"
    )
    return Finding(HALT, "coverage", symbol, message, symbol=symbol, session=first.date())


def _is_frozen(context: PriceContext, column: int, first: int, last: int) -> bool:
    volume = context.grids["volume"][first : last + 1, column]
    stuck = bool(np.isfinite(volume).all() and (volume == volume[0]).all())
    return stuck or int(context.priced[first : last + 1, column].sum()) >= FROZEN_FACTOR * context.quality.stale_run


def _stale(context: PriceContext, column: int, runs: list[tuple[int, int]], severity: Severity) -> Finding:
    symbol = context.symbols[column]
    first, last = max(runs, key=lambda run: run[1] - run[0])
    length = int(context.priced[first : last + 1, column].sum())
    price = context.closes[last, column]
    told = f"{length} equal closes in a row ({price:g}), {context.day(first)} to {context.day(last)}"
    more = f", and {len(runs) - 1} shorter runs" if len(runs) > 1 else ""
    remedy = ", up to now: the price looks frozen. Download again, or exclude it" if severity is HALT else ""
    day = context.sessions[runs[-1][0]].date()
    return Finding(severity, "stale_run", symbol, f"{symbol}: {told}{more}{remedy}", symbol=symbol, session=day)
