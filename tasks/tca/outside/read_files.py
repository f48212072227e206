"""Reads executions, orders and prices from CSV or Parquet, each once, with the hash of the bytes that were read."""

import csv
import io
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pa_parquet

from tasks.errors import ConfigError
from tasks.tca.outside.column_names import Kind
from tasks.tca.outside.csv_cells import csv_cells
from tasks.tca.outside.parquet_cells import parquet_cells
from tasks.tca.outside.problems import shown
from tasks.tca.outside.raw_table import RawTable
from tasks.wording import spoken

SEPARATORS = ",;\t|"
_MAGIC = {b"PAR1": "Parquet", b"PK\x03\x04": "a workbook or a ZIP archive", b"\x1f\x8b": "gzip", b"%PDF": "a PDF",
          b"\xd0\xcf\x11\xe0": "an old workbook", b"\xff\xfe": "UTF-16 text", b"\xfe\xff": "UTF-16 text"}  # fmt: skip
_BOM = b"\xef\xbb\xbf"


def read_tables(files: Sequence[tuple[Kind, Path]]) -> list[RawTable]:
    """Every file, or one error with what is wrong with each. Raises: ConfigError."""
    complaints: list[str] = []
    tables: list[RawTable] = []
    names: dict[str, int] = {}
    for kind, path in files:
        name = shown(path.name)
        names[name] = names.get(name, 0) + 1
        label = name if names[name] == 1 else f"{name} ({names[name]})"
        try:
            tables.append(_read(path, kind, label))
        except ConfigError as error:
            complaints.append(str(error))
    if complaints:
        raise ConfigError("\n".join(complaints))
    return tables


def _read(path: Path, kind: Kind, label: str) -> RawTable:
    place = spoken(str(path))
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{place}: {error.strerror or error}; correct the name of the {kind} file") from error
    if not data:
        raise ConfigError(f"{place}: the file is empty; export it again")
    held = next((what for magic, what in _MAGIC.items() if data.startswith(magic)), "CSV")
    suffix = path.suffix.lower()
    if suffix in (".parquet", ".pq"):
        if held != "Parquet":
            raise ConfigError(f"{place}: is called Parquet and holds {held}; give it the suffix that it is")
        return _read_parquet(data, place, kind, label)
    if suffix not in (".csv", ".txt", ".tsv"):
        raise ConfigError(f"{place}: neither CSV nor Parquet by its suffix; use .csv, .tsv, .txt, .parquet or .pq")
    if held != "CSV" or b"\0" in data[:4096]:
        what = "something else" if held == "CSV" else held
        raise ConfigError(f"{place}: is called CSV and holds {what}; export it as CSV, UTF-8")
    return _read_csv(data, place, kind, label)


def _read_parquet(data: bytes, place: str, kind: Kind, label: str) -> RawTable:
    try:
        table = pa_parquet.read_table(io.BytesIO(data))
    except (pa.ArrowException, OSError) as error:
        raise ConfigError(f"{place}: not a readable Parquet file ({shown(error)}); export it again") from error
    _refuse_twice(place, table.column_names)
    frame, unreadable = parquet_cells(table)
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    return RawTable(label, kind, sha256(data).hexdigest(), frame, {}, unreadable=unreadable)


def _read_csv(data: bytes, place: str, kind: Kind, label: str) -> RawTable:
    hashed = sha256(data).hexdigest()
    data = data.removeprefix(_BOM)
    try:
        first = data.split(b"\n", 1)[0].rstrip(b"\r").decode()
    except UnicodeDecodeError as error:
        raise ConfigError(f"{place}: not UTF-8 in its first line; save it as CSV, UTF-8") from error
    separator = max(SEPARATORS, key=first.count)
    header = [name.strip() for name in next(csv.reader([first], delimiter=separator), list[str]())]
    if not any(header):
        raise ConfigError(f"{place}: the first line is empty; it must name the columns")
    _refuse_twice(place, header)
    cells, unread = csv_cells(data, place, separator, header)
    blank = (cells == "").all(axis=1)
    return RawTable(label, kind, hashed, cells[~blank], unread, semicolons=separator == ";")


def _refuse_twice(place: str, header: Sequence[str]) -> None:
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise ConfigError(f"{place}: column {', '.join(map(shown, twice))} is there twice; keep one of them")
