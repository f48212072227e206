"""One file as it was read: its cells untouched, each row with its place, and its columns as ours. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from tasks.tca.outside.column_names import Kind, match_columns
from tasks.tca.outside.problems import shown


@dataclass(frozen=True, slots=True)
class UnreadRow:
    """Why a row could not be read, what to do, and what it holds."""

    problem: str
    remedy: str
    value: str
    field: str = ""


@dataclass(frozen=True)
class RawTable:
    """The content of a file, text for CSV and the stored types for Parquet; `frame` is indexed by row.

    The first row of a CSV is its header, so that its rows have the numbers that a spreadsheet shows; the first row of a
    Parquet file is row 1.
    """

    name: str
    kind: Kind
    sha256: str
    frame: pd.DataFrame
    unread: Mapping[int, UnreadRow]
    """Rows that are not in `frame`, by number."""
    semicolons: bool = False
    """Whether semicolons stand between its cells: commas may then be decimal points."""
    unreadable: Mapping[str, str] = field(default_factory=dict[str, str])
    """What is wrong with a column that has no cells; one that is not used does not matter."""

    @property
    def rows(self) -> int:
        """Without the header, with the unread ones; empty lines do not count."""
        return len(self.frame) + len(self.unread)


@dataclass(frozen=True, slots=True)
class InputFile:
    """What a report says of a file that it was made from."""

    name: str
    kind: str
    sha256: str
    rows: int
    left_out: int
    columns: Mapping[str, str]
    """Our field to the file's column."""
    unused: tuple[str, ...]


def with_our_columns(
    table: RawTable, mapped: Mapping[str, str]
) -> tuple[pd.DataFrame, dict[str, str], tuple[str, ...]]:
    """The cells under our names with `file` and `row`, which column is which, and the sentences on missing ones."""
    found = match_columns([str(name) for name in table.frame.columns], table.kind, mapped)
    frame = pd.DataFrame({name: table.frame[column] for name, column in found.used.items()}, index=table.frame.index)
    frame.insert(0, "file", table.name)
    frame.insert(1, "row", table.frame.index)
    wrong = [
        f"column {shown(column)} ({name}): {table.unreadable[column]}; export it as text, UTF-8"
        for name, column in found.used.items()
        if column in table.unreadable
    ]
    return frame.reset_index(drop=True), dict(found.used), (*found.complaints, *wrong)
