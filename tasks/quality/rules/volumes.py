"""Rules on volumes: none negative, no run of sessions without trades."""

import numpy as np
import pandas as pd

from tasks.quality.rules.context import Cells, PriceContext, findings_by_symbol
from tasks.quality.rules.runs import runs_of
from tasks.terms import Finding, Severity

HALT, WARN, INFO = Severity.HALT, Severity.WARN, Severity.INFO


def every_volume_can_be_a_volume(_frame: pd.DataFrame, context: PriceContext) -> list[Finding]:
    def sentence(symbol: str, days: str) -> str:
        return f"{symbol}: a volume that is negative or not finite on {days}. Correct these rows"

    return findings_by_symbol(context, impossible_volume_cells(context), "impossible_volume", HALT, WARN, sentence)


def every_volume_is_there(_frame: pd.DataFrame, context: PriceContext) -> list[Finding]:
    """Only where the source has volumes at all: without them average daily volume is assumed, and says so."""
    if not context.offers("volume"):
        return []

    def sentence(symbol: str, days: str) -> str:
        return f"{symbol}: no volume on {days}"

    cells = context.present & np.isnan(context.grids["volume"])
    return findings_by_symbol(context, cells, "missing_volume", WARN, INFO, sentence)


def no_run_of_sessions_without_trades(_frame: pd.DataFrame, context: PriceContext) -> list[Finding]:
    """Single sessions are noted; a run warns; a run up to now halts: the last price is not one of today's market."""
    run, single, current = _zero_runs(context)

    def noted(symbol: str, days: str) -> str:
        return f"{symbol}: volume zero on {days}"

    def warned(symbol: str, days: str) -> str:
        return f"{symbol}: volume zero for {context.quality.zero_volume_run} sessions or more in a row ({days})"

    def halted(symbol: str, days: str) -> str:
        return f"{symbol}: no trades up to the newest session ({days}). Find out whether it is halted; exclude it if so"

    return [
        *findings_by_symbol(context, current, "zero_volume_run", HALT, HALT, halted),
        *findings_by_symbol(context, run & ~current, "zero_volume_run", WARN, INFO, warned),
        *findings_by_symbol(context, single, "zero_volume", INFO, INFO, noted),
    ]


def impossible_volume_cells(context: PriceContext) -> Cells:
    volume = context.grids["volume"]
    return np.isinf(volume) | (np.nan_to_num(volume) < 0)


def zero_volume_cells(context: PriceContext) -> Cells:
    return context.grids["volume"] == 0


def zero_volume_run_cells(context: PriceContext) -> Cells:
    return _zero_runs(context)[0]


def _zero_runs(context: PriceContext) -> tuple[Cells, Cells, Cells]:
    """Cells of long runs, of short ones, and of long ones that reach the newest session."""
    zero = zero_volume_cells(context)
    long, current = np.zeros_like(zero), np.zeros_like(zero)
    for column in np.flatnonzero(zero.any(axis=0)):
        rows = np.flatnonzero(context.present[:, column])
        for start, end in runs_of(zero[rows, column]):
            if end - start >= context.quality.zero_volume_run:
                long[rows[start:end], column] = True
                current[rows[start:end], column] = rows[end - 1] == len(zero) - 1
    return long, zero & ~long, current
