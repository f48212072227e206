"""Rows that cannot be taken, or only with a doubt: file, row, field, value, and what to do. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from tasks.wording import counted, spoken

MOST_SHOWN = 80
"""Characters of a value that a report repeats."""
COLUMNS = ("file", "row", "field", "value", "problem", "remedy", "counted")


def shown(value: object) -> str:
    """A cell as one short line that can neither steer a terminal nor turn a text round."""
    text = str(value)
    words = spoken(text[: 4 * MOST_SHOWN])
    if len(words) <= MOST_SHOWN and len(text) <= 4 * MOST_SHOWN:
        return words
    return f"{words[:MOST_SHOWN]}... ({counted(len(text), 'character')})"


class Problems:
    """All that is wrong with the rows of an analysis, added frame by frame."""

    def __init__(self) -> None:
        self._parts: list[pd.DataFrame] = []

    def add(
        self,
        rows: pd.DataFrame,
        bad: "pd.Series[bool]",
        field: str,
        problem: str,
        remedy: str,
        *,
        values: "pd.Series | None" = None,
        counted: bool = False,
    ) -> "pd.Series[bool]":
        """Name the rows that `bad` marks; `counted` ones stay in every figure. Returns `bad`.

        `values` are what is shown of them, by index, where that is not the cell of `field`.
        """
        if bad.any():
            found = rows.loc[bad, ["file", "row"]].copy()
            found["field"] = field
            cells = values if values is not None else rows.get(field)
            found["value"] = "" if cells is None else cells.loc[found.index].map(shown)
            found["problem"] = problem
            found["remedy"] = remedy
            found["counted"] = counted
            self._parts.append(found)
        return bad

    def table(self) -> pd.DataFrame:
        """One row a problem, in the order of files and rows; columns as `COLUMNS`."""
        if not self._parts:
            return pd.DataFrame(columns=list(COLUMNS))
        return pd.concat(self._parts, ignore_index=True).sort_values(["file", "row"], kind="stable", ignore_index=True)


@dataclass(frozen=True, slots=True)
class ProblemLine:
    """One problem with how often it was met, and its first row as an example."""

    file: str
    field: str
    problem: str
    remedy: str
    rows: int
    first_row: int
    value: str
    counted: bool
    """Whether the rows are in the figures all the same."""


def problem_lines(table: pd.DataFrame) -> tuple[ProblemLine, ...]:
    """By file, field and problem, in the order in which they first appear."""
    keys = ["file", "field", "problem", "remedy", "counted"]
    if table.empty:
        return ()
    found = table.groupby(keys, sort=False).agg(rows=("row", "size"), first=("row", "first"), value=("value", "first"))
    return tuple(
        ProblemLine(file, field, problem, remedy, int(rows), int(first), str(value), bool(counted))
        for (file, field, problem, remedy, counted), rows, first, value in found.itertuples()
    )


def rows_left_out(table: pd.DataFrame, files: Sequence[str]) -> dict[str, int]:
    """Rows of each file that are in no figure; a row with several problems is one."""
    out = table[~table["counted"].astype(bool)].drop_duplicates(["file", "row"])
    counts = out.groupby("file").size()
    return {file: int(counts.get(file, 0)) for file in files}
