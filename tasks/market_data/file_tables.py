"""Reads a CSV or Parquet file, and turns its columns into dates and numbers or says exactly where it cannot."""

import csv
import gzip
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from tasks.errors import BadDataError
from tasks.market_data.vendors import Stacked, plain_names, stacked_header

SUFFIXES = (".csv", ".csv.gz", ".parquet", ".pq")
NO_VALUE = frozenset({"", "nan", "na", "n/a", "#n/a", "#n/a n/a", "null", "none", "-", "."})
"""What stands for a missing number, in any case."""
STOOQ_SUFFIX = ".txt"
STOOQ_START = b"<TICKER>"
"""What Stooq gives in bulk is CSV under another name; other texts are none."""
HEADER_LINES = 3
SHOWN = 5
"""Of the rows that are as bad as the first."""
_SEPARATED = r"^-?\d{1,3}(?:,\d{3})*(?:\.\d+)?$"
_SURELY_SEPARATED = r"^-?\d{1,3}(?:(?:,\d{3}){2,}|,\d{3}\.\d+)"
_TIMES = {"K": 1e3, "M": 1e6, "B": 1e9}
"""What a letter after a volume multiplies it by."""


@dataclass(frozen=True)
class Table:
    """The content of one file; `frame` holds text for CSV and the stored types for Parquet."""

    path: Path
    frame: pd.DataFrame
    rows: int = 0
    """Of the file, where each became one for every symbol; else zero."""

    def refuse(self, column: str, bad: pd.Series, remedy: str) -> BadDataError:
        """The error for the first cell of a column that `bad` (boolean, by row) marks."""
        row, *others = (int(place) for place in np.flatnonzero(bad.to_numpy()))
        name = f"{column} of {self.frame['symbol'].iloc[row]}" if self.rows else column
        value = self.frame[column].iloc[row]
        value = cast("Any", value.item()) if isinstance(value, np.generic) else value
        place, *rest = ((each % self.rows if self.rows else each) + 1 for each in (row, *others))
        return BadDataError(f"{self.path}: column {name!r}, data row {place}: {value!r}{_also(rest)}; {remedy}")


def _also(places: Sequence[int]) -> str:
    """How many more rows are as bad, and which the next few are."""
    if not places:
        return ""
    shown = ", ".join(map(str, places[:SHOWN])) + (" ..." if places[SHOWN:] else "")
    return f" (and {len(places)} more: {'row' if len(places) == 1 else 'rows'} {shown})"


def price_files(path: Path) -> list[Path]:
    """The file itself, or the CSV and Parquet files of a folder by name. Raises BadDataError when there are none."""
    if not path.is_dir():
        return [path]
    files = sorted(child for child in path.iterdir() if child.name.lower().endswith(SUFFIXES) or _is_stooq(child))
    if not files:
        raise BadDataError(f"{path}: the folder holds no file ending in {', '.join(SUFFIXES)}; put the prices there")
    return files


def name_without_suffix(path: Path) -> str:
    """`HEI.A` of HEI.A.csv: only what says how the file is written is cut off."""
    lower = path.name.lower()
    for suffix in sorted((*SUFFIXES, STOOQ_SUFFIX), key=len, reverse=True):
        if lower.endswith(suffix):
            return path.name[: -len(suffix)]
    return path.name


def _is_stooq(path: Path) -> bool:
    if not path.name.lower().endswith(STOOQ_SUFFIX) or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(STOOQ_START)) == STOOQ_START


def read_table(path: Path, *, may_have_no_rows: bool = False) -> Table:
    """Raises BadDataError for a file that is missing, empty, not UTF-8, ragged, or has a column twice."""
    if not path.is_file():
        raise BadDataError(f"{path}: no such file; correct the path in the book file")
    if not path.name.lower().endswith(SUFFIXES) and not _is_stooq(path):
        raise BadDataError(f"{path}: neither CSV nor Parquet; use a file ending in {', '.join(SUFFIXES)}")
    if path.stat().st_size == 0:
        raise BadDataError(f"{path}: the file is empty; export it again")
    table = _read_parquet(path) if path.name.lower().endswith((".parquet", ".pq")) else _read_csv(path)
    if table.frame.empty and not may_have_no_rows:
        raise BadDataError(f"{path}: a header but no rows; export it again")
    return table


def _read_parquet(path: Path) -> Table:
    try:
        table = pa_parquet.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise BadDataError(f"{path}: not a readable Parquet file ({error}); export it again") from error
    _refuse_twice(path, table.column_names)
    frame = table.to_pandas()
    if isinstance(frame.columns, pd.MultiIndex):
        return _unstacked_frame(path, frame)
    return Table(path, frame if isinstance(frame.index, pd.RangeIndex) else frame.reset_index())


def _read_csv(path: Path) -> Table:
    lines = _first_lines(path)
    delimiter = next((mark for mark in ",;\t" if mark in lines[0]), ",")
    stacked = stacked_header(lines, delimiter)
    if stacked is not None:
        names = ["date", *("\0".join(column) for column in stacked.columns)]
        return _unstacked(path, _csv_rows(path, names, delimiter, stacked.lines), stacked)
    names = plain_names([name.strip() for name in next(csv.reader([lines[0]], delimiter=delimiter), list[str]())])
    if not any(names):
        raise BadDataError(f"{path}: the first line is empty; it must name the columns")
    return Table(path, _csv_rows(path, names, delimiter, 1))


def _unstacked_frame(path: Path, frame: pd.DataFrame) -> Table:
    """A frame with fields and symbols in two levels of columns, as yfinance downloads several symbols."""
    names = [tuple(map(str, name)) for name in frame.columns]
    heading = [",".join(["Price", *level]) for level in zip(*names, strict=True)]
    stacked = stacked_header(heading, ",")
    if stacked is None:
        raise BadDataError(f"{path}: columns of several levels that are not field and symbol; store them in one level")
    flat = frame.set_axis(range(1, len(names) + 1), axis=1).reset_index()
    return _unstacked(path, flat, stacked)


def _unstacked(path: Path, wide: pd.DataFrame, stacked: Stacked) -> Table:
    """One row a date and symbol, from one column a field and symbol, the dates in the first."""
    places: dict[str, dict[str, int]] = {}
    for place, (field, symbol) in enumerate(stacked.columns, start=1):
        if field in places.setdefault(symbol, {}):
            raise BadDataError(f"{path}: column {field} of {symbol} is there twice; keep one of them")
        places[symbol][field] = place
    fields = list(dict.fromkeys(field for field, _ in stacked.columns))
    parts: list[pd.DataFrame] = []
    for symbol, own in places.items():
        part = {"date": wide.iloc[:, 0], "symbol": symbol}
        parts.append(pd.DataFrame(part | {f: wide.iloc[:, own[f]] if f in own else np.nan for f in fields}))
    return Table(path, pd.concat(parts, ignore_index=True), len(wide))


def _csv_rows(path: Path, header: list[str], delimiter: str, skipped: int) -> pd.DataFrame:
    _refuse_twice(path, header)
    places = [str(place) for place in range(len(header))]
    try:
        table = pa_csv.read_csv(
            path,
            read_options=pa_csv.ReadOptions(column_names=places, skip_rows=skipped, use_threads=False),
            parse_options=pa_csv.ParseOptions(delimiter=delimiter),
            convert_options=pa_csv.ConvertOptions(column_types=dict.fromkeys(places, pa.string())),
        )
    except (pa.ArrowException, OSError) as error:
        if "Empty CSV" in str(error):
            return pd.DataFrame(columns=header)
        remedy = "save it as UTF-8" if "UTF8" in str(error) else "give every row as many fields as the header"
        raise BadDataError(f"{path}: {str(error).splitlines()[0]}; {remedy}") from error
    return table.rename_columns(header).to_pandas()


def _first_lines(path: Path) -> list[str]:
    """The lines that may be the header; the delimiter is a comma, or a semicolon or tab where there is no comma."""
    try:
        with gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb") as file:
            return [file.readline().decode("utf-8-sig").rstrip("\r\n") for _ in range(HEADER_LINES)]
    except UnicodeDecodeError as error:
        raise BadDataError(f"{path}: not UTF-8 (byte {error.start} of a line at its top); save it as UTF-8") from error
    except (OSError, EOFError, zlib.error) as error:
        raise BadDataError(f"{path}: not readable ({error}); export it again") from error


def _refuse_twice(path: Path, header: list[str]) -> None:
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise BadDataError(f"{path}: column {', '.join(map(repr, twice))} is there twice; keep one of them")


def numbers(table: Table, column: str, *, letters: bool = False) -> pd.Series:
    """A column as float64, NaN where it has no value; `letters` takes 45.3M and 300K, as volumes are abridged.

    A comma is a separator of thousands where the column shows that it is, as in 1,200.50 or 1,200,000.
    Raises: BadDataError at the first text that is not a number.
    """
    values = table.frame[column]
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return pd.Series(values.to_numpy(dtype="float64", na_value=np.nan), index=values.index)
    text = values.astype("object").where(values.notna(), "").astype(str).str.strip()
    plain, times = text.str.removeprefix("$"), pd.Series(1.0, index=text.index)
    if letters:
        times = plain.str[-1:].str.upper().map(_TIMES).fillna(1.0)
        plain = plain.where(times == 1, plain.str[:-1])
    if plain.str.match(_SURELY_SEPARATED).any():
        plain = plain.where(~plain.str.match(_SEPARATED), plain.str.replace(",", ""))
    parsed = pd.to_numeric(plain, errors="coerce").astype("float64") * times
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
