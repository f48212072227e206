"""Tables in the shape of the protocol, from the rows a provider told: same types whether there are rows or none."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

import pandas as pd

from tasks.ports.prices import ACTION_COLUMNS, DAILY_COLUMNS, INTRADAY_COLUMNS

Row = Sequence[object]


def daily_frame(rows: Iterable[Row]) -> pd.DataFrame:
    """DAILY_COLUMNS by session and symbol; each row is (session: date, symbol, open, high, low, close, volume)."""
    frame = _typed(rows, DAILY_COLUMNS, {"session": "datetime64[us]"})
    return frame.sort_values(by=["session", "symbol"], kind="stable", ignore_index=True)


def intraday_frame(rows: Iterable[Row]) -> pd.DataFrame:
    """INTRADAY_COLUMNS by symbol and start; rows in the order of INTRADAY_COLUMNS, `start` aware."""
    frame = _typed(rows, INTRADAY_COLUMNS, {"start": "datetime64[us, UTC]"})
    return frame.sort_values(by=["symbol", "start"], kind="stable", ignore_index=True)


def action_frame(rows: Iterable[Row]) -> pd.DataFrame:
    """ACTION_COLUMNS by ex-date and symbol; each row is (ex_date: date, symbol, kind, value)."""
    frame = _typed(rows, ACTION_COLUMNS, {"ex_date": "datetime64[us]", "kind": "str"})
    return frame.sort_values(by=["ex_date", "symbol"], kind="stable", ignore_index=True)


def symbols_in(frame: pd.DataFrame) -> list[str]:
    """Each symbol once, by name."""
    return sorted(str(symbol) for symbol in frame["symbol"].unique())


def first_session(bars: pd.DataFrame) -> date:
    """Of DAILY_COLUMNS with at least one row."""
    return bars["session"].min().date()


def splits_in(actions: pd.DataFrame) -> list[tuple[date, str, Decimal]]:
    """(ex-date, symbol, new shares per old) of ACTION_COLUMNS, in their order."""
    splits = actions.loc[actions["kind"] == "split"]
    rows = zip(pd.to_datetime(splits["ex_date"]), splits["symbol"], splits["value"], strict=True)
    return [(day.date(), str(symbol), Decimal(str(value)).normalize()) for day, symbol, value in rows]


def _typed(rows: Iterable[Row], columns: Sequence[str], types: dict[str, str]) -> pd.DataFrame:
    known = {"symbol": "str", **types}
    frame = pd.DataFrame([list(row) for row in rows], columns=list(columns))
    return frame.astype({name: known.get(name, "float64") for name in columns})
