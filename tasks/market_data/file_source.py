"""Source `files`: daily bars, bars inside the day and corporate actions from the operator's own CSV or Parquet files.

Nothing is dropped on the way in: duplicated rows and rows without a price stay, for the checks to find.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from tasks.errors import BadDataError
from tasks.market_data.action_files import actions_of, events_of
from tasks.market_data.calendar import ZONE, session_hours
from tasks.market_data.defects import Defects, all_defects
from tasks.market_data.file_columns import DAILY_NAMES, INTRADAY_NAMES, found_columns, normalised, require_columns
from tasks.market_data.file_tables import Table, name_without_suffix, numbers, price_files, read_table, texts
from tasks.market_data.name_findings import named_otherwise
from tasks.market_data.spelling import matched
from tasks.market_data.stamps import instants, session_dates
from tasks.market_data.vendors import stock_of_reuters
from tasks.model.plan import Finding
from tasks.ports.prices import ACTION_COLUMNS, DAILY_COLUMNS, INTRADAY_COLUMNS, CompanyEvent

PRICES = ("open", "high", "low", "close")
ADJUSTED_CLOSE = {"raw": ("raw_close",), "split": ("split_adj_close",), "split_and_dividend": ("adj_close",)}
"""Where a file has several closes: the one that fits `data.adjustment` is taken, and `close` when it has none."""


class FilesSource:
    """Reads each path once, when it is first asked for."""

    name = "files"

    def __init__(self, daily: Path, adjustment: str, intraday: Path | None = None, actions: Path | None = None) -> None:
        self.adjustment = adjustment
        self._daily_path, self._intraday_path, self._actions_path = daily, intraday, actions
        self._daily: pd.DataFrame | None = None
        self._intraday: pd.DataFrame | None = None
        self._files: dict[str, set[Path]] = {}
        """In which files a name of the daily bars stands."""
        self._intraday_names: set[str] = set()

    def symbols(self) -> tuple[str, ...]:
        """As the files spell them, sorted."""
        return tuple(sorted(self._all_daily()["symbol"].unique()))

    def available(self) -> tuple[date, date]:
        sessions = self._all_daily()["session"]
        return sessions.min().date(), sessions.max().date()

    def daily_bars(self, symbols: Sequence[str], first: date, last: date) -> pd.DataFrame:
        bars = self._all_daily()
        wanted = bars["session"].between(pd.Timestamp(first), pd.Timestamp(last))
        return _named_as_asked(bars, wanted, matched(symbols, self._files).taken)

    def intraday_bars(self, symbols: Sequence[str], session: date) -> pd.DataFrame | None:
        """Bars of the regular session; None when the files have none of these symbols that day."""
        bars = self._all_intraday()
        if bars is None:
            return None
        start, end = session_hours(session)
        taken = matched(symbols, self._intraday_names).taken
        found = _named_as_asked(bars, (bars["start"] >= start) & (bars["start"] < end), taken)
        return found.sort_values(["symbol", "start"], kind="stable", ignore_index=True) if len(found) else None

    def intraday_rows(self, symbols: Sequence[str], session: date) -> pd.DataFrame | None:
        """Bars of a date in New York as they are in the files: any order, other hours included; None without any."""
        bars = self._all_intraday()
        if bars is None:
            return None
        start = pd.Timestamp(session, tz=ZONE)
        wanted = (bars["start"] >= start) & (bars["start"] < start + pd.DateOffset(days=1))
        found = _named_as_asked(bars, wanted, matched(symbols, self._intraday_names).taken)
        return found if len(found) else None

    def corporate_actions(self, symbols: Sequence[str], first: date, last: date) -> pd.DataFrame:
        if self._actions_path is None:
            return pd.DataFrame(columns=list(ACTION_COLUMNS))
        actions = actions_of(self._actions(self._actions_path))
        wanted = actions["ex_date"].between(pd.Timestamp(first), pd.Timestamp(last))
        return _named_as_asked(actions, wanted, matched(symbols, set(actions["symbol"])).taken)

    def company_events(self, symbols: Sequence[str], first: date, last: date) -> list[CompanyEvent]:
        if self._actions_path is None:
            return []
        events = [event for event in events_of(self._actions(self._actions_path)) if first <= event.ex_date <= last]
        taken = matched(symbols, {event.symbol for event in events}).taken
        return [replace(event, symbol=taken[event.symbol]) for event in events if event.symbol in taken]

    def _actions(self, path: Path) -> Table:
        """A book begins with a header alone: nothing has happened yet to what it holds."""
        return read_table(path, may_have_no_rows=True)

    def findings(self, symbols: Sequence[str]) -> list[Finding]:
        """Which name of a file was taken for which symbol, where they are not written alike."""
        self._all_daily()
        found = matched(symbols, self._files)
        named = {name: sorted(file.name for file in files) for name, files in self._files.items()}
        return named_otherwise(found, named)

    def files_of(self, symbol: str) -> tuple[Path, ...]:
        self._all_daily()
        taken = matched([symbol], self._files).taken
        return tuple(sorted({file for name in taken for file in self._files[name]}))

    def _all_daily(self) -> pd.DataFrame:
        if self._daily is None:
            tables = _tables(price_files(self._daily_path), lambda table, told: _daily(table, self.adjustment, told))
            for path, rows in tables.items():
                for name in rows["symbol"].unique():
                    self._files.setdefault(str(name), set()).add(path)
            bars = pd.concat(tables.values(), ignore_index=True)
            self._daily = bars.sort_values(["session", "symbol"], kind="stable", ignore_index=True)
        return self._daily

    def _all_intraday(self) -> pd.DataFrame | None:
        if self._intraday is None and self._intraday_path is not None:
            tables = _tables(price_files(self._intraday_path), _intraday)
            self._intraday = pd.concat(tables.values(), ignore_index=True)
            self._intraday_names = set(self._intraday["symbol"].unique())
        return self._intraday


def _tables(paths: Sequence[Path], parse: Callable[[Table, Defects], pd.DataFrame]) -> dict[Path, pd.DataFrame]:
    """What each file has. Raises: BadDataError with the defects of all of them."""
    with all_defects() as defects:
        return {path: _parsed(path, parse, defects) for path in paths}


def _parsed(path: Path, parse: Callable[[Table, Defects], pd.DataFrame], defects: Defects) -> pd.DataFrame:
    return defects.tried(lambda: parse(read_table(path), defects), pd.DataFrame())


def _column(table: Table, defects: Defects, read: Callable[[], pd.Series]) -> pd.Series:
    """What is read; or nothing in every row, where that is refused, so that the other columns are read too."""
    return defects.tried(read, pd.Series(np.nan, index=table.frame.index))


def _named_as_asked(table: pd.DataFrame, wanted: pd.Series, taken: Mapping[str, str]) -> pd.DataFrame:
    """The wanted rows of the names that are taken, under the symbols they are taken for."""
    found = table[wanted & table["symbol"].isin(taken.keys())].reset_index(drop=True)
    if any(name != symbol for name, symbol in taken.items()):
        found = found.assign(symbol=found["symbol"].map(dict(taken)).astype("str"))
    return found


def _daily(table: Table, adjustment: str, defects: Defects) -> pd.DataFrame:
    """One file's rows in DAILY_COLUMNS.

    A file without a symbol column is wide (one column of closes a symbol) unless it has a close: then it holds the one
    symbol it is named after, like AAPL.csv.
    """
    found = found_columns(table.frame.columns, DAILY_NAMES)
    others = len(table.frame.columns) - len(found)
    if others and not {"symbol", "close", "adj_close", "split_adj_close", "raw_close"} & found.keys():
        return _wide(table, found.get("session", table.frame.columns[0]), defects)
    return _long(table, _with_close(found, adjustment), defects)


def _with_close(found: dict[str, str], adjustment: str) -> dict[str, str]:
    """`close` is the printed one, `basis` the one that fits the adjustment, when the file has another."""
    basis = next((found[name] for name in ADJUSTED_CLOSE[adjustment] if name in found), None)
    if basis is None:
        return found
    return {**found, "close": found.get("close", basis), "basis": basis}


def _long(table: Table, found: dict[str, str], defects: Defects) -> pd.DataFrame:
    require_columns(table.path, table.frame.columns, found, ("session", "close"))
    bars = pd.DataFrame({"session": _column(table, defects, lambda: session_dates(table, found["session"]))})
    bars["symbol"] = _named(table, found, defects)
    _add_figures(bars, table, found, (*PRICES, "volume"), defects)
    if "basis" in found:
        basis = _column(table, defects, lambda: numbers(table, found["basis"]))
        factor = basis / bars["close"]
        for column in PRICES[:-1]:
            bars[column] *= factor
        bars["close"] = basis
    return bars.astype({"symbol": "str"})[list(DAILY_COLUMNS)]


def _named(table: Table, found: Mapping[str, str], defects: Defects) -> pd.Series | str:
    """The column of symbols; a file without one is of the symbol that it is called by."""
    if "symbol" not in found:
        return name_without_suffix(table.path)
    return _column(table, defects, lambda: _symbols(table, found["symbol"]))


def _add_figures(
    bars: pd.DataFrame, table: Table, found: Mapping[str, str], columns: Sequence[str], defects: Defects
) -> None:
    """Put each of the columns into the bars as numbers; nothing where the file has none."""
    for ours in columns:
        theirs = found.get(ours)
        bars[ours] = np.nan if theirs is None else _figures(table, theirs, defects, letters=ours == "volume")


def _figures(table: Table, column: str, defects: Defects, *, letters: bool = False) -> pd.Series:
    return _column(table, defects, lambda: numbers(table, column, letters=letters))


def _symbols(table: Table, column: str) -> pd.Series:
    """A column of symbols; codes of Reuters where all of them are such."""
    codes = texts(table, column)
    if normalised(column) not in ("instrument", "ric"):
        return codes
    stocks = {code: stock_of_reuters(code) for code in codes.unique()}
    return codes.map(stocks) if all(code != stock for code, stock in stocks.items()) else codes


def _wide(table: Table, day: str, defects: Defects) -> pd.DataFrame:
    """`day` is the column of dates, every other one a symbol's closes."""
    symbols = [str(name) for name in table.frame.columns if name != day]
    if not all(symbols):
        raise BadDataError(f"{table.path}: a column without a name; name each column of closes by its symbol")
    sessions = _column(table, defects, lambda: session_dates(table, day))
    closes = [_figures(table, symbol, defects).to_numpy() for symbol in symbols]
    long = pd.DataFrame(
        {
            "session": np.tile(sessions.to_numpy(), len(symbols)),
            "symbol": np.repeat(np.array(symbols, dtype=object), len(sessions)),
            "close": np.concatenate(closes),
        }
    )
    long = long.assign(open=np.nan, high=np.nan, low=np.nan, volume=np.nan).astype({"symbol": "str"})
    return long[list(DAILY_COLUMNS)]


def _intraday(table: Table, defects: Defects) -> pd.DataFrame:
    """One file's rows in INTRADAY_COLUMNS, pre- and post-market included."""
    found = found_columns(table.frame.columns, INTRADAY_NAMES)
    require_columns(table.path, table.frame.columns, found, ("start", "open", "high", "low", "close", "volume"))
    bars = pd.DataFrame({"start": _column(table, defects, lambda: instants(table, found["start"]))})
    bars["symbol"] = _named(table, found, defects)
    _add_figures(bars, table, found, INTRADAY_COLUMNS[2:], defects)
    return bars.astype({"symbol": "str"})[list(INTRADAY_COLUMNS)]
