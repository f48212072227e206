"""Gathers one session's export from journal and disk."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from tasks.errors import BadDataError
from tasks.journal import Journal
from tasks.model.audit_flaws import Anchor, Entry
from tasks.model.cycle import Cycle
from tasks.model.ledger_records import ReportRow
from tasks.model.recorded_row import RecordedRow
from tasks.model.typed_commands import reviews_session
from tasks.tca.bundle.bundle_files import bundle_files
from tasks.tca.under_review import REVIEW, review_page, under_review

GENESIS = "0" * 64


def export_session(journal: Journal, cycle: Cycle, anchors: Sequence[Anchor]) -> dict[str, bytes]:
    """Every file of the export by its name; the newest report counts.

    Raises: BadDataError without a report, or where a file of it is not what is on record.
    """
    found = under_review(journal, cycle)
    rows = journal.audit.session_rows(cycle)
    through = _through(journal, rows, anchors)
    texts = {**_report_files(cycle, found.row), REVIEW: review_page(found).encode()}
    return bundle_files(cycle, found.report, texts, rows, _chain(journal, rows, through), through)


def _report_files(cycle: Cycle, row: ReportRow) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for name, recorded in row.hashes.items():
        file = Path(row.path).with_name(name)
        anew = f"`{reviews_session(cycle)}` writes it anew"
        try:
            found[name] = file.read_bytes()
        except OSError as error:
            raise BadDataError(f"{file} cannot be read ({error.strerror}); {anew}") from error
        if sha256(found[name]).hexdigest() != recorded:
            raise BadDataError(f"{file} is not the file that is on record; {anew}")
    return found


def _through(journal: Journal, rows: Sequence[RecordedRow], anchors: Sequence[Anchor]) -> int:
    """The first anchor that covers the report, so that an outsider can hold it against the chain; else its end."""
    written = max(row.seq for row in rows if row.table == "reports")
    end = journal.audit.head().seq
    return min((anchor.seq for anchor in anchors if written <= anchor.seq <= end), default=end)


def _chain(journal: Journal, rows: Sequence[RecordedRow], through: int) -> list[tuple[str, Entry]]:
    """Whole from the session's first own row on; single entries of enclosed rows before and after, each with the hash
    of the entry before it.
    """
    first = min(row.seq for row in rows if row.table == "attempts")
    whole = journal.audit.chain(max(first - 1, 1), through)
    known = {entry.seq: entry for entry in whole}
    for row in rows:
        if row.seq not in known:
            known |= {entry.seq: entry for entry in journal.audit.chain(row.seq - 1, row.seq)}
    wanted = {row.seq for row in rows} | set(range(first, through + 1))
    return [(_before(known, seq), known[seq]) for seq in sorted(wanted & known.keys())]


def _before(known: Mapping[int, Entry], seq: int) -> str:
    return known[seq - 1].sha256 if seq - 1 in known else GENESIS
