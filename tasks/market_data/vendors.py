"""Layouts of price files that columns alone do not tell: stacked headers, single letters, foreign symbols. Pure.

Read here: yfinance (`download().to_csv()`), Bloomberg (tickers above fields), Stooq in bulk (`<TICKER>`), Polygon and
Alpaca (`t,o,h,l,c,v`), Refinitiv (`Instrument` with codes such as `AAPL.O`). The others are known by their columns.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

_FIELDS = {
    "open": "open",
    "high": "high",
    "low": "low",
    "close": "close",
    "adj_close": "adj_close",
    "volume": "volume",
    "px_open": "open",
    "px_high": "high",
    "px_low": "low",
    "px_last": "close",
    "px_volume": "volume",
    "dividends": "dividends",
    "stock_splits": "stock_splits",
    "capital_gains": "capital_gains",
}
_DAYS = ("date", "datetime", "dates")
_LABELS = ("", "ticker", "tickers", "price", "symbol", *_DAYS)
"""What stands at the left of the second line of such a header."""
_LETTERS = {"t": "timestamp", "o": "open", "h": "high", "l": "low", "c": "close", "v": "volume"}
_REUTERS = re.compile(r"([A-Z]+)([a-z]?)\.(?:OQ|O|N|K|P|Z)")


@dataclass(frozen=True, slots=True)
class Stacked:
    """A header in several lines: under the first column the dates, under every other one field of one symbol."""

    lines: int
    """How many lines the header has."""
    columns: tuple[tuple[str, str], ...]
    """Field and symbol of each column after the first."""


def stacked_header(first_lines: Sequence[str], delimiter: str) -> Stacked | None:
    """The header when a file's first three lines are one of several lines, else None."""
    rows = [[cell.strip() for cell in row] for row in csv.reader(first_lines, delimiter=delimiter)]
    if len(rows) < 2 or len(rows[0]) < 2 or len(rows[1]) != len(rows[0]) or _word(rows[1][0]) not in _LABELS:
        return None
    upper, lower = rows[0][1:], rows[1][1:]
    if all(_word(cell) in _FIELDS for cell in upper):
        fields, symbols = upper, lower
    elif all(_word(cell) in _FIELDS for cell in lower):
        symbols, fields = _filled(upper), lower
    else:
        return None
    if any(not symbol or _is_figure(symbol) for symbol in symbols) or not _FIELDS.keys() >= set(map(_word, fields)):
        return None
    third = rows[2] if len(rows) > 2 else []
    days_below = bool(third) and _word(third[0]) in _DAYS and not any(third[1:])
    columns = tuple((_FIELDS[_word(name)], symbol) for name, symbol in zip(fields, symbols, strict=True))
    return Stacked(3 if days_below else 2, columns)


def plain_names(header: Sequence[str]) -> list[str]:
    """The names in words: `<CLOSE>` is CLOSE, and t, o, h, l, c, v are what Polygon and Alpaca mean by them.

    In capitals, beside a date, they are tickers of a wide file.
    """
    names = [re.sub(r"^<(.*)>$", r"\1", name) for name in header]
    dated = any(_word(name) in _DAYS for name in names)
    if not (set(names) if dated else {name.lower() for name in names}) >= _LETTERS.keys() - ({"t"} if dated else set()):
        return names
    return ["symbol" if _is_ticker(name, names) else _LETTERS.get(name.lower(), name) for name in names]


def _is_ticker(name: str, names: Sequence[str]) -> bool:
    return name == "S" or (name == "T" and "t" in names)


def stock_of_reuters(code: str) -> str:
    """`AAPL.O` is AAPL and `BRKb.N` BRK.B; what is no such code stays, as does `HEI.A`, which is a class."""
    found = _REUTERS.fullmatch(code)
    if found is None:
        return code
    return found[1] + (f".{found[2].upper()}" if found[2] else "")


def _word(cell: str) -> str:
    return re.sub(r"[\s.\-/()]+", "_", cell.strip().lower()).strip("_")


def _filled(cells: Sequence[str]) -> list[str]:
    """A ticker written once stands above all its fields."""
    filled: list[str] = []
    for cell in cells:
        filled.append(cell or (filled[-1] if filled else ""))
    return filled


def _is_figure(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
