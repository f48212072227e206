"""Snapshots: the daily bars a decision was made on, immutable, named by the SHA-256 of their content."""

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from tasks.errors import BadDataError
from tasks.ports.prices import DAILY_COLUMNS

FORMAT = "steelyard daily bars 1"
"""Part of what is hashed: another layout is another name."""
NUMBERS = DAILY_COLUMNS[2:]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One file of daily bars, known by its content."""

    sha256: str
    path: Path
    rows: int
    symbols: int
    first: date
    last: date


def canonical(frame: pd.DataFrame) -> pd.DataFrame:
    """The same rows in DAILY_COLUMNS, by session, symbol and (where duplicated) figures; one NaN, no negative zero."""
    missing = [column for column in DAILY_COLUMNS if column not in frame]
    if missing:
        raise ValueError(f"daily bars without {', '.join(missing)}")
    bars = frame[list(DAILY_COLUMNS)].astype({"session": "datetime64[us]", "symbol": "str"})
    for column in NUMBERS:
        values = bars[column].to_numpy(dtype="<f8", copy=True)
        bars[column] = np.where(np.isnan(values), np.nan, values + 0.0)
    return bars.sort_values(list(DAILY_COLUMNS), kind="stable", ignore_index=True)


def content_sha256(frame: pd.DataFrame) -> str:
    """Hash of the rows: independent of their order, of the index and of how a file stores them."""
    bars = canonical(frame)
    codes, symbols = pd.factorize(bars["symbol"], sort=True)
    digest = hashlib.sha256(json.dumps([FORMAT, len(bars), list(DAILY_COLUMNS), list(symbols)]).encode())
    digest.update(bars["session"].to_numpy().astype("datetime64[us]").astype("<i8").tobytes())
    digest.update(codes.astype("<i4").tobytes())
    for column in NUMBERS:
        digest.update(bars[column].to_numpy(dtype="<f8").tobytes())
    return digest.hexdigest()


def write_snapshot(frame: pd.DataFrame, folder: Path) -> Snapshot:
    """Write the bars once, whole or not at all; bars that are there already are left alone.

    A file of that name that holds something else is set aside, not lost: the name says what belongs under it.
    Raises: BadDataError for no rows.
    """
    if frame.empty:
        raise BadDataError("no prices to keep: the source has no rows for these symbols and sessions; check both")
    bars = canonical(frame)
    name = content_sha256(bars)
    path = snapshot_path(folder, name)
    if not _is_whole(folder, name):
        folder.mkdir(parents=True, exist_ok=True)
        _set_aside(path)
        _write_atomically(bars, path)
    sessions = bars["session"]
    first, last = sessions.iloc[0].date(), sessions.iloc[-1].date()
    return Snapshot(name, path, len(bars), int(bars["symbol"].nunique()), first, last)


def read_snapshot(folder: Path, sha256: str) -> pd.DataFrame:
    """The bars of that name, in canonical order. Raises BadDataError when they are missing or no longer the same."""
    path = snapshot_path(folder, sha256)
    if not path.is_file():
        raise BadDataError(f"snapshot {path} is missing")
    try:
        bars = pd.read_parquet(path)
        found = content_sha256(bars)
    except (pa.ArrowException, OSError, ValueError, TypeError) as error:
        raise BadDataError(f"snapshot {path} cannot be read ({error})") from error
    if found != sha256:
        raise BadDataError(f"snapshot {path} was changed: its content has hash {found}")
    return canonical(bars)


def _is_whole(folder: Path, name: str) -> bool:
    try:
        read_snapshot(folder, name)
    except BadDataError:
        return False
    return True


def _set_aside(path: Path) -> None:
    """What stands where other bars belong is kept as evidence, under a name that nothing reads."""
    if path.exists():
        path.replace(path.with_name(f"{path.stem}.changed-{path.stat().st_mtime_ns}"))


def snapshot_path(folder: Path, sha256: str) -> Path:
    """Named by content: a file that is there is that content, or `read` refuses it."""
    return folder / f"{sha256}.parquet"


def _write_atomically(bars: pd.DataFrame, path: Path) -> None:
    """A crash leaves either no file of that name or the whole one."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-", suffix=".parquet")
    try:
        with os.fdopen(descriptor, "wb") as file:
            bars.to_parquet(file, index=False)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o444)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
