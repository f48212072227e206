"""`steelyard export`: a session's record as one file that an outsider can check."""

from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from rich.console import Console

from flows.commands.audit import anchor_folders
from flows.commands.lookup import cycle_of, journal_here
from tasks.audit.anchor import read_anchors
from tasks.errors import ConfigError
from tasks.model.cycle import Cycle
from tasks.tca.under_review import PAGE
from tasks.wording import counted

MADE = b"PK\x03\x04"
"""How a zip file begins."""


def write_export(
    book: str, session: date | None, out: Path | None, *, as_json: bool, kind: str, pdf: bool = False
) -> dict[str, Any]:
    """Write the zip file, and with `pdf` the report as PDF beside it; nothing else is changed.

    Raises: ConfigError for a session that is not on record, where a file cannot be written, or for a PDF without
    Chromium; BadDataError without a report, or where a file of it is not what is on record.
    """
    from tasks.tca.bundle.export_session import export_session
    from tasks.tca.bundle.zip_file import zip_bytes
    from tasks.tca.pdf import chromium, pdf_of

    browser = chromium() if pdf else ""
    with journal_here() as journal:
        cycle = cycle_of(journal, book, session, kind)
        files = export_session(journal, cycle, read_anchors(anchor_folders(journal)))
    name = _name(cycle)
    file = (out or Path(f"{name}.zip")).absolute()
    packed = zip_bytes(name, files)
    _write(file, packed)
    told = {
        "book": cycle.book,
        "session": cycle.session.isoformat(),
        "kind": cycle.kind,
        "file": str(file),
        "sha256": sha256(packed).hexdigest(),
        "files": len(files),
    }
    if browser:
        told["pdf"] = str(file.with_suffix(".pdf"))
        _write(file.with_suffix(".pdf"), pdf_of(files[f"report/{PAGE}"].decode(), browser))
    if not as_json:
        _print(told, name)
    return told


def _print(told: Mapping[str, Any], name: str) -> None:
    words = [
        f"{told['file']}: {counted(told['files'], 'file')}, SHA-256 {told['sha256']}",
        f"An outsider checks it with: unzip {Path(told['file']).name} && python3 -I {name}/verify.py",
    ]
    if "pdf" in told:
        words.append(f"{told['pdf']}: the same report to print; its bytes are not on record")
    Console().print("\n".join(words), soft_wrap=True, highlight=False, markup=False)


def _name(cycle: Cycle) -> str:
    liquidation = "" if cycle.kind == "rebalance" else f"-{cycle.kind}"
    return f"{cycle.book}-{cycle.session.isoformat()}{liquidation}"


def _write(file: Path, packed: bytes) -> None:
    """An export that is there already may be written again; whatever else is there stays."""
    try:
        if file.exists() and file.read_bytes()[: len(MADE)] not in (packed[: len(MADE)], b""):
            raise ConfigError(f"--out {file} is there already and is no export; name another file")
        file.write_bytes(packed)
    except OSError as error:
        raise ConfigError(
            f"--out {file} cannot be written ({error.strerror}); name a file in a folder of yours"
        ) from error
