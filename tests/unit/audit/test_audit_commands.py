"""`steelyard audit` as a person and a program meet it."""

import json
import sqlite3
from pathlib import Path

import pytest
from recorded_day import desk_of, recorded
from typer.testing import CliRunner

from flows.cli import app
from tasks.audit.anchoring import anchor_head
from tasks.audit.settings import AuditSettings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STEELYARD_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("STEELYARD_DATABASE_URL", raising=False)
    monkeypatch.delenv("STEELYARD_ANCHORS", raising=False)
    recorded(tmp_path / "home")[0].close()
    return tmp_path / "home"


def told(*words: str, status: int = 0) -> dict:
    done = CliRunner().invoke(app, [*words, "--json"])
    assert done.exit_code == status, done.output
    return json.loads(done.stdout)


def edit(home: Path, *statements: str) -> None:
    with sqlite3.connect(home / "journal.sqlite") as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_a_record_that_is_as_it_was_written_is_intact(home: Path) -> None:
    anchor_head(desk_of(home, AuditSettings(), []))
    answer = told("audit", "verify")
    assert (answer["status"], answer["flaws"], answer["anchors"]) == ("intact", [], 1)
    assert answer["entries"] > 10
    assert answer["anchor_folders"] == [str(home.with_name("home-anchors"))]
    shown = CliRunner().invoke(app, ["audit", "verify"])
    assert shown.exit_code == 0
    assert "as they were written" in shown.output
    assert "compared with 1 anchors" in shown.output


def test_an_edit_ends_with_status_one_and_names_the_row(home: Path) -> None:
    edit(home, "DROP TRIGGER fills_no_update", "UPDATE fills SET price = '1' WHERE execution_id = 'x2'")
    answer = told("audit", "verify", status=1)
    assert answer["status"] == "changed"
    [flaw] = answer["flaws"]
    assert (flaw["kind"], flaw["table"], flaw["row_key"]) == ("edited", "fills", '["simulated","x2"]')
    shown = CliRunner().invoke(app, ["audit", "verify"])
    assert shown.exit_code == 1
    assert 'fills ["simulated","x2"] was edited' in shown.output
    assert "keep one outside" in shown.output, "there is no anchor yet"


def test_a_cut_end_is_told_with_the_file_of_its_anchor(home: Path) -> None:
    file = anchor_head(desk_of(home, AuditSettings(), [])).file
    newest = "(SELECT MAX(seq) FROM audit)"
    edit(home, "DROP TRIGGER audit_no_delete", "DROP TRIGGER reports_no_delete", "DELETE FROM reports")
    edit(home, f"DELETE FROM audit WHERE seq = {newest}")
    [flaw] = told("audit", "verify", status=1)["flaws"]
    assert flaw["kind"] == "truncated"
    assert f"{file}, line 1" in flaw["sentence"]


@pytest.mark.usefixtures("home")
def test_anchors_kept_by_somebody_else_are_compared_when_they_are_named(tmp_path: Path) -> None:
    """The folder beside the home was rewritten to fit; the copy was not."""
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "demo.jsonl").write_text('{"at": "2022-12-28T17:00:00+00:00", "seq": 3, "sha256": "ff"}\n')
    assert told("audit", "verify")["status"] == "intact"
    [flaw] = told("audit", "verify", "--anchors", str(kept), status=1)["flaws"]
    assert (flaw["kind"], flaw["seq"]) == ("rewritten", 3)


def test_an_anchor_that_cannot_be_read_stops_with_its_line(home: Path) -> None:
    file = anchor_head(desk_of(home, AuditSettings(), [])).file
    file.write_text("not an anchor\n")
    assert "line 1 is no anchor" in told("audit", "verify", status=2)["message"]


@pytest.mark.usefixtures("home")
def test_a_trace_is_a_tree_for_a_person_and_an_object_for_a_program() -> None:
    answer = told("audit", "trace", "x2")
    assert (answer["kind"], answer["facts"]["asked_for"]) == ("session", "x2")
    shown = CliRunner().invoke(app, ["audit", "trace", "x2"])
    assert shown.exit_code == 0
    assert "execution x2  30 at 130.05" in shown.output
    assert "approved by Ada Byron" in shown.output
    assert "nothing on record" in told("audit", "trace", "nobody", status=2)["message"]
