"""What an export holds: every file by its name, from the record of one session; pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from tasks.model.audit_flaws import Entry
from tasks.model.cycle import Cycle
from tasks.model.recorded_row import RecordedRow

SCHEMA = "steelyard.export/1"
MANIFEST = "manifest.json"
VERIFIER = Path(__file__).with_name("verify.py")


def bundle_files(
    cycle: Cycle,
    report: Mapping[str, Any],
    report_files: Mapping[str, bytes],
    rows: Sequence[RecordedRow],
    chain: Sequence[tuple[str, Entry]],
    through: int,
) -> dict[str, bytes]:
    """By name, in alphabetical order, the manifest with their hashes among them.

    `report` is what report.json says; `report_files` have names without a folder. `chain`: each entry with the hash of
    the entry before it; from the session's first own row to `through` none is left out.
    """
    first = min(row.seq for row in rows if row.table == "attempts")
    files = {
        "README.txt": _readme(cycle).encode(),
        "chain.jsonl": _lines(json.dumps(_link(before, entry), sort_keys=True) for before, entry in chain),
        "methodology.md": _methodology(report).encode(),
        "verify.py": VERIFIER.read_bytes(),
        **{f"report/{name}": text for name, text in report_files.items()},
        **{f"rows/{table}.jsonl": text for table, text in _by_table(rows).items()},
    }
    return dict(sorted({**files, MANIFEST: _manifest(cycle, report, files, first, through)}.items()))


def _link(before: str, entry: Entry) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "table": entry.table_name,
        "key": entry.row_key,
        "row_sha256": entry.row_sha256,
        "sha256": entry.sha256,
        "before": before,
    }


def _by_table(rows: Sequence[RecordedRow]) -> dict[str, bytes]:
    """A line each row, in the order of the record."""
    tables = sorted({row.table for row in rows})
    return {table: _lines(row.text for row in rows if row.table == table) for table in tables}


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _manifest(cycle: Cycle, report: Mapping[str, Any], files: Mapping[str, bytes], first: int, through: int) -> bytes:
    said = {
        "schema": SCHEMA,
        "book": cycle.book,
        "session": cycle.session.isoformat(),
        "kind": cycle.kind,
        "report_id": report["cover"]["report_id"],
        "report_version": report["cover"]["version"],
        "chain": {"first": first, "through": through},
        "files": {name: sha256(text).hexdigest() for name, text in sorted(files.items())},
    }
    return (json.dumps(said, indent=1, sort_keys=True) + "\n").encode()


def _methodology(report: Mapping[str, Any]) -> str:
    """As the report itself defines its figures."""
    definitions = [f"- **{term}**: {words}" for term, words in report["policy"]]
    limits = [f"- {sentence}" for sentence in report["limitations"]]
    title = f"# How the figures of {report['cover']['report_id']} are made"
    return "\n".join([title, "", *definitions, "", "## Limitations", "", *limits, ""])


def _readme(cycle: Cycle) -> str:
    return f"""Record of book {cycle.book}, session {cycle.session} ({cycle.kind}).

Check it with Python 3.9 or newer, nothing else is needed:

    python3 -I verify.py
    python3 -I verify.py --anchor NUMBER:SHA256

An anchor is an entry of the audit chain that was noted outside of the database; the desk has them in a file of its own,
and an outsider should have had them from the desk at the time. Without one nobody can tell a record that is as it was
from one that was written anew from end to end.

report/          the report as it is on record; review.html shows who said what of it, and is no file of the report
rows/            the journal's rows, one a line, exactly as the audit chain has hashed them
chain.jsonl      the entries of the audit chain, each with the hash of the one before it
methodology.md   the report's definitions
manifest.json    SHA-256 of every other file

A row: JSON object by column name, sorted, without spaces, in ASCII; a column that holds its default is left out;
amounts are text without trailing zeros, instants UTC with six decimals. Its SHA-256 stands in its entry. An entry is
the SHA-256 of
"hash before|number|table|key|hash of the row". Rows of other sessions are named by the chain and not enclosed.
"""
