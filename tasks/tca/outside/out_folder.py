"""Looks before anything is read whether a report may be written where it is asked for."""

import json
import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from tasks.errors import ConfigError
from tasks.tca.outside.outside_files import FILES
from tasks.tca.outside.outside_report import SCHEMA
from tasks.tca.outside.problems import shown

ANOTHER = "give --out another folder"


def check_out(out: Path, inputs: Sequence[Path]) -> None:
    """Neither a file that is read nor one that is not of an earlier report is written over.

    Raises: ConfigError with the path and what to do; nothing is left behind.
    """
    with refusing(out):
        _check_names(out, inputs)
        _check_can_be_written(out)


@contextmanager
def refusing(out: Path) -> Generator[None]:
    """A folder that the machine does not take is an error of --out. Raises: ConfigError."""
    try:
        yield
    except OSError as error:
        place = shown(error.filename if error.filename is not None else out)
        raise ConfigError(f"--out {shown(out)}: {error.strerror or error} ({place}); {ANOTHER}") from error


def _check_names(out: Path, inputs: Sequence[Path]) -> None:
    there = [out / name for name in FILES if os.path.lexists(out / name)]
    for path in there:
        read = next((one for one in inputs if _is_same(path, one)), None)
        if read is not None:
            raise ConfigError(
                f"--out {shown(out)}: the report would overwrite {shown(read)}, which it reads; {ANOTHER}"
            )
        if path.is_dir():
            raise ConfigError(f"--out {shown(out)}: {shown(path)} is a folder in the place of a file; {ANOTHER}")
    if there and not _is_ours(out / "report.json"):
        names = ", ".join(path.name for path in there)
        raise ConfigError(f"--out {shown(out)}: holds {names}, of no earlier report of this command; {ANOTHER}")


def _is_same(path: Path, read: Path) -> bool:
    try:
        return path.resolve() == read.resolve() or path.samefile(read)
    except (OSError, RuntimeError):  # what cannot be found is said where it is read
        return False


def _is_ours(path: Path) -> bool:
    try:
        found: object = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(found, dict) and ("schema", SCHEMA) in cast(dict[str, object], found).items()


def _is_there(path: Path) -> bool:
    """A name that is too long, or a circle of links, is an OSError: it can never be there."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return path.is_symlink()
    return True


def _check_can_be_written(out: Path) -> None:
    """Makes and removes a folder in the nearest one that is there: rights alone do not tell."""
    nearest = out
    while not _is_there(nearest):
        nearest = nearest.parent
    if not nearest.is_dir():
        raise ConfigError(f"--out {shown(out)}: {shown(nearest)} is no folder; {ANOTHER}")
    with TemporaryDirectory(dir=nearest, prefix=".steelyard."):
        pass
