"""Rules on single bars: a price is there, can be a price, and lies within its own range."""

import numpy as np
import pandas as pd

from tasks.quality.rules.context import Cells, PriceContext, findings_by_symbol
from tasks.terms import Finding, Severity

HALT, WARN = Severity.HALT, Severity.WARN
PRICES = ("open", "high", "low", "close")
ROUNDING = 1e-6
"""Relative: adjusted prices are rounded one by one."""


def every_price_is_there(_frame: pd.DataFrame, context: PriceContext) -> list[Finding]:
    """Without a close the last one is carried on; without an open, high or low nothing but the report suffers."""

    def sentence(symbol: str, days: str) -> str:
        return f"{symbol}: open, high, low or close is missing on {days}"

    return findings_by_symbol(context, unpriced_cells(context), "missing_price", WARN, WARN, sentence)


def every_price_can_be_a_price(_frame: pd.DataFrame, context: PriceContext) -> list[Finding]:
    def sentence(symbol: str, days: str) -> str:
        return f"{symbol}: a price that is not positive or not finite on {days}. Correct or remove these rows"

    return findings_by_symbol(context, impossible_cells(context), "impossible_price", HALT, WARN, sentence)


def open_and_close_lie_within_the_range(_frame: pd.DataFrame, context: PriceContext) -> list[Finding]:
    """Inconsistent bars of the past warn; a newest close outside its own range is no price to decide on."""
    cells = inconsistent_cells(context)
    newest = np.zeros_like(cells)
    newest[-1:] = cells[-1:] & _outside(context, "close")[-1:]

    def past(symbol: str, days: str) -> str:
        return f"{symbol}: open, high, low and close contradict each other on {days}"

    def now(symbol: str, days: str) -> str:
        return f"{symbol}: the newest close lies outside its session's range ({days}). Download the session again"

    findings = findings_by_symbol(context, newest, "ohlc_inconsistent", HALT, HALT, now)
    return findings + findings_by_symbol(context, cells & ~newest, "ohlc_inconsistent", WARN, WARN, past)


def unpriced_cells(context: PriceContext) -> Cells:
    """Rows that lack a price which the source otherwise has."""
    cells = np.zeros_like(context.present)
    for field in PRICES:
        if field == "close" or context.offers(field):
            cells |= context.present & np.isnan(context.grids[field])
    return cells


def impossible_cells(context: PriceContext) -> Cells:
    cells = np.zeros_like(context.present)
    for field in PRICES:
        grid = context.grids[field]
        cells |= np.isinf(grid) | (np.nan_to_num(grid, nan=1.0) <= 0)
    return cells


def inconsistent_cells(context: PriceContext) -> Cells:
    with np.errstate(invalid="ignore"):
        upside_down = context.grids["high"] < context.grids["low"] * (1 - ROUNDING)
    return upside_down | _outside(context, "open") | _outside(context, "close")


def _outside(context: PriceContext, field: str) -> Cells:
    price = context.grids[field]
    with np.errstate(invalid="ignore"):
        above = price > context.grids["high"] * (1 + ROUNDING)
        return above | (price < context.grids["low"] * (1 - ROUNDING))
