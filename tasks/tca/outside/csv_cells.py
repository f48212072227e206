"""The cells of a CSV as text, and the rows of it that cannot be read, each with the reason."""

# pandas and pyarrow leave much of what they return without a type.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import io
from collections.abc import Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv

from tasks.errors import ConfigError
from tasks.tca.outside.problems import shown
from tasks.tca.outside.raw_table import UnreadRow
from tasks.wording import counted

UTF8, BYTES = "utf-8", "latin-1"
"""How a file is decoded: as what it should be, or where it is not, byte by byte, so that the good rows are found."""


def csv_cells(
    data: bytes, place: str, separator: str, header: Sequence[str]
) -> tuple[pd.DataFrame, dict[int, UnreadRow]]:
    """All rows but the first as text under `header`, indexed by their number; the others by theirs.

    Raises: ConfigError for a file that is no CSV at all.
    """
    encoding = UTF8 if _is_utf8(data) else BYTES
    unread: dict[int, UnreadRow] = {}
    table = _read(data, place, separator, len(header), encoding, unread)
    cells = table.to_pandas()
    cells.index = pd.Index([row for row in range(2, len(cells) + len(unread) + 2) if row not in unread])
    cells = cells.set_axis(list(header), axis=1)
    if encoding == BYTES:
        cells = _decoded(cells, unread)
    if b'"' in data:
        _note_swallowed(cells, separator, unread)
    return cells[~cells.index.isin(list(unread))], unread


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode(UTF8)
    except UnicodeDecodeError:
        return False
    return True


def _read(
    data: bytes, place: str, separator: str, width: int, encoding: str, unread: dict[int, UnreadRow]
) -> "pa.Table":
    names = [str(column) for column in range(width)]

    def note(row: pa_csv.InvalidRow) -> str:
        unread[row.number] = _of_another_width(row, separator, encoding)
        return "skip"

    try:
        return pa_csv.read_csv(
            io.BytesIO(data),
            read_options=pa_csv.ReadOptions(column_names=names, skip_rows=1, use_threads=False, encoding=encoding),
            parse_options=pa_csv.ParseOptions(
                delimiter=separator, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=note
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except (pa.ArrowException, OSError) as error:
        if "Empty CSV" in str(error):
            return pa.table({name: pa.array([], pa.string()) for name in names})
        if "straddling" in str(error):
            what = "a cell goes on for more than a million characters, by a quote that is not closed; close the quote"
            raise ConfigError(f"{place}: {what}") from error
        raise ConfigError(f"{place}: {shown(str(error).splitlines()[0])}; export it again") from error


def _of_another_width(row: pa_csv.InvalidRow, separator: str, encoding: str) -> UnreadRow:
    text = row.text.encode(encoding).decode(UTF8, errors="replace")
    if any(line.count(separator) >= row.expected_columns - 1 for line in text.splitlines()[1:]):
        return _swallowing(text)
    return UnreadRow(
        "another number of cells than the header",
        "quote cells that hold a separator",
        f"{counted(row.actual_columns, 'cell')}, not {row.expected_columns}: {text}",
    )


def _swallowing(text: str) -> UnreadRow:
    lines = len(text.splitlines()) - 1
    return UnreadRow(
        f"a quote that is not closed swallowed {counted(lines, 'line')}",
        "close the quote, or write it twice where it is part of a text",
        text,
    )


def _note_swallowed(cells: pd.DataFrame, separator: str, unread: dict[int, UnreadRow]) -> None:
    """A cell with a line break and as many separators as a row has is no cell: it holds the rows that follow."""
    for place in range(cells.shape[1]):
        column = cells.iloc[:, place]
        broken = column[column.str.contains("\n", regex=False)]
        for row, text in broken[broken.str.count(f"[{separator}]") >= cells.shape[1] - 1].items():
            unread.setdefault(int(str(row)), _swallowing(str(text)))


def _decoded(cells: pd.DataFrame, unread: dict[int, UnreadRow]) -> pd.DataFrame:
    """Of cells that were read byte by byte the text that they are."""
    for name, column in cells.items():
        for row, text in column[~column.str.isascii()].items():
            if not _is_utf8(str(text).encode(BYTES)):
                remedy, written = "save the file as CSV, UTF-8", _text_of(str(text))
                unread.setdefault(int(str(row)), UnreadRow("bytes that are not UTF-8", remedy, written, str(name)))
    return cells.map(_text_of)


def _text_of(cell: str) -> str:
    return cell.encode(BYTES).decode(UTF8, errors="replace")
