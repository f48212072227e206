"""Finds history that its provider has rewritten since it was downloaded, and says how."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from tasks.model.plan import Finding, Severity
from tasks.wording import counted

CLOSE_TOLERANCE = 1e-6
"""Relative: above what storing a price as text or float32 can change, below any real adjustment."""
CONSTANT_TOLERANCE = 1e-3
"""Relative: providers round adjusted prices, so the ratio of an adjustment is constant only about this well."""
SHOWN = 3


def restated_symbols(old: pd.DataFrame, new: pd.DataFrame) -> list[str]:
    """Symbols with a close or volume that differs between two downloads of the same sessions, or a row only one has."""
    return sorted(differences(old, new)["symbol"].unique())


def differences(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Rows (session, symbol) that differ, with columns close_old, close_new, volume_old, volume_new (NaN: no row)."""
    both = _keyed(old).merge(_keyed(new), how="outer", on=["session", "symbol", "copy"], suffixes=("_old", "_new"))
    changed = ~_same(both["close_old"], both["close_new"], CLOSE_TOLERANCE)
    changed |= ~_same(both["volume_old"], both["volume_new"], 0.0)
    changed |= both["there_old"].isna() | both["there_new"].isna()
    return both[changed].sort_values(["symbol", "session"], ignore_index=True)


def restatement_finding(symbol: str, old: pd.DataFrame, new: pd.DataFrame) -> Finding:
    """The report on one symbol, from its bars as they were and as they are now."""
    changed = differences(old, new[new["session"].isin(old["session"])])
    changed = changed if len(changed) else differences(old, new[new["session"] <= pd.Timestamp(old["session"].max())])
    sessions = changed["session"]
    span = f"{sessions.min():%Y-%m-%d} to {sessions.max():%Y-%m-%d}"
    shown = "; ".join(_figures(row) for row in changed.tail(SHOWN).to_dict("records"))
    message = (
        f"{symbol}: {counted(len(changed), 'session')} ({span}) not as in the earlier download, e.g. {shown}. "
        f"{_explanation(old, changed)}The whole look-back was downloaded again"
    )
    return Finding(Severity.WARN, "restated_history", symbol, message, symbol=symbol)


def _explanation(old: pd.DataFrame, changed: pd.DataFrame) -> str:
    """Names the constant when all closes up to some session were multiplied by one."""
    moved = changed.dropna(subset=["close_old", "close_new"])
    ratios = (moved["close_new"] / moved["close_old"]).to_numpy()
    until = old["session"] <= changed["session"].max()
    if len(ratios) < min(5, len(old)) or len(ratios) < int(until.sum()):
        return ""
    ratio = float(np.median(ratios))
    if abs(ratio - 1) < CLOSE_TOLERANCE or np.abs(ratios / ratio - 1).max() > CONSTANT_TOLERANCE:
        return ""
    return f"All its closes up to then are scaled by {ratio:.6g}: looks like a new split or dividend adjustment. "


def _keyed(frame: pd.DataFrame) -> pd.DataFrame:
    """Key and figures; `copy` numbers duplicated rows so that they are compared one with one."""
    keyed = frame[["session", "symbol", "close", "volume"]].copy()
    keyed["copy"] = keyed.groupby(["session", "symbol"]).cumcount()
    return keyed.astype({"session": "datetime64[us]", "symbol": "str"}).assign(there=1.0)


def _same(old: pd.Series, new: pd.Series, tolerance: float) -> pd.Series:
    return ((new - old).abs() <= tolerance * old.abs()) | (old.isna() & new.isna()) | (old == new)


def _figures(row: Mapping[Hashable, Any]) -> str:
    day = f"{row['session']:%Y-%m-%d}"
    if pd.isna(row["there_new"]):
        return f"{day}: the row is gone"
    if pd.isna(row["there_old"]):
        return f"{day}: a row that was not there"
    if not _same(pd.Series([row["close_old"]]), pd.Series([row["close_new"]]), CLOSE_TOLERANCE).all():
        return f"{day}: close {row['close_old']:g} is now {row['close_new']:g}"
    return f"{day}: volume {row['volume_old']:,.0f} is now {row['volume_new']:,.0f}"
