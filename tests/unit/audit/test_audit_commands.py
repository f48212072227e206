"""`steelyard audit` as a person and a program meet it."""

import json
import sqlite3
from hashlib import sha256
from pathlib import Path

import pytest
from recorded_day import CYCLE, NOON, desk_of, recorded
from typer.testing import CliRunner

from flows.cli.main import app
from tasks.audit.anchor import anchor_head
from tasks.book.audit import AuditSettings
from tasks.journal import open_journal
from tasks.model.ledger_records import ReportRow


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
    assert "compared with 1 anchor in" in shown.output


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


@pytest.mark.parametrize("name", ["report.html", "report.json", "orders.csv", "fills.csv"])
def test_a_report_that_was_changed_on_the_disk_is_named_and_one_that_is_gone_is_no_flaw(home: Path, name: str) -> None:
    file = home / name
    recorded, forged = sha256(file.read_bytes()).hexdigest(), sha256(b"another day").hexdigest()
    file.write_bytes(b"another day")
    [flaw] = told("audit", "verify", status=1)["flaws"]
    assert flaw["sentence"] == (
        f"{file}: the file was changed since: its SHA-256 is {forged}, recorded was {recorded}; keep a copy where "
        "somebody has to answer for it, then `steelyard review books/demo.yaml --session 2022-12-28` writes it again"
    )
    assert (flaw["row_key"], flaw["expected"], flaw["found"]) == (str(file), recorded, forged)
    file.unlink()
    answer = told("audit", "verify")
    assert (answer["status"], answer["reports_not_there"]) == ("intact", [str(file)])


def test_a_report_of_which_only_the_page_was_hashed_says_so_of_its_json(home: Path) -> None:
    """As it was recorded before every file was: nobody can say whether it was changed."""
    journal = open_journal(home)
    page = sha256((home / "report.html").read_bytes()).hexdigest()
    journal.books.record_report(ReportRow(CYCLE.cycle_id, str(home / "report.html"), page, {}, NOON))
    journal.close()
    (home / "report.json").write_text("{}")
    answer = told("audit", "verify")
    assert (answer["status"], answer["reports_not_hashed"]) == ("intact", [str(home / "report.json")])
    shown = CliRunner().invoke(app, ["audit", "verify"]).output
    assert "report.json: the file was not hashed when it was written; `steelyard review books/demo.yaml" in shown


def test_a_cut_end_is_told_with_the_file_of_its_anchor(home: Path) -> None:
    """What somebody does who wants the session to be without a report, and knows of the chain but not of its anchor."""
    file = anchor_head(desk_of(home, AuditSettings(), [])).file
    edit(home, *(f"DROP TRIGGER {table}_no_delete" for table in ("audit", "reports", "steps")))
    edit(home, "DELETE FROM reports", "DELETE FROM steps WHERE step = 'report'", "UPDATE cycles SET status = 'failed'")
    edit(home, "DELETE FROM audit WHERE seq > (SELECT MAX(seq) FROM audit) - 2")
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


@pytest.mark.usefixtures("home")
def test_every_question_of_the_record_can_be_asked_by_its_name() -> None:
    listed = told("audit", "ask")["questions"]
    assert len(listed) >= 12
    values = {"book": "demo", "cycle_id": "demo:2022-12-28", "key": "k1", "name": "k1", "order_id": "o", "sha256": "ab"}
    for entry in listed:
        answer = told("audit", "ask", entry["name"], *(f"{name}={values[name]}" for name in entry["needs"]))
        assert answer["question"] == entry["name"]
    listing = CliRunner().invoke(app, ["audit", "ask"]).output
    assert "Which executions did this order get" in listing


@pytest.mark.usefixtures("home")
def test_an_answer_of_the_record_is_its_rows() -> None:
    (session,) = {row["cycle_id"] for row in told("audit", "ask", "who_approved_what", "book=demo")["rows"]}
    orders = told("audit", "ask", "cost_by_symbol", f"cycle_id={session}")["rows"]
    assert [row["symbol"] for row in orders]
    shown = CliRunner().invoke(app, ["audit", "ask", "cost_by_symbol", f"cycle_id={session}"]).output
    assert all(row["symbol"] in shown for row in orders)
    nothing = CliRunner().invoke(app, ["audit", "ask", "halts_in_force"]).output
    assert "Nothing on record" in nothing


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fills_of_an_ordre"], "is no question of the record"),
        (["fills_of_an_order"], "order_id is missing"),
        (["fills_of_an_order", "order_id=1", "book=demo"], "'book' is not among it"),
        (["lease_history", "demo"], "'demo' is not among it"),
    ],
)
def test_a_question_that_is_not_there_or_lacks_a_value_says_what_it_needs(words: list[str], said: str) -> None:
    assert said in told("audit", "ask", *words, status=2)["message"]
