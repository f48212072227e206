"""Mends daily bars by rule, and says what it mended: for research on other people's data, never in silence.

A trading session does not repair its data; it halts.
"""
# pandas declares unions that its callers cannot narrow, so these reports are about its stubs, not this code.
# pyright: reportArgumentType=false, reportCallIssue=false, reportReturnType=false

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tasks.model.plan import Finding, Severity
from tasks.quality.rules.bars import impossible_cells, inconsistent_cells
from tasks.quality.rules.context import Cells, PriceContext, cells_of_rows, names_text
from tasks.quality.rules.moves import bad_print_cells, jumps
from tasks.quality.rules.sessions import MOST, copied_cells, look_ahead_rows, phantom_rows

Mended = tuple[pd.DataFrame, list[Finding]]
Repair = Callable[[pd.DataFrame, PriceContext], Mended]
Rebuild = Callable[[pd.DataFrame], PriceContext]


def drop_rows_from_the_future(frame: pd.DataFrame, context: PriceContext) -> Mended:
    return _without(frame, look_ahead_rows(frame, context), "look_ahead", "from the session to trade or later")


def drop_phantom_sessions(frame: pd.DataFrame, context: PriceContext) -> Mended:
    return _without(frame, phantom_rows(frame, context), "phantom_session", "on days the exchange was closed")


def keep_the_last_of_duplicated_bars(frame: pd.DataFrame, context: PriceContext) -> Mended:  # noqa: ARG001
    again = frame.duplicated(["session", "symbol"], keep="last").to_numpy()
    return _without(frame, again, "duplicated_bar", "that a later row of the same session replaces")


def drop_bars_without_a_possible_close(frame: pd.DataFrame, context: PriceContext) -> Mended:
    cells = context.present & ~context.priced
    return _without(frame, cells_of_rows(frame, context, cells), "missing_price", "without a possible close")


def drop_sessions_that_repeat_the_one_before(frame: pd.DataFrame, context: PriceContext) -> Mended:
    """Only where most symbols do: a single repeated bar says the same as no bar."""
    cells = copied_cells(context)
    most = cells.sum(axis=1) >= MOST * np.maximum(context.present.sum(axis=1), 1)
    flags = cells_of_rows(frame, context, cells & most[:, None])
    return _without(frame, flags, "copied_session", "of sessions that repeat the one before")


def drop_bad_prints(frame: pd.DataFrame, context: PriceContext) -> Mended:
    flags = cells_of_rows(frame, context, bad_print_cells(context))
    return _without(frame, flags, "bad_print", "whose move comes back the next session")


def blank_impossible_prices(frame: pd.DataFrame, context: PriceContext) -> Mended:
    """Opens, highs and lows that are no price; impossible closes are gone by now."""
    flags = cells_of_rows(frame, context, impossible_cells(context))
    columns = ["open", "high", "low"]
    values = frame[columns].to_numpy(dtype=float)
    wrong = flags[:, None] & ~(np.isfinite(values) & (values > 0)) & ~np.isnan(values)
    mended = frame.assign(**dict(zip(columns, np.where(wrong, np.nan, values).T, strict=True)))
    return mended, _told(frame, wrong.any(axis=1), "impossible_price", "had an open, high or low blanked")


def widen_ranges_to_open_and_close(frame: pd.DataFrame, context: PriceContext) -> Mended:
    flags = cells_of_rows(frame, context, inconsistent_cells(context))
    prices = frame[["open", "high", "low", "close"]]
    high = frame["high"].where(~flags, prices.max(axis=1))
    low = frame["low"].where(~flags, prices.min(axis=1))
    return frame.assign(high=high, low=low), _told(frame, flags, "ohlc_inconsistent", "had high and low widened")


def rebase_before_jumps_that_stay(frame: pd.DataFrame, context: PriceContext) -> Mended:
    """Treat every staying jump as an action without a return: scale all earlier prices of the symbol to meet it.

    Takes real news for an action as well, so it is not among DEFAULT_REPAIRS.
    """
    mended = frame.copy()
    findings = []
    columns = ["open", "high", "low", "close"]
    for jump in [jump for jump in jumps(context) if not jump.is_bad_print and jump.accepted is None]:
        day = context.sessions[jump.row]
        before = (mended["symbol"] == jump.symbol) & (mended["session"] < day)
        factor = jump.close / jump.before
        mended.loc[before, columns] *= factor
        message = (
            f"{jump.symbol}: prices before {day:%Y-%m-%d} multiplied by {factor:.6g}, so that its jump is no return"
        )
        findings.append(
            Finding(
                Severity.INFO, "repaired_staying_jump", jump.symbol, message, symbol=jump.symbol, session=day.date()
            )
        )
    return mended, findings


DEFAULT_REPAIRS: tuple[Repair, ...] = (
    drop_rows_from_the_future,
    drop_phantom_sessions,
    keep_the_last_of_duplicated_bars,
    drop_bars_without_a_possible_close,
    drop_sessions_that_repeat_the_one_before,
    drop_bad_prints,
    blank_impossible_prices,
    widen_ranges_to_open_and_close,
)


def repaired(frame: pd.DataFrame, context_of: Rebuild, repairs: Sequence[Repair] = DEFAULT_REPAIRS) -> Mended:
    """Apply repairs one after the other; each sees what the ones before it left.

    `context_of` lays a frame out anew (`price_context` with everything but the frame given). The findings, all INFO,
    name each symbol and how many rows were touched.
    """
    findings: list[Finding] = []
    mended = frame.reset_index(drop=True)
    for repair in repairs:
        mended, told = repair(mended, context_of(mended))
        findings += told
    return mended, findings


def _without(frame: pd.DataFrame, flags: NDArray[np.bool_], check: str, what: str) -> Mended:
    return frame[~flags].reset_index(drop=True), _told(frame, flags, check, f"removed, {what}")


def _told(frame: pd.DataFrame, flags: NDArray[np.bool_] | Cells, check: str, what: str) -> list[Finding]:
    findings = []
    for symbol, rows in frame[flags].groupby("symbol"):
        days = [f"{day:%Y-%m-%d}" for day in rows["session"]]
        plural = "row" if len(days) == 1 else "rows"
        message = f"{symbol}: {len(days)} {plural} {what} ({names_text(days)})"
        findings.append(Finding(Severity.INFO, f"repaired_{check}", str(symbol), message, symbol=str(symbol)))
    return findings
