"""A session's report names what its record holds: runs, exceptions, and of each order its entries in the chain."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from tca_desk import DECIDED, plan_for

from tasks.journal import Journal, open_journal
from tasks.model.audit_flaws import Entry
from tasks.model.recorded_row import RecordedRow
from tasks.tca.exceptions import exceptions
from tasks.tca.preparer import commit_of
from tests.flows.conftest import small_book
from tests.simulation.early_steps import STEPS, open_watched
from tests.simulation.points import Points

PLAN = plan_for(())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small book's session, left after its plan and taken up again, worked to its report."""
    folder = tmp_path_factory.mktemp("record")
    small_book(folder)
    at = folder / "all" / "home"
    at.mkdir(parents=True)
    steps = list(STEPS.values())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEELYARD_HOME", str(at))
        patch.setenv("STEELYARD_REGISTER", str(folder / "journals.jsonl"))
        for part in (steps[:6], steps[6:]):
            with open_watched(at, Points()) as desk:
                for step in part:
                    step(desk)
        yield at


@pytest.fixture
def journal(home: Path) -> Iterator[Journal]:
    found = open_journal(home)
    yield found
    found.close()


@pytest.fixture(scope="module")
def report(home: Path) -> dict[str, Any]:
    return json.loads(next(home.glob("reports/small/*/report.json")).read_text())


def test_the_text_of_a_recorded_row_is_what_the_chain_has_hashed(journal: Journal) -> None:
    (cycle,) = journal.cycles.all("small")
    rows = journal.audit.session_rows(cycle)
    assert {row.table for row in rows} >= {"orders", "slices", "order_events", "fills", "steps", "reports"}
    assert [row.seq for row in rows] == sorted(row.seq for row in rows)
    assert all(sha256(row.text.encode("ascii")).hexdigest() == row.entry.row_sha256 for row in rows)


def test_each_order_names_the_entries_of_its_rows_and_every_change_of_state(
    journal: Journal, report: dict[str, Any]
) -> None:
    chain = {entry.seq: entry for entry in journal.audit.chain(1, journal.audit.head().seq)}
    for order in report["orders"]:
        entries = order["trail"]["entries"]
        assert all(chain[entry["seq"]] == Entry(**entry) for entry in entries)
        tables = [entry["table_name"] for entry in entries]
        assert tables.count("slices") == len(order["slices"])
        assert tables.count("fills") == len(order["fills"])
        assert tables.count("order_events") == len(order["trail"]["changes"])


def test_each_order_shows_its_checks_with_value_and_limit(report: dict[str, Any]) -> None:
    for order in report["orders"]:
        checks = {one["check"]: one for one in order["trail"]["checks"]}
        assert {"quote", "price_collar", "order_size", "participation", "concentration", "run_turnover"} <= set(checks)
        assert all(one["value"] and one["limit"] for one in checks.values())
        assert order["trail"]["broker"] == "simulated"
        assert order["trail"]["why_broker"] == "the only broker of the book"
        assert order["slices"][0]["time_in_force"]


def test_a_session_that_was_taken_up_twice_says_so(report: dict[str, Any]) -> None:
    assert [one["kind"] for one in report["exceptions"] if one["kind"] == "taken up again"] == ["taken up again"]


def test_the_cover_names_book_file_policy_and_program(report: dict[str, Any]) -> None:
    made = report["cover"]["provenance"]
    assert len(made["book_sha256"]) == len(report["cover"]["policy_sha256"]) == 64
    assert made["preparer"]["version"]
    assert made["preparer"]["time_zone"]
    assert made["attempt"] == 1


# --- each kind of exception, from rows -------------------------------------------------------------------------------


def rows(*said: tuple[str, str, dict[str, Any]]) -> tuple[RecordedRow, ...]:
    """(table, key, values), in the order of the record."""
    return tuple(
        RecordedRow(Entry(number, table, key, "", ""), json.dumps(values))
        for number, (table, key, values) in enumerate(said, start=1)
    )


AT = DECIDED.isoformat()
TAKEN = ("lease_log", "1", {"token": 1, "holder": "desk-1:7", "taken_at": AT, "why": "rebalance of 2022-06-15"})
SLICE = ("slices", "k1", {"key": "k1", "symbol": "KO", "generation": 0, "due_at": AT, "order_id": "o1"})
FILL = {"execution_id": "x1", "key": "k1", "symbol": "KO", "shares": "10", "price": "59.5", "at": AT}


def done(step: str, at: datetime = DECIDED, seconds: float = 1.0) -> tuple[str, str, dict[str, Any]]:
    return "steps", step, {"step": step, "attempt": 1, "finished_at": at.isoformat(), "seconds": seconds}


def event(state: str, reason: str = "") -> tuple[str, str, dict[str, Any]]:
    return "order_events", "9", {"key": "k1", "state": state, "at": AT, "reason": reason}


CASES: list[tuple[str, list[tuple[str, str, dict[str, Any]]], str]] = [
    ("taken up again", [TAKEN, ("lease_log", "2", {**TAKEN[2], "token": 2})], "token 2"),
    ("gap", [done("check"), done("orders", DECIDED + timedelta(minutes=5))], "299 seconds between check and orders"),
    ("halt", [("halts", "1", {"scope": "*", "state": "halted", "who": "Ada Byron", "why": "drill", "at": AT}), TAKEN],
     "halted, already in force: drill"),
    ("halt", [TAKEN, ("halts", "1", {"scope": "core", "state": "reducing", "who": "b", "why": "loss", "at": AT})],
     "reducing, said while the session was open: loss"),
    ("cancelled", [("cancellations", "1", {"attempt": 1, "said": "cancelled", "who": "a", "why": "late", "at": AT})],
     "Attempt 1 was cancelled: late"),
    ("rerun", [("reruns", "1", {"from_step": "check", "who": "a", "because": "data", "at": AT})],
     "from check on: data"),
    ("refused by the broker", [SLICE, event("rejected", "no borrow")],
     "1 child order refused by the broker: no borrow"),
    ("cancelled", [SLICE, event("cancelled", "over")], "1 child order cancelled: over"),
    ("of unknown fate for a while", [SLICE, event("unknown")], "1 child order of unknown fate"),
    ("sent again under a new id", [("slices", "k1", {**SLICE[2], "generation": 1})], "1 child order sent again"),
    ("fate unknown", [("tickets", "k1", {"opened_at": AT, "sentence": "ask the broker"})], "ask the broker"),
    ("fate resolved", [("resolutions", "1", {"key": "k1", "said": "dead", "who": "a", "because": "seen", "at": AT})],
     "it is dead: seen"),
    ("corrected fill", [("fills", "x2", {**FILL, "supersedes": "x0"})], "corrects x0"),
    ("write-off", [("write_offs", "1", {"symbol": "KO", "price": "0", "who": "a", "because": "gone", "at": AT})],
     "Written off at 0 USD a share: gone"),
    ("held back in a wave", [("waves", "1", {"decided_at": AT, "notes": {"notes": ["KO: 25.18 is 5.3 % off"]}}),
                             ("waves", "2", {"decided_at": AT, "notes": {"notes": ["KO: 25.30 is 5.8 % off"]}})],
     "Less than planned was sent in 2 waves, the first time: 25.18 is 5.3 % off"),
    ("attempt", [("attempts", "1", {"attempt": 1, "book_sha256": "a", "began_at": AT}),
                 ("attempts", "2", {"attempt": 2, "book_sha256": "b", "began_at": AT})],
     "Attempt 2 decided the session anew by another text of the book file"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "said", "words"), CASES, ids=[f"{n}-{case[0]}" for n, case in enumerate(CASES)])
def test_each_kind_of_exception_is_told_from_its_rows(kind, said, words):
    found = exceptions(rows(*said, done("reconcile")), 1, PLAN)
    assert [one.kind for one in found] == [kind]
    assert words in found[0].sentence
    assert found[0].entry is not None


def test_a_straight_session_has_no_exception():
    straight = rows(TAKEN, done("check"), SLICE, event("filled"), ("fills", "x1", FILL), done("reconcile"))
    assert exceptions(straight, 1, PLAN) == ()


def test_what_is_written_later_is_no_exception_but_for_a_fill():
    later = rows(
        TAKEN, SLICE, done("reconcile"), ("lease_log", "2", TAKEN[2]), event("cancelled"), ("fills", "x1", FILL)
    )
    assert [one.kind for one in exceptions(later, 1, PLAN)] == ["late booking"]


@pytest.mark.parametrize(
    ("written", "commit"),
    [
        ("", ""),
        ('{"url": "https://example.org/x", "vcs_info": {"vcs": "git", "commit_id": "abc"}}', "abc"),
        ('{"url": "https://example.org/x.whl"}', ""),
        ('{"url": "file:///nowhere/at/all", "dir_info": {"editable": true}}', ""),
    ],
)
def test_the_commit_is_what_the_installation_wrote_down(written, commit):
    assert commit_of(written) == commit


@pytest.mark.parametrize("packed", [True, False])
def test_of_a_checkout_the_commit_is_read_from_its_own_files(tmp_path, packed):
    git = tmp_path / ".git"
    (git / "refs" / "heads").mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    if packed:
        (git / "packed-refs").write_text(f"# pack-refs\n{'1' * 40} refs/heads/other\n{'2' * 40} refs/heads/main\n")
    else:
        (git / "refs" / "heads" / "main").write_text("2" * 40 + "\n")
    assert commit_of(json.dumps({"url": tmp_path.as_uri(), "dir_info": {"editable": True}})) == "2" * 40
