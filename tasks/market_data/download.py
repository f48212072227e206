"""Downloads only what is new, and compares the overlap with what was there: history is not rewritten in silence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from tasks.market_data.restatements import restated_symbols, restatement_finding
from tasks.model.plan import Finding
from tasks.ports.prices import DAILY_COLUMNS, Source

OVERLAP_SESSIONS = 20
ONE_DAY = pd.Timedelta(days=1)


@dataclass(frozen=True)
class Download:
    """The table as it stands after the download, and how much of it was asked for."""

    frame: pd.DataFrame
    """DAILY_COLUMNS by session and symbol: what a full download would have brought."""
    findings: list[Finding]
    fetched_rows: int


@dataclass
class _Fetcher:
    """Asks the source and counts."""

    source: Source
    rows: int = 0

    def bars(self, symbols: Sequence[str], first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
        if not symbols or first > last:
            return pd.DataFrame(columns=list(DAILY_COLUMNS))
        bars = self.source.daily_bars(symbols, first.date(), last.date())
        self.rows += len(bars)
        return bars


def download(
    source: Source, symbols: Sequence[str], first: date, last: date, previous: pd.DataFrame | None = None
) -> Download:
    """Daily bars of the symbols in [first, last]; `last` is the session before the one to trade.

    `previous` is an earlier download of the same source. Of its symbols only the last 20 sessions and what follows are
    asked for; a symbol that is new to it, or that it lost sight of earlier, is asked for in full. Where the overlap
    differs the symbol is reported as `restated_history` and its whole look-back is asked for again.
    """
    start, end = pd.Timestamp(first), pd.Timestamp(last)
    fetch = _Fetcher(source)
    old = _kept(previous, symbols, start, end)
    overlap = _overlap_start(old)
    followed = _followed(old, symbols, overlap)
    new = [symbol for symbol in symbols if symbol not in followed]
    head = fetch.bars(followed, start, old["session"].min() - ONE_DAY) if followed else old
    tail = fetch.bars(followed, overlap, end)
    old = old[old["symbol"].isin(followed)]
    restated = restated_symbols(
        old[old["session"] >= overlap], tail[tail["session"] <= pd.Timestamp(old["session"].max())]
    )
    anew = fetch.bars(sorted({*new, *restated}), start, end)
    findings = [restatement_finding(symbol, _of(old, symbol), _of(anew, symbol)) for symbol in restated]
    before = old[old["session"] < overlap]
    kept = [frame[~frame["symbol"].isin(restated)] for frame in (head, before, tail)]
    return Download(_ordered([*kept, anew]), findings, fetch.rows)


def _kept(
    previous: pd.DataFrame | None, symbols: Sequence[str], start: pd.Timestamp, end: pd.Timestamp
) -> pd.DataFrame:
    if previous is None or previous.empty:
        return _nothing()
    wanted = previous["symbol"].isin(set(symbols)) & previous["session"].between(start, end)
    return previous.loc[wanted, list(DAILY_COLUMNS)]


def _overlap_start(old: pd.DataFrame) -> pd.Timestamp:
    sessions = sorted(old["session"].unique())
    return pd.Timestamp(sessions[-OVERLAP_SESSIONS:][0]) if sessions else pd.Timestamp.max


def _followed(old: pd.DataFrame, symbols: Sequence[str], overlap: pd.Timestamp) -> list[str]:
    """Symbols whose old rows reach into the overlap."""
    newest = old.groupby("symbol")["session"].max()
    known = set(newest.index[newest >= overlap])
    return [symbol for symbol in symbols if symbol in known]


def _of(frame: pd.DataFrame, symbol: str) -> pd.DataFrame:
    return frame[frame["symbol"] == symbol]


def _nothing() -> pd.DataFrame:
    types = {"session": "datetime64[us]", "symbol": "str", **dict.fromkeys(DAILY_COLUMNS[2:], "float64")}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in types.items()})


def _ordered(frames: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [frame for frame in frames if not frame.empty]
    if not filled:
        return _nothing()
    return pd.concat(filled).sort_values(["session", "symbol"], kind="stable", ignore_index=True)[list(DAILY_COLUMNS)]
