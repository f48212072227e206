"""Whether the newest report of every session lies on the disk as it was recorded, file by file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from tasks.journal import Journal
from tasks.model.audit_flaws import Flaw
from tasks.model.cycle import Cycle
from tasks.model.ledger_records import ReportRow
from tasks.model.typed_commands import reviews_session, works_session

JSON = "report.json"
SOMETIMES = "breaks.csv"
"""There only where the report has breaks."""
_STAGE = ".next"


class State(StrEnum):
    """What the file says today, as words of a trace."""

    SAME = "the file still has this content"
    GONE = "the file is gone"
    CHANGED = "the file was changed since"
    UNFINISHED = "the file is an earlier report's: whoever wrote this one ended before it was in its place"
    UNHASHED = "the file was not hashed when it was written"


@dataclass(frozen=True, slots=True)
class FileState:
    """One file of a report; hashes are SHA-256 (hex), empty where there is none."""

    path: Path
    state: State
    recorded: str
    found: str


@dataclass(frozen=True, slots=True)
class Note:
    """A file that nobody changed and that is not as it should be, with what to do about it."""

    path: str
    state: State
    sentence: str


def staged(path: Path, recorded: str) -> Path:
    """Where a report's file waits, whole, until the row that has its hash is on record."""
    return path.parent / _STAGE / f"{recorded}-{path.name}"


def report_states(rows: Sequence[ReportRow]) -> tuple[FileState, ...]:
    """Every file of a session's newest report; `rows` are the session's reports, the newest first.

    A file of an earlier report whose successor waits beside it was not changed: its writer was killed. Anything else
    that is not what was recorded was changed, an earlier report that somebody put back too.
    """
    newest, *earlier = rows
    folder = Path(newest.path).parent
    known = [_state(folder / name, hashed, earlier) for name, hashed in sorted(newest.hashes.items())]
    return (*known, *_without_hash(newest, folder))


def reports_on_disk(journal: Journal) -> tuple[tuple[Flaw, ...], tuple[Note, ...]]:
    """Of every session on record what was changed, and what is gone, not finished or was never hashed: no flaws."""
    found = [(cycle, file) for cycle in journal.cycles.all() for file in _of(journal, cycle)]
    flaws = (_flaw(cycle, file) for cycle, file in found if file.state is State.CHANGED)
    others = [(cycle, file) for cycle, file in found if file.state not in (State.SAME, State.CHANGED)]
    notes = (Note(str(file.path), file.state, _sentence(cycle, file)) for cycle, file in others)
    return tuple(flaws), tuple(notes)


def _of(journal: Journal, cycle: Cycle) -> tuple[FileState, ...]:
    """Each version in its own folder: what was signed is held to its hashes too."""
    versions: dict[Path, list[ReportRow]] = {}
    for row in journal.books.reports(cycle.cycle_id):
        versions.setdefault(Path(row.path).parent, []).append(row)
    return tuple(state for rows in versions.values() for state in report_states(rows))


def _state(path: Path, recorded: str, earlier: Sequence[ReportRow]) -> FileState:
    found = _sha256(path)
    if found == recorded:
        return FileState(path, State.SAME, recorded, found)
    if _sha256(staged(path, recorded)) == recorded and _was_before(path.name, found, earlier):
        return FileState(path, State.UNFINISHED, recorded, found)
    return FileState(path, State.CHANGED if found else State.GONE, recorded, found)


def _was_before(name: str, found: str, earlier: Sequence[ReportRow]) -> bool:
    """Whether an earlier report left this file; of one that was not hashed nobody can say that it did not."""
    return not found or any(row.hashes.get(name) == found or not row.is_whole for row in earlier)


def _without_hash(newest: ReportRow, folder: Path) -> Iterator[FileState]:
    """What lies there and is in no hash of the row: never hashed in an older row, put there in a newer one."""
    wanted = (SOMETIMES,) if newest.is_whole else (JSON,)
    for path in (folder / name for name in wanted if name not in newest.hashes):
        if found := _sha256(path):
            yield FileState(path, State.CHANGED if newest.is_whole else State.UNHASHED, "", found)


def _sha256(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _flaw(cycle: Cycle, file: FileState) -> Flaw:
    return Flaw("edited", "", str(file.path), None, _sentence(cycle, file), file.recorded, file.found)


def _sentence(cycle: Cycle, file: FileState) -> str:
    again = reviews_session(cycle) if cycle.status == "done" else works_session(cycle)
    if file.state is not State.CHANGED:
        return f"{file.path}: {file.state}; `{again}` writes it again"
    if not file.recorded:
        return f"{file.path} was put there: the report has no such file; `{again}` takes it away"
    return (
        f"{file.path}: {file.state}: its SHA-256 is {file.found}, recorded was {file.recorded}; keep a copy where "
        f"somebody has to answer for it, then `{again}` writes it again"
    )
