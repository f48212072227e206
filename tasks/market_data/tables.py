"""Reads a CSV or Parquet file, and turns its columns into dates and numbers or says exactly where it cannot."""
# pandas declares unions that its callers cannot narrow, so these reports are about its stubs, not this code.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportReturnType=false

import csv
import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from tasks.errors import BadDataError

SUFFIXES = (".csv", ".csv.gz", ".parquet", ".pq")
NO_VALUE = frozenset({"", "nan", "na", "n/a", "#n/a", "null", "none", "-"})
"""What stands for a missing number, in any case."""
EXCHANGE_ZONE = "America/New_York"
_DAY = r"^\d{4}-?\d{2}-?\d{2}"
_ZONE = r"(?:Z|[+-]\d{2}:?\d{2})$"


@dataclass(frozen=True)
class Table:
    """The content of one file; `frame` holds text for CSV and the stored types for Parquet."""

    path: Path
    frame: pd.DataFrame

    def refuse(self, column: str, bad: pd.Series, remedy: str) -> BadDataError:
        """The error for the first cell of a column that `bad` (boolean, by row) marks."""
        row = int(np.flatnonzero(bad.to_numpy())[0])
        more = int(bad.sum()) - 1
        value = self.frame[column].iloc[row]
        also = f" (and {more} more)" if more else ""
        return BadDataError(f"{self.path}: column {column!r}, data row {row + 1}: {value!r}{also}; {remedy}")


def price_files(path: Path) -> list[Path]:
    """The file itself, or the CSV and Parquet files of a folder by name. Raises BadDataError when there are none."""
    if not path.is_dir():
        return [path]
    files = sorted(child for child in path.iterdir() if child.name.lower().endswith(SUFFIXES))
    if not files:
        raise BadDataError(f"{path}: the folder holds no file ending in {', '.join(SUFFIXES)}; put the prices there")
    return files


def read_table(path: Path) -> Table:
    """Raises BadDataError for a file that is missing, empty, not UTF-8, ragged, or has a column twice."""
    if not path.is_file():
        raise BadDataError(f"{path}: no such file; correct the path in the book file")
    if not path.name.lower().endswith(SUFFIXES):
        raise BadDataError(f"{path}: neither CSV nor Parquet; use a file ending in {', '.join(SUFFIXES)}")
    if path.stat().st_size == 0:
        raise BadDataError(f"{path}: the file is empty; export it again")
    frame = _read_csv(path) if ".csv" in path.name.lower() else _read_parquet(path)
    if frame.empty:
        raise BadDataError(f"{path}: a header but no rows; export it again")
    return Table(path, frame)


def _read_parquet(path: Path) -> pd.DataFrame:
    try:
        table = pa_parquet.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise BadDataError(f"{path}: not a readable Parquet file ({error}); export it again") from error
    _refuse_twice(path, table.column_names)
    frame = table.to_pandas()
    if isinstance(frame.index, pd.RangeIndex):
        return frame
    return frame.reset_index()


def _read_csv(path: Path) -> pd.DataFrame:
    header, delimiter = _header(path)
    _refuse_twice(path, header)
    places = [str(place) for place in range(len(header))]
    try:
        table = pa_csv.read_csv(
            path,
            read_options=pa_csv.ReadOptions(column_names=places, skip_rows=1, use_threads=False),
            parse_options=pa_csv.ParseOptions(delimiter=delimiter),
            convert_options=pa_csv.ConvertOptions(column_types=dict.fromkeys(places, pa.string())),
        )
    except (pa.ArrowException, OSError) as error:
        if "Empty CSV" in str(error):
            return pd.DataFrame(columns=header)
        remedy = "save it as UTF-8" if "UTF8" in str(error) else "give every row as many fields as the header"
        raise BadDataError(f"{path}: {str(error).splitlines()[0]}; {remedy}") from error
    return table.rename_columns(header).to_pandas()


def _header(path: Path) -> tuple[list[str], str]:
    """Column names and the delimiter: a comma, or a semicolon or tab when the first line has one and no comma."""
    try:
        with gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb") as file:
            line = file.readline().decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise BadDataError(f"{path}: not UTF-8 (byte {error.start} of the header); save it as UTF-8") from error
    except (OSError, EOFError, zlib.error) as error:
        raise BadDataError(f"{path}: not readable ({error}); export it again") from error
    delimiter = next((mark for mark in ",;\t" if mark in line), ",")
    names = [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]
    if not any(names):
        raise BadDataError(f"{path}: the first line is empty; it must name the columns")
    return names, delimiter


def _refuse_twice(path: Path, header: list[str]) -> None:
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise BadDataError(f"{path}: column {', '.join(map(repr, twice))} is there twice; keep one of them")


def numbers(table: Table, column: str) -> pd.Series:
    """A column as float64, NaN where it has no value. Raises BadDataError at the first text that is not a number."""
    values = table.frame[column]
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return pd.Series(values.to_numpy(dtype="float64", na_value=np.nan), index=values.index)
    text = values.astype("object").where(values.notna(), "").astype(str).str.strip()
    parsed = pd.to_numeric(text, errors="coerce").astype("float64")
    bad = parsed.isna() & ~text.str.lower().isin(NO_VALUE)
    if bad.any():
        raise table.refuse(column, bad, "write a plain number with a point, without thousands separators or units")
    return parsed


def texts(table: Table, column: str) -> pd.Series:
    """A column as stripped text. Raises BadDataError at the first empty cell."""
    values = table.frame[column]
    text = values.astype("object").where(values.notna(), "").astype(str).str.strip()
    if (text == "").any():
        raise table.refuse(column, text == "", "fill it in")
    return text.astype("str")


def session_dates(table: Table, column: str) -> pd.Series:
    """A column as the exchange's trading dates, midnight without zone.

    A time with a zone is a date when it is midnight there, and otherwise belongs to the New York date of that instant.
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


def _dates_of_text(table: Table, column: str) -> pd.Series:
    text = table.frame[column].astype("object").map(str).str.strip()
    stamps = pd.to_datetime(text.where(text.str.match(_DAY)), format="ISO8601", errors="coerce", utc=True)
    if stamps.isna().any():
        raise table.refuse(column, stamps.isna(), "write dates as YYYY-MM-DD")
    zoned = text.str.contains(_ZONE, regex=True) & (text.str.len() > len("YYYY-MM-DD"))
    wall = pd.to_datetime(text.str.replace(_ZONE, "", regex=True).where(zoned, text), format="ISO8601", errors="coerce")
    return _trading_dates(wall, stamps).where(zoned, wall.dt.normalize())


def _trading_dates(wall: pd.Series, instant: pd.Series) -> pd.Series:
    """Date of each stamp: that of its own clock at midnight, New York's otherwise."""
    midnight = wall == wall.dt.normalize()
    in_new_york = instant.dt.tz_convert(EXCHANGE_ZONE).dt.tz_localize(None).dt.normalize()
    return wall.where(midnight, in_new_york)


def instants(table: Table, column: str) -> pd.Series:
    """A column as UTC instants. Raises BadDataError for a time without a zone, or one that is none."""
    values = table.frame[column]
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        stamps = values.dt.tz_convert("UTC")
    elif pd.api.types.is_datetime64_any_dtype(values):
        raise table.refuse(column, values.notna(), "times need a zone; store them in UTC")
    else:
        text = values.astype("object").map(str).str.strip()
        zoned = text.str.match(_DAY) & text.str.contains(_ZONE, regex=True) & (text.str.len() > len("YYYY-MM-DD"))
        if not zoned.all():
            raise table.refuse(column, ~zoned, "write times with their zone, e.g. 2013-10-08T13:30:00Z")
        stamps = pd.to_datetime(text, format="ISO8601", errors="coerce", utc=True)
    if stamps.isna().any():
        raise table.refuse(column, stamps.isna(), "write times as 2013-10-08T13:30:00Z")
    return stamps.dt.as_unit("us")
