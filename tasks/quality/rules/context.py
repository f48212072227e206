"""What every price rule looks at: the bars laid out as sessions by symbols, and the settings they are judged by."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tasks.book.data import DataSettings
from tasks.book.quality import QualitySettings
from tasks.model.plan import Finding, Severity

Floats = NDArray[np.float64]
Cells = NDArray[np.bool_]
"""Shape (sessions, symbols): True where a rule objects."""
FIELDS = ("open", "high", "low", "close", "volume")
SHOWN_DAYS = 5


@dataclass(frozen=True, slots=True)
class Action:
    """One line of the actions file; `value` is new shares per old, or USD per share."""

    kind: str
    value: float

    def left_of(self, before: float, close: float) -> float:
        """The move that the action does not explain, as a fraction."""
        if self.kind == "split":
            return close * self.value / before - 1
        return close / (before - self.value) - 1 if self.value < before else np.inf

    def __str__(self) -> str:
        return f"a split of {self.value:g}" if self.kind == "split" else f"a dividend of {self.value:g} USD"


@dataclass(frozen=True)
class PriceContext:
    """Grids have shape (T, n) over `sessions` and `symbols`; of duplicated rows the last counts."""

    symbols: tuple[str, ...]
    sessions: pd.DatetimeIndex
    """Sessions of the exchange, oldest first, all before `session`."""
    session: date
    """The session to trade."""
    quality: QualitySettings
    data: DataSettings
    known: frozenset[str]
    """Symbols of the universe."""
    grids: Mapping[str, Floats]
    """One grid for each of FIELDS, NaN where there is no row or no figure."""
    present: Cells
    """Whether there is a row at all."""
    actions: Mapping[tuple[str, date], Action] = field(default_factory=dict[tuple[str, date], Action])
    """What the actions file says of a symbol and day, where the prices are not adjusted by it here."""

    @cached_property
    def first_row(self) -> int:
        """Row of the first session of the look-back: what lies before cannot change the decision."""
        return max(0, len(self.sessions) - self.data.lookback_sessions)

    @cached_property
    def closes(self) -> Floats:
        """(sessions, symbols), USD; NaN where there is none."""
        return self.grids["close"]

    @cached_property
    def priced(self) -> Cells:
        """Where there is a close that can be a price."""
        return np.isfinite(self.closes) & (np.nan_to_num(self.closes) > 0)

    @cached_property
    def filled(self) -> Floats:
        """Closes with gaps and impossible ones filled by the last possible close; NaN before the first."""
        return pd.DataFrame(np.where(self.priced, self.closes, np.nan)).ffill().to_numpy()

    @cached_property
    def alive(self) -> Cells:
        """From each symbol's first row to its last."""
        begun = np.logical_or.accumulate(self.present, axis=0)
        unfinished = np.logical_or.accumulate(self.present[::-1], axis=0)[::-1]
        return begun & unfinished

    def offers(self, field: str) -> bool:
        """Whether the source has figures of this field at all."""
        return bool(np.isfinite(self.grids[field]).any())

    def day(self, row: int) -> str:
        """Of a row of the grids, as YYYY-MM-DD."""
        return f"{self.sessions[row]:%Y-%m-%d}"


def price_context(
    frame: pd.DataFrame,
    symbols: Sequence[str],
    sessions: pd.DatetimeIndex,
    session: date,
    quality: QualitySettings,
    data: DataSettings,
    known: Collection[str],
    actions: Mapping[tuple[str, date], Action] | None = None,
) -> PriceContext:
    """Lay the bars out; rows of other symbols or days are not in the grids, but stay in the frame for the rules."""
    names = tuple(dict.fromkeys(symbols))
    sessions = pd.DatetimeIndex(sessions[sessions < pd.Timestamp(session)])
    rows, columns, inside = places(frame, sessions, names)
    shape = (len(sessions), len(names))
    grids: dict[str, Floats] = {}
    for name in FIELDS:
        grids[name] = np.full(shape, np.nan)
        grids[name][rows[inside], columns[inside]] = frame[name].to_numpy(dtype=float)[inside]
    present = np.zeros(shape, dtype=bool)
    present[rows[inside], columns[inside]] = True
    return PriceContext(names, sessions, session, quality, data, frozenset(known), grids, present, actions or {})


def places(
    frame: pd.DataFrame, sessions: pd.DatetimeIndex, symbols: Sequence[str]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.bool_]]:
    """Grid row and column of each row of the frame (-1: none), and whether it has both."""
    rows = sessions.get_indexer(pd.DatetimeIndex(frame["session"]))
    columns = pd.Index(list(symbols)).get_indexer(pd.Index(frame["symbol"]))
    return rows, columns, (rows >= 0) & (columns >= 0)


def cells_of_rows(frame: pd.DataFrame, context: PriceContext, cells: Cells) -> NDArray[np.bool_]:
    """A grid of cells as one flag for each row of the frame."""
    rows, columns, inside = places(frame, context.sessions, context.symbols)
    flags = np.zeros(len(frame), dtype=bool)
    flags[inside] = cells[rows[inside], columns[inside]]
    return flags


def findings_by_symbol(
    context: PriceContext,
    cells: Cells,
    check: str,
    inside: Severity,
    outside: Severity,
    sentence: Callable[[str, str], str],
    columns: Mapping[str, Cells] | None = None,
) -> list[Finding]:
    """One finding a symbol: `inside` when any of its cells is in the look-back, else `outside`.

    `sentence` makes the message of the symbol and the days, like `2015-03-09, 2015-03-10 and 8 more`. `columns` says
    in which columns of the file each cell is wrong: behind the days stands then what the newest of them has there.
    """
    findings: list[Finding] = []
    for column in np.flatnonzero(cells.any(axis=0)):
        rows = np.flatnonzero(cells[:, column])
        symbol = context.symbols[column]
        severity = inside if rows[-1] >= context.first_row else outside
        days = days_text(context, rows)
        if columns is not None:
            wrong = [name for name, there in columns.items() if there[rows[-1], column]]
            days = f"{days} ({figures_text(context, int(rows[-1]), int(column), wrong)})"
        message = sentence(symbol, days)
        newest = context.sessions[int(rows[-1])].date()
        findings.append(Finding(severity, check, symbol, message, symbol=symbol, session=newest))
    return findings


def figures_text(context: PriceContext, row: int, column: int, names: Sequence[str]) -> str:
    """`open 50, close -4.25 on 2021-05-28`, plain numbers as they are written in a file."""
    told = ", ".join(f"{name} {_written(float(context.grids[name][row, column]))}" for name in names)
    return f"{told} on {context.day(row)}"


def _written(figure: float) -> str:
    return "empty" if np.isnan(figure) else f"{figure:.10g}"


def days_text(context: PriceContext, rows: Sequence[int] | NDArray[np.intp]) -> str:
    """The newest few days, oldest first, and how many there are besides."""
    shown = ", ".join(context.day(row) for row in rows[-SHOWN_DAYS:])
    more = len(rows) - SHOWN_DAYS
    return f"{shown} and {more} earlier" if more > 0 else shown


def names_text(names: Sequence[str]) -> str:
    """The first SHOWN_DAYS of them, and how many more."""
    shown = ", ".join(names[:SHOWN_DAYS])
    more = len(names) - SHOWN_DAYS
    return f"{shown} and {more} more" if more > 0 else shown
