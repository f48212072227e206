"""Signs of life of the desk and of its operator: a small file each in the home, replaced at every beat."""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from tasks.storage import make_folder

FOLDER = "heartbeats"
NEVER_S = 1e9
"""Of silence, where nobody ever gave a sign of life."""


class Giver(StrEnum):
    """Whose sign of life it is."""

    OPERATOR = "operator"
    DESK = "desk"


@dataclass(frozen=True, slots=True)
class Beat:
    """The newest sign of life of one giver."""

    who: str
    at: datetime


def beat(home: Path, giver: Giver, who: str, at: datetime) -> None:
    """Replaced whole: a reader sees the one or the other.

    Raises: StorageError or OSError where it cannot be written.
    """
    folder = make_folder(home / FOLDER)
    made = folder / f".{giver}.new"
    made.write_text(json.dumps({"who": who, "at": at.isoformat()}), encoding="utf-8")
    made.replace(folder / giver)


def last_beat(home: Path, giver: Giver) -> Beat | None:
    """None where none was ever given, or it cannot be read."""
    try:
        told = json.loads((home / FOLDER / giver).read_text(encoding="utf-8"))
        return Beat(told["who"], datetime.fromisoformat(told["at"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def silence_s(home: Path, giver: Giver, now: datetime) -> float:
    """Seconds since the newest sign of life, by the wall clock; never negative."""
    known = last_beat(home, giver)
    return NEVER_S if known is None else max(0.0, (now - known.at).total_seconds())
