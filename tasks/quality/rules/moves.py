"""Rules on large moves: one that comes back the next session is a bad print, one that stays is news or an action."""
# pandas declares unions that its callers cannot narrow, so these reports are about its stubs, not this code.
# pyright: reportCallIssue=false

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tasks.quality.rules.context import Cells, Floats, PriceContext
from tasks.terms import Finding, Severity

SPLIT_RATIOS = (2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 15.0, 20.0, 25.0, 30.0, 50.0)
SPLIT_TOLERANCE = 0.03
"""Relative: a split's session has its own move on top."""
LEAST_SYMBOLS = 5
"""With fewer symbols the market's own move cannot be told from theirs."""
NEWS_VOLUME = 3.0
NO_NEWS_FACTOR = 5.0
"""A close this many times the one before, or less, is another unit or an action; it distorts every figure since."""
NEWS_WINDOW = 21
"""Real news trades at least three times the usual (median of 21 sessions) volume."""


@dataclass(frozen=True, slots=True)
class Jump:
    """A move above `jump_pct` between two closes that follow each other in the symbol's history."""

    symbol: str
    row: int
    """Of the session that moved."""
    column: int
    before: float
    close: float
    after: float
    """The close after it; NaN when the jump is the newest."""
    is_bad_print: bool

    @property
    def move_pct(self) -> float:
        return 100 * (self.close / self.before - 1)


def no_jump_comes_back(_frame: pd.DataFrame, context: PriceContext) -> list[Finding]:
    return [_bad_print(context, jump) for jump in jumps(context) if jump.is_bad_print]


def jumps_that_stay_are_explained(_frame: pd.DataFrame, context: PriceContext) -> list[Finding]:
    return [_staying(context, jump) for jump in jumps(context) if not jump.is_bad_print]


def jumps(context: PriceContext) -> list[Jump]:
    """All jumps by symbol and session; the way back from a bad print is not one of its own.

    A spike is two moves of opposite sign, one session apart, the smaller at least `reversal_pct` of the larger (logs),
    of which one exceeds `jump_pct`, all also after the market's median move is taken off: a crash is no bad print.
    """
    moves = _log_moves(context.filled)
    market = _market_moves(moves, context.priced)
    large = np.abs(np.expm1(np.nan_to_num(moves))) > context.quality.jump_pct / 100
    found: list[Jump] = []
    for column in np.flatnonzero(large.any(axis=0)):
        rows = np.flatnonzero(context.priced[:, column])
        excess = (moves[:, column] - market)[rows]
        found += _of_symbol(context, int(column), rows, excess, large[rows, column])
    return found


def bad_print_cells(context: PriceContext) -> Cells:
    cells = np.zeros_like(context.present)
    for jump in jumps(context):
        cells[jump.row, jump.column] |= jump.is_bad_print
    return cells


def staying_jump_cells(context: PriceContext) -> Cells:
    cells = np.zeros_like(context.present)
    for jump in jumps(context):
        cells[jump.row, jump.column] |= not jump.is_bad_print
    return cells


def split_named(before: float, close: float) -> str:
    """`2:1 split` when the move is about the one a split makes, `1:10 split` for a reverse one, empty otherwise."""
    ratio = before / close
    for whole in SPLIT_RATIOS:
        if abs(ratio / whole - 1) <= SPLIT_TOLERANCE:
            return f"{whole:.0f}:1 split"
        if abs(ratio * whole - 1) <= SPLIT_TOLERANCE:
            return f"1:{whole:.0f} split"
    return ""


def _log_moves(filled: Floats) -> Floats:
    moves = np.full_like(filled, np.nan)
    moves[1:] = np.log(filled[1:] / filled[:-1])
    return moves


def _market_moves(moves: Floats, priced: Cells) -> Floats:
    """Median move of each session, zero with too few symbols to have one."""
    own = np.where(priced, moves, np.nan)
    enough = np.isfinite(own).sum(axis=1) >= LEAST_SYMBOLS
    market = np.zeros(len(moves))
    if enough.any():
        market[enough] = np.nanmedian(own[enough], axis=1)
    return market


def _of_symbol(context: PriceContext, column: int, rows: np.ndarray, excess: Floats, large: np.ndarray) -> list[Jump]:
    """`rows` are the symbol's priced sessions; `excess` and `large` are along them."""
    closes = context.closes[rows, column]
    own = np.abs(np.expm1(np.nan_to_num(excess))) > context.quality.jump_pct / 100
    found: list[Jump] = []
    place = 1
    while place < len(rows):
        spike = place + 1 < len(rows) and bool((large[place : place + 2] & own[place : place + 2]).any())
        spike = spike and _comes_back(excess[place], excess[place + 1], context.quality.reversal_pct / 100)
        if spike or large[place]:
            after = closes[place + 1] if place + 1 < len(rows) else np.nan
            found.append(
                Jump(
                    symbol=context.symbols[column],
                    row=int(rows[place]),
                    column=column,
                    before=float(closes[place - 1]),
                    close=float(closes[place]),
                    after=float(after),
                    is_bad_print=bool(spike),
                )
            )
        place += 2 if spike else 1
    return found


def _comes_back(move: float, back: float, share: float) -> bool:
    larger = max(abs(move), abs(back))
    return move * back < 0 and min(abs(move), abs(back)) >= share * larger


def _bad_print(context: PriceContext, jump: Jump) -> Finding:
    severity = Severity.HALT if jump.row >= context.first_row else Severity.WARN
    split = split_named(jump.before, jump.close)
    hint = f" (the size of a {split}, applied for one session)" if split else ""
    message = (
        f"{jump.symbol}: {context.day(jump.row)} closes at {jump.close:g} between {jump.before:g} and {jump.after:g}: "
        f"{jump.move_pct:+.1f} % that comes back, a bad print{hint}. Correct or remove the row"
    )
    day = context.sessions[jump.row].date()
    return Finding(severity, "bad_print", jump.symbol, message, symbol=jump.symbol, session=day)


def _staying(context: PriceContext, jump: Jump) -> Finding:
    split = split_named(jump.before, jump.close)
    told = f"{jump.symbol}: {jump.move_pct:+.1f} % on {context.day(jump.row)} ({jump.before:g} to {jump.close:g})" + (
        f", close to a {split} that is not adjusted for" if split else ""
    )
    newest = jump.row == len(context.sessions) - 1
    if newest and (split or _is_quiet(context, jump)):
        severity = Severity.HALT
        why = "with nothing after it to tell a bad print or an unadjusted action from news. Check it; if it is real, "
        message = f"{told}: the newest session, {why}raise quality.jump_pct for this session"
    elif jump.row >= context.first_row and not 1 / NO_NEWS_FACTOR < jump.close / jump.before < NO_NEWS_FACTOR:
        severity = Severity.HALT
        message = f"{told} and stays: no news does this. Adjust the prices on one side of it; if it is real, raise "
        message += "quality.jump_pct above it"
    else:
        severity = Severity.WARN if jump.row >= context.first_row else Severity.INFO
        message = f"{told} and stays: a spin-off, an action that is not adjusted for, or news"
    day = context.sessions[jump.row].date()
    return Finding(severity, "staying_jump", jump.symbol, message, symbol=jump.symbol, session=day)


def _is_quiet(context: PriceContext, jump: Jump) -> bool:
    """Whether the volume is known and not that of news; a source without volumes cannot say."""
    volume = context.grids["volume"][: jump.row + 1, jump.column]
    usual = volume[-1 - NEWS_WINDOW : -1]
    usual = usual[np.isfinite(usual)]
    return len(usual) > 0 and bool(volume[-1] < NEWS_VOLUME * np.median(usual))
