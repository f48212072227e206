"""The user's register: which journal each book file and each account at a broker belongs to; lines are only added."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from flows.home import users_home

VARIABLE = "STEELYARD_REGISTER"
"""Names another file than the user's own: for tests, and for several users who trade the same books."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One subject belongs to one journal from now on; the newest entry of a subject counts."""

    subject: str
    """`book /path/of/the/file.yaml` or `account NAME at BROKER ...`."""
    journal: str
    """The journal's identity: the same in a copy, and wherever it is moved."""
    where: str
    """Its address when it was last seen, without a password."""
    book: str
    who: str = ""
    """Who moved it here from another journal; empty for the first."""
    because: str = ""
    at: str = ""


def register_file() -> Path:
    named = os.environ.get(VARIABLE)
    return Path(named).expanduser().absolute() if named else users_home() / "journals.jsonl"


def entries() -> dict[str, Entry]:
    """The newest entry of each subject; a line that cannot be read says nothing."""
    found: dict[str, Entry] = {}
    file = register_file()
    if not file.is_file():
        return found
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            entry = Entry(**json.loads(line))
        except (ValueError, TypeError):
            continue
        found[entry.subject] = entry
    return found


def add(new: Sequence[Entry], now: datetime) -> None:
    """Append, whole lines at once. Raises: OSError where the register cannot be written."""
    file = register_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    at = now.astimezone(UTC).isoformat(timespec="seconds")
    text = "".join(json.dumps({**asdict(entry), "at": at}) + "\n" for entry in new)
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)
