"""Rules on single bars: a price that can be one, within its own range; volumes that can be, and that do not stop."""

import numpy as np
import pandas as pd

from tasks.model.plan import Finding, Severity
from tasks.quality.rules.context import Cells, PriceContext, findings_by_symbol
from tasks.quality.rules.runs import runs_of

PRICES = ("open", "high", "low", "close")
ROUNDING = 1e-6
"""Relative: adjusted prices are rounded one by one."""


def every_price_is_there(_frame: pd.DataFrame, context: PriceContext) -> list[Finding]:
    """Without a close the last one is carried on; without an open, high or low nothing but the report suffers."""

    def sentence(symbol: str, days: str) -> str:
        return f"{symbol}: open, high, low or close is missing on {days}"

    return findings_by_symbol(
        context, unpriced_cells(context), "missing_price", WARN, WARN, sentence, _unpriced(context)
    )


def every_price_can_be_a_price(_frame: pd.DataFrame, context: PriceContext) -> list[Finding]:
    """HALT where it is what the decision reads, a WARN before that."""

    def sentence(symbol: str, days: str) -> str:
        return f"{symbol}: a price that is not positive or not finite on {days}. Correct or remove these rows"

    return findings_by_symbol(
        context, impossible_cells(context), "impossible_price", HALT, WARN, sentence, _impossible(context)
    )


def open_and_close_lie_within_the_range(_frame: pd.DataFrame, context: PriceContext) -> list[Finding]:
    """Inconsistent bars of the past warn; a newest close outside its own range is no price to decide on."""
    cells = inconsistent_cells(context)
    newest = np.zeros_like(cells)
    newest[-1:] = cells[-1:] & _outside(context, "close")[-1:]

    def past(symbol: str, days: str) -> str:
        return f"{symbol}: open, high, low and close contradict each other on {days}"

    def now(symbol: str, days: str) -> str:
        return f"{symbol}: the newest close lies outside its session's range on {days}. Download the session again"

    shown = {field: np.isfinite(context.grids[field]) for field in PRICES}
    findings = findings_by_symbol(context, newest, "ohlc_inconsistent", HALT, HALT, now, shown)
    return findings + findings_by_symbol(context, cells & ~newest, "ohlc_inconsistent", WARN, WARN, past, shown)


def unpriced_cells(context: PriceContext) -> Cells:
    """Rows that lack a price which the source otherwise has."""
    return _any(context, _unpriced(context))


def _unpriced(context: PriceContext) -> dict[str, Cells]:
    offered = [field for field in PRICES if field == "close" or context.offers(field)]
    return {field: context.present & np.isnan(context.grids[field]) for field in offered}


def impossible_cells(context: PriceContext) -> Cells:
    """(sessions, symbols): a price that is not above zero or is infinite; a missing one is another rule's."""
    return _any(context, _impossible(context))


def _impossible(context: PriceContext) -> dict[str, Cells]:
    grids = {field: context.grids[field] for field in PRICES}
    return {field: np.isinf(grid) | (np.nan_to_num(grid, nan=1.0) <= 0) for field, grid in grids.items()}


def _any(context: PriceContext, columns: dict[str, Cells]) -> Cells:
    """Where a column is wrong, whichever."""
    return np.logical_or.reduce([np.zeros_like(context.present), *columns.values()])


def inconsistent_cells(context: PriceContext) -> Cells:
    """(sessions, symbols): high below low, or open or close outside of them, by more than rounding."""
    with np.errstate(invalid="ignore"):
        upside_down = context.grids["high"] < context.grids["low"] * (1 - ROUNDING)
    return upside_down | _outside(context, "open") | _outside(context, "close")


def _outside(context: PriceContext, field: str) -> Cells:
    price = context.grids[field]
    with np.errstate(invalid="ignore"):
        above = price > context.grids["high"] * (1 + ROUNDING)
        return above | (price < context.grids["low"] * (1 - ROUNDING))


HALT, WARN, INFO = Severity.HALT, Severity.WARN, Severity.INFO


def every_volume_can_be_a_volume(_frame: pd.DataFrame, context: PriceContext) -> list[Finding]:
    """HALT where it is what the decision reads, a WARN before that."""

    def sentence(symbol: str, days: str) -> str:
        return f"{symbol}: a volume that is negative or not finite on {days}. Correct these rows"

    cells = impossible_volume_cells(context)
    return findings_by_symbol(context, cells, "impossible_volume", HALT, WARN, sentence, {"volume": cells})


def every_volume_is_there(_frame: pd.DataFrame, context: PriceContext) -> list[Finding]:
    """Only where the source has volumes at all: without them average daily volume is assumed, and says so."""
    if not context.offers("volume"):
        return []

    def sentence(symbol: str, days: str) -> str:
        return f"{symbol}: no volume on {days}"

    cells = context.present & np.isnan(context.grids["volume"])
    return findings_by_symbol(context, cells, "missing_volume", WARN, INFO, sentence, {"volume": cells})


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
    """(sessions, symbols): below zero or infinite; a missing one is another rule's."""
    volume = context.grids["volume"]
    return np.isinf(volume) | (np.nan_to_num(volume) < 0)


def zero_volume_cells(context: PriceContext) -> Cells:
    """(sessions, symbols): a bar without a trade."""
    return context.grids["volume"] == 0


def zero_volume_run_cells(context: PriceContext) -> Cells:
    """(sessions, symbols): inside of a run of sessions without a trade that is too long."""
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
