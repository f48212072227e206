"""`steelyard export`: a session's record as one file that an outsider can check."""

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


def write_export(book: str, session: date | None, out: Path | None, *, as_json: bool, kind: str) -> dict[str, Any]:
    """Write the zip file; nothing else is changed.

    Raises: ConfigError for a session that is not on record, or where the file cannot be written; BadDataError without
    a report, or where a file of it is not what is on record.
    """
    from tasks.tca.bundle.export_session import export_session
    from tasks.tca.bundle.zip_file import zip_bytes

    with journal_here() as journal:
        cycle = cycle_of(journal, book, session, kind)
        files = export_session(journal, cycle, read_anchors(anchor_folders(journal)))
    name = _name(cycle)
    file = (out or Path(f"{name}.zip")).absolute()
    packed = zip_bytes(name, files)
    _write(file, packed)
    if not as_json:
        Console().print(
            f"{file}: {len(files)} files, SHA-256 {sha256(packed).hexdigest()}\n"
            f"An outsider checks it with: unzip {file.name} && python3 -I {name}/verify.py",
            soft_wrap=True,
            highlight=False,
            markup=False,
        )
    return {
        "book": cycle.book,
        "session": cycle.session.isoformat(),
        "kind": cycle.kind,
        "file": str(file),
        "sha256": sha256(packed).hexdigest(),
        "files": len(files),
    }


def _name(cycle: Cycle) -> str:
    liquidation = "" if cycle.kind == "rebalance" else f"-{cycle.kind}"
    return f"{cycle.book}-{cycle.session.isoformat()}{liquidation}"


def _write(file: Path, packed: bytes) -> None:
    try:
        file.write_bytes(packed)
    except OSError as error:
        raise ConfigError(
            f"--out {file} cannot be written ({error.strerror}); name a file in a folder of yours"
        ) from error
