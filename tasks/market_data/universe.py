"""The symbols a book may hold, with what is known about each: sector, ESG score, carbon intensity."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tasks.book.data import UniverseSettings
from tasks.errors import BadDataError, ConfigError
from tasks.market_data.cash_names import never_a_symbol
from tasks.market_data.file_tables import Table, numbers, read_table, texts
from tasks.market_data.spelling import share_key

UNIVERSE_COLUMNS = ("symbol", "sector", "esg_score", "carbon_intensity")
SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9.\-/ ]{0,14}")


def load_universe(settings: UniverseSettings, base: Path) -> pd.DataFrame:
    """One row a symbol in UNIVERSE_COLUMNS, in the order given; sector is None and figures NaN where not known.

    `settings.file` is relative to `base`, the book file's folder.
    Raises: ConfigError with file, row, value and remedy.
    """
    if settings.file is None:
        universe = pd.DataFrame({"symbol": pd.Series(settings.symbols, dtype="str")})
        universe = universe.assign(sector=None, esg_score=np.nan, carbon_intensity=np.nan)
        return _checked(universe, "universe.symbols")
    path = base / settings.file
    if not path.is_file():
        raise ConfigError(f"universe.file: {path} does not exist; give a path relative to the book file")
    try:
        return _checked(_from_file(path), str(path))
    except BadDataError as error:
        raise ConfigError(f"universe.file: {error}") from error


def by_symbol(universe: pd.DataFrame, column: str) -> dict[str, Any]:
    """What `load_universe` knows of a column; symbols of which it knows nothing are absent."""
    known = universe.set_index("symbol")[column].dropna()
    return {str(symbol): value for symbol, value in known.items()}


def _from_file(path: Path) -> pd.DataFrame:
    table = read_table(path)
    header = [str(column) for column in table.frame.columns]
    if "symbol" not in header:
        raise ConfigError(f"{path}: the columns are {', '.join(header)}; name the column of symbols `symbol`")
    unknown = [name for name in header if name not in {*UNIVERSE_COLUMNS, "name"}]
    if unknown:
        raise ConfigError(
            f"{path}: unknown column {', '.join(unknown)}; known are {', '.join(UNIVERSE_COLUMNS)}. Remove it"
        )
    universe = pd.DataFrame({"symbol": texts(table, "symbol")})
    universe["sector"] = _sectors(table) if "sector" in header else None
    for column in UNIVERSE_COLUMNS[2:]:
        universe[column] = numbers(table, column) if column in header else np.nan
    negative = universe["carbon_intensity"] < 0
    if negative.any():
        raise table.refuse(
            "carbon_intensity", negative, "tonnes per million USD cannot be negative; leave unknown blank"
        )
    return universe


def _sectors(table: Table) -> pd.Series:
    text = table.frame["sector"].astype("object").where(table.frame["sector"].notna(), "").astype(str).str.strip()
    return text.astype("object").where(text != "", None)


def _checked(universe: pd.DataFrame, where: str) -> pd.DataFrame:
    """The universe without rows of cash. Raises: ConfigError for symbols that cannot be meant."""
    is_symbol = [not never_a_symbol(symbol) for symbol in universe["symbol"]]
    universe = pd.DataFrame(universe[is_symbol]).reset_index(drop=True)
    symbols = list(universe["symbol"])
    twice = sorted({symbol for symbol in symbols if symbols.count(symbol) > 1})
    if twice:
        raise ConfigError(f"{where}: {', '.join(twice[:5])} named twice; name each symbol once")
    shares: dict[str, str] = {}
    for symbol in symbols:
        if (other := shares.setdefault(share_key(symbol), symbol)) != symbol:
            raise ConfigError(f"{where}: {other} and {symbol} are one share in two spellings; keep one of them")
    strange = [symbol for symbol in symbols if not SYMBOL.fullmatch(symbol)]
    if strange:
        raise ConfigError(
            f"{where}: {', '.join(map(repr, strange[:5]))} cannot be a symbol; use capital letters, digits, `.` and `-`"
        )
    infinite = np.isinf(universe[["esg_score", "carbon_intensity"]].to_numpy(dtype=float)).any(axis=1)
    if infinite.any():
        raise ConfigError(
            f"{where}: {symbols[int(infinite.argmax())]} has an infinite figure; leave unknown ones blank"
        )
    return universe.astype({"symbol": "str"})[list(UNIVERSE_COLUMNS)]
