"""What the columns of other people's price files are called, and which of ours each one is."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from tasks.errors import BadDataError

Names = Mapping[str, tuple[str, ...]]
"""Our column to the names it goes by, normalised; the first one found is taken."""

# No name of one letter, nor other words that are ticker symbols: a wide file has symbols for column names.
_DAY = (
    "session", "date", "session_date", "trading_date", "trade_date", "dates", "observation_date", "datetime",
    "timestamp", "ts", "time", "window_start",
)  # fmt: skip
_SYMBOL = ("symbol", "ticker", "name", "instrument", "ric", "security", "act_symbol")

DAILY_NAMES: Names = {
    "session": _DAY,
    "symbol": _SYMBOL,
    "open": ("open", "open_price", "price_open", "px_open", "open_prc", "1_open"),
    "high": ("high", "high_price", "price_high", "px_high", "high_1", "2_high"),
    "low": ("low", "low_price", "price_low", "px_low", "low_1", "3_low"),
    "close": (
        "close", "close_price", "price_close", "last", "close_last", "price", "px_last", "trdprc_1", "4_close",
        "closing_price", "last_price",
    ),
    "volume": ("volume", "vol", "px_volume", "acvol_uns", "accumulated_volume", "5_volume", "6_volume"),
    "adj_close": ("adj_close", "adjusted_close", "adjclose", "adj_close_price", "closeadj", "5_adjusted_close"),
    "split_adj_close": ("split_adj_close", "split_adjusted_close"),
    "raw_close": ("closeunadj", "unadjusted_close", "raw_close"),
}  # fmt: skip
INTRADAY_NAMES: Names = {
    "start": ("start", "ts", "timestamp", "datetime", "time", "date", "bar_start", "window_start"),
    "symbol": _SYMBOL,
    **{name: DAILY_NAMES[name] for name in ("open", "high", "low", "close", "volume")},
    "bid": ("bid", "bid_close", "bid_price"),
    "ask": ("ask", "ask_close", "ask_price"),
}
ACTION_NAMES: Names = {
    "ex_date": ("ex_date", "exdate", "date"),
    "symbol": _SYMBOL,
    "kind": ("kind", "type", "action"),
    "value": ("value", "amount", "ratio"),
}
IGNORED = re.compile(
    r"price_factor|split_factor|factor|dividends?|stock_splits|splits?|capital_gains|vwap|trades|trade_count|transactions"
    r"|dividend_amount|split_coefficient|7_dividend_amount|8_split_coefficient|divcash|splitfactor|adj(open|high|low|volume)"
    r"|ex_dividend|split_ratio|lastupdated|change|change_%|change_p|per|openint|otc|warning|previous_close|turnover"
    r"|n|vw|currency|exchange|session|session_date|(bid|ask)_(open|high|low|size)|unnamed_0|index|adj_(open|high|low|volume)"
)
"""Columns that providers add and this program has no use for; anything else unknown is refused, not guessed."""


def normalised(name: str) -> str:
    """Lower case, with one `_` for whatever stands between words: two spellings of a header are one."""
    return re.sub(r"[\s.\-/()]+", "_", name.strip().lower()).strip("_")


def found_columns(header: Iterable[str], names: Names) -> dict[str, str]:
    """Our column name to the file's own, for those the file has."""
    own = {normalised(column): column for column in header}
    found: dict[str, str] = {}
    for ours, synonyms in names.items():
        match = next((own[name] for name in synonyms if name in own and own[name] not in found.values()), None)
        if match is not None:
            found[ours] = match
    return found


def require_columns(path: Path, header: Iterable[str], found: Mapping[str, str], needed: Iterable[str]) -> None:
    """Raises BadDataError when a needed column is missing, or when one has a name nobody knows."""
    header = list(header)
    needed = list(needed)
    missing = [name for name in needed if name not in found]
    taken = set(found.values())
    unknown = [name for name in header if name not in taken and not IGNORED.fullmatch(normalised(name))]
    unknown = [name for name in unknown if not _is_synonym(name)]
    if missing:
        beside = f"; unknown: {few(unknown)}" if unknown else ""
        raise BadDataError(
            f"{path}: no column for {', '.join(missing)}; it has {few(header)}{beside}. Needed are {', '.join(needed)}"
        )
    if unknown:
        raise BadDataError(
            f"{path}: unknown column {few(unknown)}; rename it to one of {', '.join(DAILY_NAMES)}, or remove it"
        )


def few(names: Iterable[str]) -> str:
    """The first eight names, and how many more."""
    names = list(names)
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return ", ".join(map(repr, names[:8])) + more


def _is_synonym(name: str) -> bool:
    """Whether it is a second name of something already taken, like `name` beside `symbol`."""
    return any(normalised(name) in synonyms for table in (DAILY_NAMES, INTRADAY_NAMES) for synonyms in table.values())
