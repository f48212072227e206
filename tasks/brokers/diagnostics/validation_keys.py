"""The client order ids of a validation, on disk before the broker hears of them: a killed one leaves no orphan."""

import os
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

PREFIX = "val"


class KeyFile:
    """One validation's keys, a line each, flushed to the disk before they are used."""

    def __init__(self, folder: Path, broker: str, account: str, at: datetime) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._stem = f"{PREFIX}-{at:%y%m%d%H%M%S}"
        self.path = folder / f"{_name(broker, account)}-{at:%y%m%d%H%M%S}.keys"
        self.keys: list[str] = []
        self.refused: set[str] = set()
        """Of them, those the broker itself said no to."""

    def next(self) -> str:
        """A key nobody has used, on record."""
        key = f"{self._stem}-{len(self.keys) + 1:02d}"
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{key}\n")
            file.flush()
            os.fsync(file.fileno())
        self.keys.append(key)
        return key


def keys_left(folder: Path, broker: str, account: str) -> Iterator[str]:
    """Every key of earlier validations of the account."""
    for path in sorted(folder.glob(f"{_name(broker, account)}-*.keys")):
        yield from path.read_text(encoding="utf-8").split()


def _name(broker: str, account: str) -> str:
    return f"{broker}-{re.sub(r'[^A-Za-z0-9_.]', '_', account)}"
