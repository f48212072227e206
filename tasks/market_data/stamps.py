"""Turns a column of dates or times into sessions or instants, however written, or says exactly where it cannot."""

from typing import Literal

import pandas as pd

from tasks.market_data.file_tables import Table

EXCHANGE_ZONE = "America/New_York"
_DAY = r"^\d{4}[-/]?\d{2}[-/]?\d{2}"
_ZONE = r"(?:Z|[+-]\d{2}:?\d{2})$"
_EPOCH: dict[int, Literal["s", "ms", "us", "ns"]] = {10: "s", 13: "ms", 16: "us", 19: "ns"}
"""Unit of an instant since 1970 by its number of digits; eight digits are a date."""
_NUMBERED = r"^(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})(?:\s.*)?$"
_NAMED = ("%b %d, %Y", "%B %d, %Y", "%d-%b-%Y", "%d %b %Y", "%d-%b-%y")


def session_dates(table: Table, column: str) -> pd.Series:
    """A column as the exchange's trading dates, midnight without zone.

    A time with a zone is a date when it is midnight there, and otherwise belongs to the New York date of that instant.
    Days and months in figures are told apart by the whole column, which must show which is which.
    Raises: BadDataError at the first value that is not a date.
    """
    values = table.frame[column]
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        dates = _trading_dates(values.dt.tz_localize(None), values.dt.tz_convert("UTC"))
    elif pd.api.types.is_datetime64_any_dtype(values):
        dates = values.dt.normalize()
    else:
        dates = _dates_of_text(table, column)
    if dates.isna().any():
        raise table.refuse(column, dates.isna(), "fill in the date")
    return dates.astype("datetime64[us]")


def instants(table: Table, column: str) -> pd.Series:
    """A column as UTC instants. Raises BadDataError for a time without a zone, or one that is none."""
    values = table.frame[column]
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        stamps = values.dt.tz_convert("UTC")
    elif pd.api.types.is_datetime64_any_dtype(values):
        raise table.refuse(column, values.notna(), "times need a zone; store them in UTC")
    else:
        text = _text(values)
        stamps = _epochs(text)
        if stamps is None:
            zoned = text.str.match(_DAY) & text.str.contains(_ZONE, regex=True) & (text.str.len() > len("YYYY-MM-DD"))
            if not zoned.all():
                raise table.refuse(column, ~zoned, "write times with their zone, e.g. 2013-10-08T13:30:00Z")
            stamps = pd.to_datetime(text, format="ISO8601", errors="coerce", utc=True)
    if stamps.isna().any():
        raise table.refuse(column, stamps.isna(), "write times as 2013-10-08T13:30:00Z")
    return stamps.dt.as_unit("us")


def _text(values: pd.Series) -> pd.Series:
    return values.astype("object").map(str).str.strip().str.removesuffix(".0")


def _dates_of_text(table: Table, column: str) -> pd.Series:
    text = _text(table.frame[column])
    stamps = _epochs(text)
    if stamps is not None:
        return _trading_dates(stamps.dt.tz_localize(None), stamps)
    written = _written_dates(table, column, text)
    if written is not None:
        return written
    text = text.str.replace(r"^(\d{4})/(\d{2})/(\d{2})", r"\1-\2-\3", regex=True)
    stamps = pd.to_datetime(text.where(text.str.match(_DAY)), format="ISO8601", errors="coerce", utc=True)
    if stamps.isna().any():
        raise table.refuse(column, stamps.isna(), "write dates as YYYY-MM-DD")
    zoned = text.str.contains(_ZONE, regex=True) & (text.str.len() > len("YYYY-MM-DD"))
    wall = pd.to_datetime(text.str.replace(_ZONE, "", regex=True).where(zoned, text), format="ISO8601", errors="coerce")
    return _trading_dates(wall, stamps).where(zoned, wall.dt.normalize())


def _epochs(text: pd.Series) -> pd.Series | None:
    """Instants since 1970 in whole figures; None when the column is something else."""
    lengths = set(text.str.len())
    if len(lengths) != 1 or not lengths <= _EPOCH.keys() or not text.str.isdecimal().all():
        return None
    return pd.Series(pd.to_datetime(text.astype("int64"), unit=_EPOCH[lengths.pop()], utc=True), index=text.index)


def _written_dates(table: Table, column: str, text: pd.Series) -> pd.Series | None:
    """Dates like 01/31/2024, 31.01.2024 or Jan 31, 2024; None when the column is something else.

    Raises: BadDataError when no row shows which figure is the month.
    """
    for form in _NAMED:
        named = pd.to_datetime(text, format=form, errors="coerce")
        if named.notna().all():
            return named
    parts = text.str.extract(_NUMBERED)
    if parts.isna().to_numpy().any():
        return None
    first, second = parts[0].astype(int), parts[1].astype(int)
    if (first > 12).any() == (second > 12).any():
        doubt = (first > 12) | (second > 12) if (first > 12).any() else first > 0
        raise table.refuse(column, doubt, "day and month cannot be told apart; write dates as YYYY-MM-DD")
    month, day = (second, first) if (first > 12).any() else (first, second)
    dates = pd.to_datetime(pd.DataFrame({"year": parts[2].astype(int), "month": month, "day": day}), errors="coerce")
    if dates.isna().any():
        raise table.refuse(column, dates.isna(), "write dates as YYYY-MM-DD")
    return dates


def _trading_dates(wall: pd.Series, instant: pd.Series) -> pd.Series:
    """Date of each stamp: that of its own clock at midnight, New York's otherwise."""
    midnight = wall == wall.dt.normalize()
    in_new_york = instant.dt.tz_convert(EXCHANGE_ZONE).dt.tz_localize(None).dt.normalize()
    return wall.where(midnight, in_new_york)
