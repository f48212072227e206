"""The one door to a source of prices."""
# pandas ships no stubs; this file only names its DataFrame.
# pyright: reportMissingTypeStubs=false

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Protocol, runtime_checkable

import pandas as pd

from tasks.model.plan import Finding

DAILY_COLUMNS = ("session", "symbol", "open", "high", "low", "close", "volume")
"""Daily bars in long form: `session` datetime64 midnight without zone, prices USD float64, volume shares float64.

NaN where the source has none.
"""
INTRADAY_COLUMNS = ("start", "symbol", "open", "high", "low", "close", "volume", "bid", "ask")
"""Minute or second bars: `start` UTC; bid and ask at the end of the bar, NaN where the source has none."""
ACTION_COLUMNS = ("ex_date", "symbol", "kind", "value")
"""Corporate actions: kind `split` (value = new shares per old) or `dividend` (value = USD per share)."""


class EventKind(StrEnum):
    """What happens to a company that no split or dividend can say: who holds its shares has something else after it."""

    MERGER = "merger"
    RENAME = "rename"
    SPIN_OFF = "spin_off"
    DELISTING = "delisting"
    UNIT_SPLIT = "unit_split"
    FOREIGN_DIVIDEND = "foreign_dividend"
    """A dividend in another currency than USD; a file of actions converts it instead."""


@dataclass(frozen=True, slots=True)
class CompanyEvent:
    """What a source tells of a company, by the symbol as the source spells it."""

    ex_date: date
    symbol: str
    kind: EventKind
    file: str
    """Or whoever tells of it."""
    row: int
    """Data row of the file, from 1; 0 where it is in no file."""
    distorts: bool = False
    """The prices before it are of something else and nothing adjusts them: as long as it is in the look-back, they say
    a fall that nobody lost money by."""

    @property
    def where(self) -> str:
        """Where a person finds it."""
        return f"{self.file}, data row {self.row}," if self.row else self.file


class Source(Protocol):
    """Returns what the provider really has; missing rows stay missing, for the checks to find."""

    name: str
    adjustment: str
    """How its prices are adjusted, for the snapshot's row: `raw`, `split`, `split_and_dividend`."""

    def available(self) -> tuple[date, date]:
        """First and last session it can serve."""
        ...

    def daily_bars(self, symbols: Sequence[str], first: date, last: date) -> pd.DataFrame:
        """DAILY_COLUMNS of both days and those between, by session and symbol."""
        ...

    def intraday_bars(self, symbols: Sequence[str], session: date) -> pd.DataFrame | None:
        """None when the source has no bars inside a day."""
        ...

    def corporate_actions(self, symbols: Sequence[str], first: date, last: date) -> pd.DataFrame:
        """ACTION_COLUMNS with an ex-date from `first` to `last`, both included."""
        ...


@runtime_checkable
class KnowsItsFiles(Protocol):
    """A source that can be in doubt about what it reads."""

    def findings(self, symbols: Sequence[str]) -> list[Finding]:
        """What is doubtful in the files about these symbols; empty when nothing is."""
        ...

    def files_of(self, symbol: str) -> tuple[Path, ...]:
        """Which files have daily bars of it, under whatever spelling; none where no file has any."""
        ...

    def intraday_rows(self, symbols: Sequence[str], session: date) -> pd.DataFrame | None:
        """Bars of the session's date as they are in the files: any order, other hours included; None without any."""
        ...


@runtime_checkable
class KnowsCompanyEvents(Protocol):
    """A source that also knows of mergers, renames, spin-offs and delistings; prices are not adjusted for them."""

    def company_events(self, symbols: Sequence[str], first: date, last: date) -> list[CompanyEvent]:
        """Those of these symbols, from `first` to `last`, both included."""
        ...


def rows_inside(source: Source, symbols: Sequence[str], session: date) -> pd.DataFrame | None:
    """Bars of a date as nearly as the source has them; None when it has none."""
    if isinstance(source, KnowsItsFiles):
        return source.intraday_rows(symbols, session)
    return source.intraday_bars(symbols, session)
