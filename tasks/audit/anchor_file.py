"""Anchors as lines of a file: what is written, what is read back, and where the file belongs."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tasks.book.audit import AuditSettings
from tasks.errors import ConfigError
from tasks.model.audit_flaws import Anchor

VARIABLE = "STEELYARD_ANCHORS"


@dataclass(frozen=True, slots=True)
class Note:
    """One anchor, as it is kept: what the end of the chain was, when, after a run of which book."""

    at: datetime
    book: str
    seq: int
    sha256: str

    @property
    def line(self) -> str:
        """One JSON object, without a line end."""
        at = self.at.astimezone(UTC).isoformat(timespec="microseconds")
        return json.dumps({"at": at, "book": self.book, "seq": self.seq, "sha256": self.sha256})


def anchor_folder(home: Path, settings: AuditSettings, base: Path, environ: Mapping[str, str]) -> Path:
    """Where the anchors of a book belong: STEELYARD_ANCHORS, the book's folder, or a folder beside `home`.

    Never inside `home`: whoever deletes or restores that must not take the anchors along. `base` is the book file's
    folder.
    """
    named = environ.get(VARIABLE)
    if named:
        return Path(named).expanduser().absolute()
    if settings.anchor_folder is not None:
        return base / settings.anchor_folder.expanduser()
    return home.with_name(f"{home.name}-anchors")


def notes_in(text: str, told_by: str) -> Iterator[Anchor]:
    """The anchors of one file.

    Raises: ConfigError naming the line that is none; an anchor that cannot be read proves nothing.
    """
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            said = json.loads(line)
            at = datetime.fromisoformat(said["at"])
            seq, sha256 = int(said["seq"]), str(said["sha256"])
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigError(
                f"{told_by}, line {number} is no anchor ({line[:60]!r}); restore the file from a backup, or move the "
                "line to another file when a full disk or a crash cut it off"
            ) from error
        yield Anchor(seq, sha256, f"{told_by}, line {number}, {at:%F %T} UTC")


def filled_in(command: tuple[str, ...], note: Note) -> list[str]:
    """The arguments with {at}, {book}, {seq} and {sha256}; anything else in braces stays as it is."""
    at = note.at.astimezone(UTC).isoformat()
    values = {"{at}": at, "{book}": note.book, "{seq}": str(note.seq), "{sha256}": note.sha256}
    told: list[str] = []
    for argument in command:
        for name, value in values.items():
            argument = argument.replace(name, value)
        told.append(argument)
    return told
