"""The columns of a Parquet file as pandas has them, and why one of them cannot be had."""

# pyarrow leaves much of what it returns without a type.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from typing import Any

import pandas as pd
import pyarrow as pa

from tasks.tca.outside.cells import all_are_times
from tasks.tca.outside.problems import shown

NO_CELLS = (pa.ArrowException, ValueError, TypeError, OverflowError)


def parquet_cells(table: Any) -> tuple[pd.DataFrame, dict[str, str]]:
    """Every column, an unreadable one empty; and by name what is wrong with those."""
    columns: dict[int, pd.Series] = {}
    unreadable: dict[str, str] = {}
    for place, (name, column) in enumerate(zip(table.column_names, table.columns, strict=True)):
        try:
            columns[place] = _cells(column)
        except NO_CELLS as error:
            unreadable[name] = f"{shown(column.type)} that cannot be read ({shown(str(error).splitlines()[0])})"
            columns[place] = pd.Series([""] * table.num_rows)
    frame = pd.DataFrame(columns, index=pd.RangeIndex(table.num_rows))
    return frame.set_axis(table.column_names, axis=1), unreadable


def _cells(column: Any) -> pd.Series:
    """As text what pandas has no value for: bytes, a time of day with nanoseconds, an instant that no clock shows."""
    if "binary" in str(column.type):
        return column.cast(pa.string()).to_pandas()
    try:
        found: pd.Series = column.to_pandas()
        if not pd.api.types.is_datetime64_any_dtype(found) or all_are_times(found):
            return found
    except NO_CELLS:
        pass
    return column.cast(pa.string()).to_pandas()
