"""The program deletes nothing that is on record: every place in it that deletes anything, and what that is."""

import re
from pathlib import Path

from sql.tables import APPEND_ONLY, metadata

ROOT = Path(__file__).parents[3]
SOURCES = sorted(path for room in ("flows", "tasks", "optimizer", "sql") for path in (ROOT / room).rglob("*.py"))
DELETES = re.compile(r"\.unlink\(|\brmtree\(|os\.remove\(|\.rmdir\(|\bDELETE FROM\b|\bdelete\(\w+\)|\.delete\(\)")
ROWS = re.compile(r"\bDELETE FROM (\w+)")
KNOWN = {
    "flows/alerts/event_log.py": "days of the log of events that are older than STEELYARD_LOG_DAYS",
    "flows/desk/state.py": "what a desk says of itself, once it is down",
    "flows/prefect_home.py": "a file of Prefect's own",
    "tasks/brokers/simulated/store.py": "a position of the simulated broker that is sold",
    "tasks/journal/rate_limits.py": "requests that were counted and count no more",
    "tasks/market_data/snapshots.py": "a file that was not finished",
    "tasks/tca/write.py": "files of an unsigned report that is written anew, and unfinished ones",
}
"""Where, and what."""
OF_THE_BROKER = {"positions"}
"""In the simulated broker's own file."""


def test_every_place_that_deletes_is_known_and_none_deletes_what_is_on_record() -> None:
    found = {path.relative_to(ROOT).as_posix() for path in SOURCES if DELETES.search(path.read_text(encoding="utf-8"))}
    found -= {path for path in found if path.startswith("sql/migrations/")}
    assert found == set(KNOWN), "say in docs/production.md, Retention, what is deleted there and when"


def test_no_statement_takes_a_row_of_the_record_away() -> None:
    tables = {table for path in SOURCES for table in ROWS.findall(path.read_text(encoding="utf-8"))}
    assert tables <= {"requests_made", "requests_waiting"} | OF_THE_BROKER
    assert not tables & set(APPEND_ONLY)
    assert {"requests_made", "requests_waiting"} <= set(metadata.tables)


def test_the_manual_says_what_is_kept_and_that_nothing_is_deleted() -> None:
    manual = (ROOT / "docs" / "production.md").read_text(encoding="utf-8")
    section = manual.partition("\n## Retention\n")[2].partition("\n## ")[0]
    assert "deletes nothing of it" in section
    for kept in ("journal", "snapshots/", "reports/", "-anchors", "logs/", "STEELYARD_LOG_DAYS"):
        assert kept in section
