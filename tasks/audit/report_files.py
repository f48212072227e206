"""Whether the newest report of every session lies on the disk as it was recorded."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from tasks.journal import Journal
from tasks.model.audit_flaws import Flaw
from tasks.model.ledger_records import ReportRow

SAME = "the file still has this content"
GONE = "the file is gone; write it again with the `review` flow"
CHANGED = "the file was changed since; write it again with the `review` flow"


def file_state(path: Path, recorded: str) -> str:
    """SAME, GONE or CHANGED; `recorded` is the SHA-256 (hex) on record."""
    if not path.is_file():
        return GONE
    return SAME if sha256(path.read_bytes()).hexdigest() == recorded else CHANGED


def changed_and_gone(journal: Journal) -> tuple[tuple[Flaw, ...], tuple[str, ...]]:
    """A flaw for every file that is not what was recorded, and the paths of those that are not there."""
    found = [(row, file_state(Path(row.path), row.sha256)) for row in _newest(journal)]
    flaws = (Flaw("edited", "", row.path, None, f"{row.path}: {CHANGED}") for row, said in found if said == CHANGED)
    return tuple(flaws), tuple(row.path for row, said in found if said == GONE)


def _newest(journal: Journal) -> Iterator[ReportRow]:
    for cycle in journal.cycles.all():
        row = journal.books.newest_report(cycle.cycle_id)
        if row is not None:
            yield row
