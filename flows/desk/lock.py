"""One desk a home: a lock that its supervisor holds as long as it lives, and that the system takes back with it."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tasks.errors import SteelyardError
from tasks.retry import LOCK_IS_FREE
from tasks.storage import make_folder

FILE = "desk.lock"


class DeskIsUpError(SteelyardError):
    """Another process holds the lock of this home."""


@contextmanager
def held(home: Path) -> Iterator[None]:
    """Raises: DeskIsUpError while another process holds it; StorageError where the home cannot be written."""
    with (make_folder(home) / FILE).open("a") as file:
        for _ in range(LOCK_IS_FREE.most):
            if _taken(file, fcntl.LOCK_EX):
                break
            time.sleep(LOCK_IS_FREE.pause.total_seconds())
        else:
            raise DeskIsUpError(f"the desk of {home} is up already; `steelyard down` ends it")
        yield


def is_held(home: Path) -> bool:
    """Whether a process of this home's desk lives; a look that keeps the lock from nobody for longer than it takes."""
    file = home / FILE
    if not file.is_file():
        return False
    with file.open("a") as opened:
        return not _taken(opened, fcntl.LOCK_SH)


def _taken(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
