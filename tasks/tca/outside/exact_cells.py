"""Cells of checked numbers as exact columns, and exact columns as cells. Pure."""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa

from tasks.tca.columns.exact import Exact, Ints, narrowed
from tasks.tca.columns.rounding import Known

_FITS_ARROW = 38
_LONGEST_FRACTION = 18


def exact_of(cells: "pd.Series[str]", unit: Decimal = Decimal(1)) -> tuple[Exact, Known]:
    """(n,) text that passed `cells.numbers`, times the unit; an empty cell is 0 and not known."""
    text = cells.fillna("").astype(str)
    known = (text != "").to_numpy(dtype=bool)
    filled = text.where(known, "0")
    found = _by_arrow(filled)
    column = found if found is not None else Exact.of(Decimal(cell) for cell in filled)
    return (column if unit == 1 else column * Exact.of([unit])), known


def _by_arrow(text: "pd.Series[str]") -> Exact | None:
    """A hundred times as fast; None for powers of ten, and what is longer than Arrow's decimals."""
    if text.empty or text.str.contains("e", case=False, regex=False).any():
        return None
    decimals = int(text.str.partition(".")[2].str.len().max())
    if decimals > _LONGEST_FRACTION:
        return None
    try:
        parsed = pa.array(text).cast(pa.decimal128(_FITS_ARROW, decimals))
    except pa.ArrowInvalid:
        return None
    return Exact(_units(parsed), decimals)


def _units(parsed: "pa.Array") -> Ints:
    """The whole numbers inside: two halves of 64 bits each, the lower one first."""
    halves = np.frombuffer(parsed.buffers()[1], dtype="<i8").reshape(-1, 2)[parsed.offset : parsed.offset + len(parsed)]
    low, high = halves[:, 0], halves[:, 1]
    if ((high == 0) & (low >= 0) | (high == -1) & (low < 0)).all():
        return narrowed(low) if len(low) and np.abs(low).max() >= 2**62 else low.copy()
    return narrowed([int(upper) * 2**64 + int(lower) % 2**64 for lower, upper in zip(low, high, strict=True)])


def cells_of(column: Exact, known: Known | None = None) -> list[str]:
    """(n,) with all decimals of the column, as a report's CSV has amounts; empty where not known."""
    signs = column.units < 0
    digits = [str(unit) for unit in np.abs(column.units).tolist()]
    places = column.decimals
    if places:
        padded = (text.rjust(places + 1, "0") for text in digits)
        digits = [f"{text[:-places]}.{text[-places:]}" for text in padded]
    shown = [f"-{text}" if negative else text for text, negative in zip(digits, signs.tolist(), strict=True)]
    if known is None:
        return shown
    return [text if there else "" for text, there in zip(shown, known.tolist(), strict=True)]


def decimals_as_written(cells: "pd.Series[str]", unit: Decimal) -> list[str]:
    """Numbers of a file in the unit of a report, with the digits that they were written with."""
    return ["" if not cell else f"{Decimal(cell) * unit:f}" for cell in cells]


def trimmed(column: Exact) -> Sequence[str]:
    """(n,) without the noughts that only other rows need."""
    if not column.decimals:
        return cells_of(column)
    return [text.rstrip("0").rstrip(".") for text in cells_of(column)]
