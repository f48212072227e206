"""Which deployments `steelyard up` serves: prefect.yaml of the working folder, or the program's own, fitted to it."""

import importlib.metadata
import re
from pathlib import Path

from tasks.errors import ConfigError
from tasks.storage import make_folder

NAME = "prefect.yaml"
_ENTRYPOINT = re.compile(r"(entrypoint: )(\w+)/(\w+)\.py:(\w+)")
_BOOK = re.compile(r"(book: )(books/[\w.-]+)")


def deployments_file(folder: Path, home: Path) -> Path:
    """The file for `prefect deploy --prefect-file`; the program's own is written to `home`, fitted to `folder`.

    Raises: ConfigError where neither is there, StorageError where the home cannot be.
    """
    here = folder / NAME
    if here.is_file():
        return here
    own = _shipped()
    made = make_folder(home) / NAME
    made.write_text(fitted(own.read_text(encoding="utf-8"), own.parent, folder), encoding="utf-8")
    return made


def fitted(text: str, shipped: Path, folder: Path) -> str:
    """The same deployments where there is no source beside them: flows by module, example books by their full path."""

    def book(found: re.Match[str]) -> str:
        return found[0] if (folder / found[2]).is_file() else f'{found[1]}"{shipped / found[2]}"'

    return _BOOK.sub(book, _ENTRYPOINT.sub(r"\1\2.\3.\4", text))


def _shipped() -> Path:
    """Beside the packages in a checkout, else among the files of the installed program."""
    beside = Path(__file__).resolve().parents[1] / NAME
    if beside.is_file():
        return beside
    for file in importlib.metadata.files("steelyard") or ():
        if file.name == NAME:
            return Path(str(file.locate())).resolve()
    raise ConfigError(f"there is no {NAME} here, and none came with the program; run `steelyard up` where one is")
