"""Cells as text, numbers, times and words, whole columns at once, with a mark for each that is none. Pure."""

# pandas leaves much of what it returns without a type.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

NO_VALUE = ("", "nan", "na", "n/a", "null", "none", "-", "nat", "<na>")
_NUMBER = r"[+-]?(?:[0-9]{1,20}\.?[0-9]{0,20}|\.[0-9]{1,20})(?:[eE][+-]?[0-9]{1,2})?"
_THOUSANDS = {".": r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?", ",": r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]*)?"}
_EITHER = r"[+-]?[0-9]{1,3},[0-9]{3}"
_SCIENTIFIC = r"[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]{1,3}"
_TIME = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?"
    r"(?: ?(?:Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?))?"
)
_ZONE = r"(?:Z|UTC|:[0-9]{2}(?:\.[0-9]+)? ?[+-][0-9]{2}(?::?[0-9]{2})?)$"
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ]00:00:00(?:\.0+)?)?"
_COMPACT = r"^([0-9]{4})([0-9]{2})([0-9]{2})-([0-9]{2}:)"
_BASIC = r"^([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})"
_EARLIEST, _LATEST = pd.Timestamp("1970-01-02", tz="UTC"), pd.Timestamp("2200-01-01", tz="UTC")
_NAIVE_EARLIEST, _NAIVE_LATEST = pd.Timestamp("1970-01-01"), pd.Timestamp("2200-01-02")

NO_ZONE = "a time without a zone"
IN_GAP = "a time that the clocks skipped when they went forward"
IN_FOLD = "a time that came twice when the clocks went back"
NO_TIME = "not a time"


def texts(cells: pd.Series) -> "pd.Series[str]":
    """As stripped text, empty where there is no value; whole floats without their `.0`."""
    written = cells.astype(str)
    if pd.api.types.is_float_dtype(cells):
        written = written.str.removesuffix(".0")
    return written.where(cells.notna(), "").astype(str).str.strip()


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column of numbers: plain text for exact figures, floats to compare, and what could not be read."""

    text: "pd.Series[str]"
    value: "pd.Series[float]"
    """NaN where there is none."""
    empty: "pd.Series[bool]"
    bad: "pd.Series[bool]"
    either: "pd.Series[bool]"
    """`1,234` in a file that may mean 1234 or 1.234."""


def numbers(cells: pd.Series, decimal: str = ".", *, may_be_comma: bool = False) -> Numbers:
    """Separators of thousands are taken out where they stand as such; `may_be_comma` doubts a single one."""
    text = texts(cells)
    plain = text.str.fullmatch(_NUMBER)
    if decimal == "." and plain.all():
        nothing = pd.Series(data=False, index=cells.index)
        return Numbers(text, pd.to_numeric(text).astype("float64"), nothing, nothing, nothing)
    empty = text.str.lower().isin(NO_VALUE)
    if not pd.api.types.is_numeric_dtype(cells):
        text = text.str.replace("−", "-").str.replace(r"[$\s']", "", regex=True)
        either = text.str.fullmatch(_EITHER) & may_be_comma
        grouped = text.str.fullmatch(_THOUSANDS[decimal])
        text = text.where(~grouped, text.str.replace("," if decimal == "." else ".", "", regex=False))
        text = text.str.replace(",", ".", regex=False) if decimal == "," else text
    else:
        either = pd.Series(data=False, index=cells.index)
    good = text.str.fullmatch(_NUMBER) & ~empty & ~either
    value = pd.to_numeric(text.where(good, None), errors="coerce").astype("float64")
    return Numbers(text, value, empty, ~good & ~empty & ~either, either & ~empty)


@dataclass(frozen=True, slots=True)
class Times:
    """A column of times in UTC (NaT where there is none), and by problem what could not be read."""

    value: pd.Series
    empty: "pd.Series[bool]"
    bad: Mapping[str, "pd.Series[bool]"]


def times(cells: pd.Series, zone: str, time_format: str = "") -> Times:
    """ISO 8601, FIX's `20220615-13:30:05.123`, else by `time_format` (of strptime).

    `zone` (IANA) is for those that say none of their own.
    """
    if pd.api.types.is_datetime64_any_dtype(cells):
        return _stored_times(cells, zone)
    given = texts(cells)
    empty = given.str.lower().isin(NO_VALUE)
    text = given.str.replace(_COMPACT, r"\1-\2-\3T\4", regex=True)
    text = text.str.replace(_BASIC, r"\1-\2-\3T\4:\5:\6", regex=True)
    shaped = text.str.fullmatch(_TIME) & ~empty
    own_zone = shaped & text.str.contains(_ZONE, regex=True)
    plain = text.str.replace(r"[ ]?UTC$", "Z", regex=True)
    aware = _parsed(plain, own_zone, aware=True)
    naive = _parsed(plain, shaped & ~own_zone, aware=False)
    if time_format:
        has_zone = "%z" in time_format
        other = _parsed(given, ~shaped & ~empty, aware=has_zone, by=time_format)
        aware, naive = (aware.fillna(other), naive) if has_zone else (aware, naive.fillna(other))
    local = _with_zone(naive, naive.notna(), empty, zone)
    known = aware.where(aware.notna(), local.value)
    return _bounded(known, empty, local.bad)


def _stored_times(cells: pd.Series, zone: str) -> Times:
    """What a file has as times; one that no clock shows is none."""
    empty, within = cells.isna(), _within(cells)
    if within.dt.tz is not None:
        return _bounded(within.dt.tz_convert("UTC"), empty, {})
    local = _with_zone(within, within.notna(), empty, zone)
    return _bounded(local.value, empty, local.bad)


def all_are_times(cells: pd.Series) -> bool:
    """Whether a column of stored times has none that no clock shows."""
    return bool(_within(cells).notna().sum() == cells.notna().sum())


def _within(cells: pd.Series) -> pd.Series:
    """Before anything else is done with them: other instants fit no unit."""
    low, high = (_EARLIEST, _LATEST) if cells.dt.tz is not None else (_NAIVE_EARLIEST, _NAIVE_LATEST)
    known = cells.where((cells >= low) & (cells < high))
    return known.astype("datetime64[us]" if cells.dt.tz is None else "datetime64[us, UTC]")


def _parsed(text: "pd.Series[str]", which: "pd.Series[bool]", *, aware: bool, by: str = "ISO8601") -> pd.Series:
    return pd.to_datetime(text.where(which, None), format=by, utc=aware, errors="coerce").astype(
        "datetime64[us, UTC]" if aware else "datetime64[us]"
    )


def _with_zone(naive: pd.Series, which: "pd.Series[bool]", empty: "pd.Series[bool]", zone: str) -> Times:
    """Local times in UTC, with a mark for those that the zone's clocks never or twice showed."""
    if not zone:
        return Times(pd.Series(pd.NaT, index=naive.index).dt.tz_localize("UTC"), empty, {NO_ZONE: which})
    local = naive.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    first = naive.dt.tz_localize(zone, ambiguous=np.ones(len(naive), dtype=bool), nonexistent="NaT")
    lost = which & local.isna()
    return Times(local.dt.tz_convert("UTC"), empty, {IN_GAP: lost & first.isna(), IN_FOLD: lost & first.notna()})


def _bounded(value: pd.Series, empty: "pd.Series[bool]", bad: Mapping[str, "pd.Series[bool]"]) -> Times:
    value = value.astype("datetime64[us, UTC]")
    value = value.where((value >= _EARLIEST) & (value < _LATEST))
    named = pd.Series(data=False, index=value.index)
    for mask in bad.values():
        named |= mask
    return Times(value, empty, {**bad, NO_TIME: value.isna() & ~empty & ~named})


def are_days(cells: pd.Series, time_format: str = "") -> bool:
    """Whether a column of times holds days alone, as daily prices do."""
    if pd.api.types.is_datetime64_any_dtype(cells):
        known = _within(cells).dropna()
        return cells.dt.tz is None and len(known) > 0 and bool((known == known.dt.normalize()).all())
    found = days(cells, time_format)
    known = found.value[~found.empty]
    return len(known) > 0 and bool(known.notna().mean() > 0.5)


def days(cells: pd.Series, time_format: str = "") -> Times:
    """Days as naive midnights: ISO 8601, else by what `time_format` has before its hours."""
    if pd.api.types.is_datetime64_any_dtype(cells):
        empty, value = cells.isna(), _within(cells)
    else:
        text = texts(cells)
        empty, shaped = text.str.lower().isin(NO_VALUE), text.str.fullmatch(_DATE)
        value = _parsed(text.str[:10], shaped, aware=False, by="ISO8601")
        if by := day_format(time_format):
            value = value.fillna(_parsed(text, ~shaped & ~empty, aware=False, by=by))
    return Times(value, empty, {"not a day": value.isna() & ~empty})


def day_format(time_format: str) -> str:
    """The part of a format that names a day; empty where its hours come first."""
    return re.split(r"%[HI]", time_format)[0].rstrip(" T,;-_")


def words(cells: pd.Series, known: Mapping[str, str]) -> "pd.Series[str]":
    """The meaning of each word, NaN where it is none of `known`; case, `_` and `-` between words do not matter."""
    plain = texts(cells).str.lower().str.replace(r"[\s_-]+", " ", regex=True)
    return plain.map({key.lower(): meaning for key, meaning in known.items()})


def looks_scientific(text: "pd.Series[str]") -> "pd.Series[bool]":
    """Ids like `1.23E+15`: a spreadsheet has rounded them, and nobody knows the digits any more."""
    return text.str.fullmatch(_SCIENTIFIC)
