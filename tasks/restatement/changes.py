"""What is otherwise in daily bars than when a session was decided on them, value by value. Pure."""

# pandas ships no stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from tasks.market_data.restatements import CLOSE_TOLERANCE, CONSTANT_TOLERANCE

FIELDS = ("open", "high", "low", "close", "volume")
PRICES = FIELDS[:4]
VOLUME_TOLERANCE = 1e-2
"""Relative: providers round scaled volumes to whole shares."""


@dataclass(frozen=True, slots=True)
class Change:
    """One value; None where there is no row, or the row has no such value."""

    symbol: str
    session: date
    field: str
    """`open`, `high`, `low`, `close` (USD), `volume` (shares), or `row` where all of it came or went."""
    was: float | None
    now: float | None


def changes(old: pd.DataFrame, new: pd.DataFrame) -> tuple[Change, ...]:
    """By symbol and session; a price is the same within a millionth, a volume to the share."""
    return tuple(_changes(_keyed(old), _keyed(new)))


def _keyed(frame: pd.DataFrame) -> pd.DataFrame:
    """One row a session and symbol; of rows that are there twice, the last."""
    keyed = frame.drop_duplicates(["symbol", "session"], keep="last").set_index(["symbol", "session"])
    return keyed[list(FIELDS)].sort_index()


def _changes(old: pd.DataFrame, new: pd.DataFrame) -> Iterator[Change]:
    both = old.join(new, how="outer", lsuffix="_was", rsuffix="_now")
    gone, come = ~both.index.isin(new.index), ~both.index.isin(old.index)
    differs = gone | come
    by_field: dict[str, np.ndarray] = {}
    for name in FIELDS:
        was, now = both[f"{name}_was"].to_numpy(float), both[f"{name}_now"].to_numpy(float)
        tolerance = CLOSE_TOLERANCE if name in PRICES else 0.0
        same = (np.isnan(was) & np.isnan(now)) | (np.abs(now - was) <= tolerance * np.abs(was))
        by_field[name] = ~same
        differs = differs | ~same
    for place in map(int, np.flatnonzero(differs)):
        (symbol, session), row = both.index[place], both.iloc[place]
        if gone[place] or come[place]:
            yield Change(str(symbol), session.date(), "row", _known(row["close_was"]), _known(row["close_now"]))
            continue
        for name in FIELDS:
            if by_field[name][place]:
                yield Change(str(symbol), session.date(), name, _known(row[f"{name}_was"]), _known(row[f"{name}_now"]))


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def scales(old: pd.DataFrame, new: pd.DataFrame) -> dict[str, float]:
    """Symbols all of whose closes were multiplied by one constant, as a later split or dividend does it."""
    was, now = _keyed(old)["close"].dropna(), _keyed(new)["close"].dropna()
    found: dict[str, float] = {}
    for symbol in sorted(set(was.index.get_level_values(0)) & set(now.index.get_level_values(0))):
        one, other = was.loc[symbol], now.loc[symbol]
        if len(one) < 2 or not one.index.equals(other.index):
            continue
        ratios = (other / one).to_numpy()
        ratio = float(np.median(ratios))
        if abs(ratio - 1) > CLOSE_TOLERANCE and np.abs(ratios / ratio - 1).max() <= CONSTANT_TOLERANCE:
            found[str(symbol)] = float(ratios[-1])
    return found


def on_old_basis(old: pd.DataFrame, new: pd.DataFrame, by: Mapping[str, float]) -> pd.DataFrame:
    """The new bars with such a scaling taken back: shares that were held then were held on the old basis.

    A volume goes the other way where its source scaled it too, as for a split.
    """
    factors = new["symbol"].map(dict(by)).fillna(1.0).to_numpy(float)
    scaled = new.copy()
    for name in PRICES:
        scaled[name] = scaled[name].to_numpy(float) / factors
    splits = {symbol: ratio for symbol, ratio in by.items() if _volumes_went_along(old, new, symbol, ratio)}
    scaled["volume"] = scaled["volume"].to_numpy(float) * new["symbol"].map(splits).fillna(1.0).to_numpy(float)
    return scaled


def _volumes_went_along(old: pd.DataFrame, new: pd.DataFrame, symbol: str, ratio: float) -> bool:
    was, now = (frame.loc[frame["symbol"] == symbol, "volume"].to_numpy(float) for frame in (old, new))
    if len(was) != len(now) or np.isnan(was).all() or np.isnan(now).all():
        return False
    return bool(abs(np.nanmedian(now / np.where(was > 0, was, np.nan)) * ratio - 1) < VOLUME_TOLERANCE)
