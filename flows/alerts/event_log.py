"""The log of events: a line of JSON each, one file a day for all processes of the machine, old files deleted."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from logging.handlers import BaseRotatingHandler
from pathlib import Path
from typing import Any

from flows.alerts.settings import LogSettings

NAME = "steelyard-{day}.jsonl"
Line = Mapping[str, Any]


def now() -> datetime:
    return datetime.now(UTC)


class DailyFile(BaseRotatingHandler):
    """Appends to the file of today, UTC. Named by its day and never renamed, so that many processes may share it.

    A disk that is full or gone costs lines, never a run; the journal has everything.
    """

    def __init__(self, settings: LogSettings, clock: Callable[[], datetime] = now) -> None:
        self._settings, self._clock = settings, clock
        super().__init__(self._file(), "a", encoding="utf-8", delay=True)

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802, ARG002 - logging's own names
        return self.stream is None or self.baseFilename != str(self._file().absolute())

    def doRollover(self) -> None:  # noqa: N802 - the same
        """Begins the file of the day, the first of a process too, and deletes those that are too old."""
        self.close()
        self._settings.folder.mkdir(parents=True, exist_ok=True)
        self.baseFilename = str(self._file().absolute())
        self.stream = self._open()
        for old in outdated(self._settings, self._clock().date()):
            old.unlink(missing_ok=True)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the same
        """Says nothing: whatever ails a log, the session goes on."""

    def _file(self) -> Path:
        return self._settings.folder / NAME.format(day=self._clock().date())


def outdated(settings: LogSettings, today: date) -> list[Path]:
    """The log's own files, by the day in their names, that are older than they are kept."""
    before = NAME.format(day=today - timedelta(days=settings.days))
    return sorted(file for file in settings.folder.glob(NAME.format(day="????-??-??")) if file.name < before)


class EventLog:
    """`common` is in every line: the run, its book and its session."""

    def __init__(self, settings: LogSettings, common: Line, clock: Callable[[], datetime] = now) -> None:
        self._common, self._clock = dict(common), clock
        self._handler = DailyFile(settings, clock)

    def write(self, lines: Sequence[Line]) -> None:
        """A batch goes to the file in one piece, and to no one else. It never raises."""
        if not lines:
            return
        at = self._clock().isoformat(timespec="milliseconds")
        text = "\n".join(json.dumps({"at": at, **self._common, **line}, default=str) for line in lines)
        self._handler.handle(logging.LogRecord("steelyard", logging.INFO, "", 0, text, None, None))

    def close(self) -> None:
        self._handler.close()
