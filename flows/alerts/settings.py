"""Where the log of events is kept and how long; settings of the machine, not of a book."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tasks.errors import ConfigError

FOLDER_VARIABLE, DAYS_VARIABLE = "STEELYARD_LOG_FOLDER", "STEELYARD_LOG_DAYS"
LOGS = "logs"
KEPT_DAYS = 90


@dataclass(frozen=True, slots=True)
class LogSettings:
    folder: Path
    days: int
    """Files older than this are deleted."""


def log_settings(home: Path, environment: Mapping[str, str]) -> LogSettings:
    """Raises: ConfigError for a number of days that is none."""
    folder = environment.get(FOLDER_VARIABLE)
    days = environment.get(DAYS_VARIABLE) or str(KEPT_DAYS)
    if not days.isdigit() or not int(days):
        raise ConfigError(f"{DAYS_VARIABLE} is {days}; write a whole number of days, 1 or more, e.g. {KEPT_DAYS}")
    return LogSettings(Path(folder).expanduser() if folder else home / LOGS, int(days))
