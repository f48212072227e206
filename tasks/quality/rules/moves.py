"""Rules on large moves: one that comes back the next session is a bad print, one that stays is news or an action."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tasks.book.quality import AcceptedMove
from tasks.model.plan import Finding, Severity
from tasks.quality.rules.context import Action, Cells, Floats, PriceContext
from tasks.quality.rules.news import accepted_move, explaining_action, is_news, is_quiet, line_to_accept

SPLIT_RATIOS = (2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 15.0, 20.0, 25.0, 30.0, 50.0)
SMALL_SPLITS = {1.5: "3:2", 4 / 3: "4:3", 1.25: "5:4"}
"""Named only where the volume is not that of news: prices move that much without a split."""
SPLIT_TOLERANCE = 0.03
"""Relative: a split's session has its own move on top."""
LEAST_SYMBOLS = 5
"""With fewer symbols the market's own move cannot be told from theirs."""
NO_NEWS_FACTOR = 5.0
"""A close this many times the one before, or less, is another unit or an action; it distorts every figure since."""


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
    """It came back the next session, and nothing says that both were real."""
    action: Action | None = None
    """What the actions file says of it."""
    accepted: AcceptedMove | None = None
    """A person's word that it is real."""
    is_news: bool = False
    """Its volume, or its neighbours, say so."""

    @property
    def move_pct(self) -> float:
        """Against the close before, in percent; negative is a fall."""
        return 100 * (self.close / self.before - 1)


def no_jump_comes_back(_frame: pd.DataFrame, context: PriceContext) -> list[Finding]:
    """A jump of which most comes back the next session is a bad print."""
    return [_bad_print(context, jump) for jump in jumps(context) if jump.is_bad_print]


def jumps_that_stay_are_explained(_frame: pd.DataFrame, context: PriceContext) -> list[Finding]:
    """A jump that stays needs a split or news that says why."""
    return [_staying(context, jump) for jump in jumps(context) if not jump.is_bad_print]


def accepted_moves_are_there(_frame: pd.DataFrame, context: PriceContext) -> list[Finding]:
    """A person's word about a day of the look-back on which nothing large happened is about something else."""
    met = {(jump.accepted.symbol, jump.accepted.session) for jump in jumps(context) if jump.accepted is not None}
    inside = {day.date() for day in context.sessions[context.first_row :]}
    return [
        Finding(
            Severity.WARN,
            "accepted_move_unmet",
            one.symbol,
            f"{one.symbol}: quality.accepted_moves names {one.session}, where no large move is; correct symbol or day",
            symbol=one.symbol,
            session=one.session,
        )
        for one in context.quality.accepted_moves
        if (one.symbol, one.session) not in met and one.session in inside
    ]


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
    """(sessions, symbols): the close that jumped and came back."""
    cells = np.zeros_like(context.present)
    for jump in jumps(context):
        cells[jump.row, jump.column] |= jump.is_bad_print
    return cells


def staying_jump_cells(context: PriceContext) -> Cells:
    """(sessions, symbols): the close that jumped and stayed."""
    cells = np.zeros_like(context.present)
    for jump in jumps(context):
        cells[jump.row, jump.column] |= not jump.is_bad_print
    return cells


def split_named(before: float, close: float, *, quiet: bool = False) -> str:
    """`2:1 split` when the move is about the one a split makes, `1:10 split` for a reverse one, empty otherwise.

    A small split (`3:2`, or `2:3` in reverse) is named where the session was `quiet`.
    """
    ratio = before / close
    for small, name in SMALL_SPLITS.items() if quiet else ():
        if abs(ratio / small - 1) <= SPLIT_TOLERANCE:
            return f"{name} split"
        if abs(ratio * small - 1) <= SPLIT_TOLERANCE:
            return f"{name[::-1]} split"
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
            both = [int(row) for row in rows[place : place + 1 + spike]]
            prices = (float(closes[place - 1]), float(closes[place]), float(after))
            found.append(_judged(context, column, both, prices))
        place += 2 if spike else 1
    return found


def _judged(context: PriceContext, column: int, rows: list[int], prices: tuple[float, float, float]) -> Jump:
    """`rows` are the session that moved and, of a spike, the one in which it came back."""
    symbol, (before, close, after) = context.symbols[column], prices
    action = explaining_action(context, symbol, rows[0], before, close)
    accepted = accepted_move(context, symbol, rows)
    news = is_news(context, rows[0], column)
    bad = len(rows) > 1 and not (action or accepted or news)
    return Jump(symbol, rows[0], column, before, close, after, bad, action, accepted, news)


def _comes_back(move: float, back: float, share: float) -> bool:
    larger = max(abs(move), abs(back))
    return move * back < 0 and min(abs(move), abs(back)) >= share * larger


def _bad_print(context: PriceContext, jump: Jump) -> Finding:
    severity = Severity.HALT if jump.row >= context.first_row else Severity.WARN
    split = split_named(jump.before, jump.close)
    hint = f" (the size of a {split}, applied for one session)" if split else ""
    message = (
        f"{jump.symbol}: {context.day(jump.row)} closes at {jump.close:g} between {jump.before:g} and {jump.after:g}: "
        f"{jump.move_pct:+.1f} % that comes back, a bad print{hint}. Correct or remove the row;"
    )
    return _finding(context, jump, severity, "bad_print", f"{message} {_or_accept(context, jump)}")


def _staying(context: PriceContext, jump: Jump) -> Finding:
    quiet = is_quiet(context, jump.row, jump.column)
    split = split_named(jump.before, jump.close, quiet=quiet)
    inside = jump.row >= context.first_row
    move = f"{jump.symbol}: {jump.move_pct:+.1f} % on {context.day(jump.row)} ({jump.before:g} to {jump.close:g})"
    told = move + (f", close to a {split} that is not adjusted for" if split else "")
    if jump.accepted is not None:
        said = f"real by the word of {jump.accepted.who}: {jump.accepted.because}"
        return _finding(context, jump, Severity.INFO, "accepted_move", f"{move}: {said}")
    if jump.action is not None:
        said = f"{move}: explained by {jump.action} in the actions file"
        severity = Severity.WARN if inside else Severity.INFO
        return _finding(context, jump, severity, "explained_move", f"{said}{_not_adjusted(context, jump.action)}")
    newest = jump.row == len(context.sessions) - 1
    if newest and (split or quiet):
        why = "with nothing after it to tell a bad print or an unadjusted action from news. Check it;"
        message = f"{told}: the newest session, {why} {_or_accept(context, jump)}"
        return _finding(context, jump, Severity.HALT, "staying_jump", message)
    if inside and not jump.is_news and not 1 / NO_NEWS_FACTOR < jump.close / jump.before < NO_NEWS_FACTOR:
        message = f"{told} and stays: no news does this. Adjust the prices on one side of it;"
        return _finding(context, jump, Severity.HALT, "staying_jump", f"{message} {_or_accept(context, jump)}")
    severity = Severity.WARN if inside else Severity.INFO
    why = " and stays: a spin-off, an action that is not adjusted for, or news"
    if jump.is_news:
        why = ": real by its volume, or by those that move with it"
    return _finding(context, jump, severity, "staying_jump", f"{told}{why}")


def _finding(context: PriceContext, jump: Jump, severity: Severity, check: str, message: str) -> Finding:
    day = context.sessions[jump.row].date()
    return Finding(severity, check, jump.symbol, message, symbol=jump.symbol, session=day)


def _or_accept(context: PriceContext, jump: Jump) -> str:
    return f"if it is real, say so by name in the book: {line_to_accept(jump.symbol, context.day(jump.row))}"


def _not_adjusted(context: PriceContext, action: Action) -> str:
    """What the prices ought to have left out by their own word."""
    claimed = {"raw": (), "split": ("split",), "split_and_dividend": ("split", "dividend")}[context.data.adjustment]
    if action.kind not in claimed:
        return ""
    return f", which prices under data.adjustment: {context.data.adjustment} should have in them already; check it"
