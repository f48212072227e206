"""Which program writes a report, as far as its installation tells, and on which machine."""

import importlib.metadata
import json
import socket
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tasks.tca.session_record import Preparer

PACKAGE = "steelyard"


def this_preparer(at: datetime) -> Preparer:
    """`at` picks the machine's distance to UTC: it changes with the season."""
    local = at.astimezone()
    return Preparer(
        version=importlib.metadata.version(PACKAGE),
        commit=commit_of(importlib.metadata.distribution(PACKAGE).read_text("direct_url.json") or ""),
        host=socket.gethostname(),
        time_zone=f"{local.tzname()} (UTC{local:%z})",
    )


def commit_of(direct_url: str) -> str:
    """From what an installer wrote down of the package's origin; empty where it came from no repository.

    Source: PyPA, "Recording the Direct URL Origin of installed distributions" (PEP 610).
    """
    if not direct_url:
        return ""
    origin: dict[str, Any] = json.loads(direct_url)
    named = origin.get("vcs_info", {}).get("commit_id", "")
    where = urlsplit(str(origin.get("url", "")))
    return named or (commit_of_checkout(Path(unquote(where.path))) if where.scheme == "file" else "")


def commit_of_checkout(folder: Path) -> str:
    """What a Git checkout stands at, read from its files; empty where the folder is none."""
    git = folder / ".git"
    head = _text(git / "HEAD")
    if not head.startswith("ref: "):
        return head
    name = head.removeprefix("ref: ")
    packed = (line.split(" ") for line in _text(git / "packed-refs").splitlines())
    return _text(git / name) or next((words[0] for words in packed if words[-1] == name), "")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
