"""Opens the source of prices a book names."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tasks.book.data import DataSettings
from tasks.brokers.registry import prices_at, unread_sections
from tasks.errors import ConfigError
from tasks.market_data.file_source import FilesSource
from tasks.market_data.sample import SampleSource
from tasks.ports.prices import Source

if TYPE_CHECKING:
    from tasks.brokers.rate_limit import RateLimiters

PATHS = ("daily_path", "intraday_path", "actions_path")


def open_source(
    settings: DataSettings,
    base: Path,
    environment: Mapping[str, str] = os.environ,
    rate_limiters: "RateLimiters | None" = None,
    *,
    live: bool = False,
) -> Source:
    """The source of `data`, with its paths taken relative to `base`, the book file's folder.

    `rate_limiters` count what a key asks, together with its broker's; without them nothing is counted. `live` says
    that the key is one for real money, where the environment names no host. A client library is imported only where a
    book names its source.
    Raises: ConfigError for settings that contradict each other, a path that does not exist, or a key that is missing.
    """
    _must_fit(settings)
    prices = prices_at(settings.source)
    if prices is not None:
        return prices.open(settings, environment, rate_limiters, live)
    return SampleSource() if settings.source == "sample" else _files(settings, base)


def _files(settings: DataSettings, base: Path) -> FilesSource:
    if settings.daily_path is None:
        raise ConfigError("data.daily_path: `source: files` needs a CSV or Parquet file, or a folder of them")
    return FilesSource(
        daily=_existing(base / settings.daily_path, "data.daily_path"),
        adjustment=settings.adjustment,
        intraday=_optional(base, settings.intraday_path, "data.intraday_path"),
        actions=_optional(base, settings.actions_path, "data.actions_path"),
    )


def _must_fit(settings: DataSettings) -> None:
    """Raises: ConfigError for what the chosen source does not read, or cannot give."""
    for field in PATHS if settings.source != "files" else ():
        if getattr(settings, field) is not None:
            raise ConfigError(f"data.{field}: only for `source: files`; remove it, or set data.source: files")
    for name in unread_sections(settings):
        raise ConfigError(f"data.{name}: only for `source: {name}`; remove it, or set data.source: {name}")
    if settings.source == "sample" and settings.adjustment != SampleSource.adjustment:
        raise ConfigError(
            f"data.adjustment: {settings.adjustment} given, but the sample's closes are adjusted for splits and "
            "dividends; set split_and_dividend or remove the line"
        )
    prices = prices_at(settings.source)
    if prices is not None and settings.adjustment in prices.never:
        problem, remedy = prices.never[settings.adjustment]
        raise ConfigError(f"data.adjustment: {settings.adjustment} given, but {problem}; {remedy}")


def _optional(base: Path, path: Path | None, field: str) -> Path | None:
    return None if path is None else _existing(base / path, field)


def _existing(path: Path, field: str) -> Path:
    if not path.exists():
        raise ConfigError(f"{field}: {path} does not exist; give a path relative to the book file, or an absolute one")
    return path
