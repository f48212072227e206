"""Opens the source of prices a book names."""

from pathlib import Path

from tasks.errors import ConfigError
from tasks.market_data.files import FilesSource
from tasks.market_data.protocol import Source
from tasks.market_data.sample import SampleSource
from tasks.market_data.settings import DataSettings


def open_source(settings: DataSettings, base: Path) -> Source:
    """The source of `data`, with its paths taken relative to `base`, the book file's folder.

    Raises: ConfigError for settings that contradict each other or a path that does not exist.
    """
    if settings.source == "sample":
        return _sample(settings)
    if settings.daily_path is None:
        raise ConfigError("data.daily_path: `source: files` needs a CSV or Parquet file, or a folder of them")
    return FilesSource(
        daily=_existing(base / settings.daily_path, "data.daily_path"),
        adjustment=settings.adjustment,
        intraday=_optional(base, settings.intraday_path, "data.intraday_path"),
        actions=_optional(base, settings.actions_path, "data.actions_path"),
    )


def _sample(settings: DataSettings) -> SampleSource:
    for field in ("daily_path", "intraday_path", "actions_path"):
        if getattr(settings, field) is not None:
            raise ConfigError(f"data.{field}: only for `source: files`; remove it, or set data.source: files")
    if settings.adjustment != SampleSource.adjustment:
        raise ConfigError(
            f"data.adjustment: {settings.adjustment} given, but the sample's closes are adjusted for splits and "
            "dividends; set split_and_dividend or remove the line"
        )
    return SampleSource()


def _optional(base: Path, path: Path | None, field: str) -> Path | None:
    return None if path is None else _existing(base / path, field)


def _existing(path: Path, field: str) -> Path:
    if not path.exists():
        raise ConfigError(f"{field}: {path} does not exist; give a path relative to the book file, or an absolute one")
    return path
