"""Reads the operator's file of corporate actions: what changes prices, and what happened to a company besides."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from tasks.market_data.defects import all_defects
from tasks.market_data.file_columns import ACTION_NAMES, found_columns, require_columns
from tasks.market_data.file_tables import Table, numbers, texts
from tasks.market_data.stamps import session_dates
from tasks.ports.prices import ACTION_COLUMNS, CompanyEvent, EventKind

PRICE_KINDS = ("split", "dividend")
"""What prices are adjusted for."""
FILE_KINDS = tuple(kind for kind in EventKind if kind is not EventKind.FOREIGN_DIVIDEND)
SPELLINGS = {"spinoff": "spin_off", "delisted": "delisting", "acquisition": "merger", "symbol_change": "rename"}


def actions_of(table: Table) -> pd.DataFrame:
    """One file's splits and dividends in ACTION_COLUMNS; company events are left to `events_of`.

    Raises: BadDataError for an unknown kind or a value that is not positive.
    """
    found = _found(table)
    empty = pd.Series(np.nan, index=table.frame.index)
    with all_defects() as defects:
        kinds = defects.tried(lambda: _kinds(table, found["kind"]), empty)
        is_priced = kinds.isin(PRICE_KINDS)
        columns = {
            "ex_date": defects.tried(lambda: session_dates(table, found["ex_date"]), empty),
            "symbol": defects.tried(lambda: texts(table, found["symbol"]), empty),
            "kind": kinds,
            "value": defects.tried(lambda: _values(table, found["value"], is_priced), empty),
        }
    return pd.DataFrame(columns)[is_priced].reset_index(drop=True)


def _values(table: Table, column: str, is_priced: pd.Series) -> pd.Series:
    values = numbers(_without_values(table, column, ~is_priced), column)
    wrong = is_priced & (~(values > 0) | np.isinf(values))
    if wrong.any():
        raise table.refuse(column, wrong, "give new shares per old for a split, USD per share for a dividend")
    return values


def events_of(table: Table) -> Iterator[CompanyEvent]:
    """One file's mergers, renames, spin-offs and delistings; their value may be empty or a word. Raises as above."""
    found = _found(table)
    kinds = _kinds(table, found["kind"])
    dates, symbols = session_dates(table, found["ex_date"]), texts(table, found["symbol"])
    for place in np.flatnonzero(~kinds.isin(PRICE_KINDS)):
        kind = EventKind(kinds.iloc[place])
        yield CompanyEvent(dates.iloc[place].date(), symbols.iloc[place], kind, f"{table.path}", int(place) + 1)


def _found(table: Table) -> dict[str, str]:
    """What the file calls each column."""
    found = found_columns(table.frame.columns, ACTION_NAMES)
    require_columns(table.path, table.frame.columns, found, ACTION_COLUMNS)
    return found


def _kinds(table: Table, column: str) -> pd.Series:
    """In our spelling."""
    kinds = texts(table, column).str.lower().str.replace(r"[\s-]+", "_", regex=True).replace(SPELLINGS)
    known = [*PRICE_KINDS, *FILE_KINDS]
    unknown = ~kinds.isin(known)
    if unknown.any():
        listed = ", ".join(f"`{kind}`" for kind in known[:-1])
        raise table.refuse(column, unknown, f"unknown kind; use {listed} or `{known[-1]}`")
    return kinds


def _without_values(table: Table, column: str, rows: pd.Series) -> Table:
    """A company event may have a new symbol where a split has a number."""
    values = table.frame[column].astype("object").mask(rows.to_numpy(), "")
    return replace(table, frame=table.frame.assign(**{column: values}))
