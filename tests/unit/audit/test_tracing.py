"""From any id the whole line is found: what it rests on, and from the prices what rests on them."""

from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest
from recorded_day import CYCLE, NOON, PLAN, fill, recorded

from tasks.audit.report_files import State
from tasks.audit.trace import trace
from tasks.audit.tree import Node
from tasks.errors import ConfigError
from tasks.journal import Journal
from tasks.model.ledger_records import ReportRow


@pytest.fixture
def day(tmp_path: Path) -> tuple[Journal, Path, str]:
    journal, snapshot = recorded(tmp_path)
    return journal, tmp_path / "snapshots", snapshot


def names(tree: Node, kind: str) -> list[str]:
    return [node.name or node.words for node in tree.walk() if node.kind == kind]


def only(tree: Node, kind: str) -> Node:
    [node] = [node for node in tree.walk() if node.kind == kind]
    return node


@pytest.mark.parametrize("asked", ["demo:2022-12-28", PLAN, PLAN[:8], "3f291481055e"])
def test_a_session_its_plan_and_its_report_lead_to_everything(day: tuple[Journal, Path, str], asked: str) -> None:
    journal, folder, snapshot = day
    tree = trace(journal, folder, asked)
    assert (tree.kind, tree.name) == ("session", CYCLE.cycle_id)
    assert len(names(tree, "report")) == 1
    assert names(tree, "order") == ["o/AAPL", "o/XOM"]
    assert names(tree, "slice") == ["k/AAPL", "k/XOM"]
    assert len(names(tree, "event")) == 4
    assert names(tree, "execution") == ["x1", "x2", "x3", "y1"]
    assert names(tree, "plan") == [PLAN]
    assert names(tree, "line") == ["AAPL", "XOM"]
    assert "approved by Ada Byron" in only(tree, "answer").words
    assert names(tree, "target") == ["AAPL", "XOM"]
    assert len(names(tree, "finding")) == 3
    assert only(tree, "snapshot").name == snapshot
    assert only(tree, "snapshot").facts["file"] == State.SAME


@pytest.mark.parametrize(
    ("asked", "executions"),
    [("o/AAPL", ["x1", "x2", "x3"]), ("k/AAPL", ["x1", "x2", "x3"]), ("x2", ["x2"])],
)
def test_an_order_a_slice_and_an_execution_lead_to_their_own_line_only(
    day: tuple[Journal, Path, str], asked: str, executions: list[str]
) -> None:
    """What is about another symbol is left out; what is about no symbol stays."""
    journal, folder, snapshot = day
    tree = trace(journal, folder, asked)
    assert tree.facts["asked_for"] == asked
    assert names(tree, "order") == ["o/AAPL"]
    assert names(tree, "slice") == ["k/AAPL"]
    assert names(tree, "execution") == executions
    assert names(tree, "line") == ["AAPL"]
    assert only(tree, "line").words == "up to its target"
    assert names(tree, "target") == ["AAPL"]
    assert len(names(tree, "finding")) == 2
    assert names(tree, "break") == []
    assert only(tree, "answer").facts["who"] == "Ada Byron"
    assert only(tree, "snapshot").name == snapshot
    assert len(names(tree, "report")) == 1


def test_a_break_leads_to_the_orders_of_its_symbol_and_to_its_explanation(day: tuple[Journal, Path, str]) -> None:
    journal, folder, _ = day
    assert names(trace(journal, folder, "b1"), "explanation") == []
    journal.books.explain("b1", "Ada Byron", "a dividend", NOON)
    tree = trace(journal, folder, "b1")
    assert names(tree, "break") == ["b1"]
    assert names(tree, "order") == ["o/XOM"]
    assert "Ada Byron: a dividend" in only(tree, "explanation").words


def test_a_corrected_execution_is_shown_and_not_counted(day: tuple[Journal, Path, str]) -> None:
    """x3 corrects x1: 30 + 30 shares are filled, not 90."""
    journal, folder, _ = day
    tree = trace(journal, folder, "o/AAPL")
    assert only(tree, "order").facts["filled_shares"] == "60"
    first, _, third = (node for node in tree.walk() if node.kind == "execution")
    assert "does not count: corrected by x3" in first.words
    assert "corrects x1" in third.words


def test_of_two_corrections_of_one_execution_the_newer_counts_as_in_the_ledger(day: tuple[Journal, Path, str]) -> None:
    journal, folder, _ = day
    journal.orders.record_fills("SIM", CYCLE.cycle_id, [replace(fill("x4", "AAPL", "x1"), shares=Decimal(20))])
    tree = trace(journal, folder, "o/AAPL")
    assert only(tree, "order").facts["filled_shares"] == "50"
    shown = {node.name: node.facts["corrected_by"] for node in tree.walk() if node.kind == "execution"}
    assert shown == {"x1": "x4", "x2": None, "x3": "x4", "x4": None}


def test_from_the_prices_forward_to_the_reports(day: tuple[Journal, Path, str]) -> None:
    journal, folder, snapshot = day
    for asked in (snapshot, snapshot[:8]):
        tree = trace(journal, folder, asked)
        assert (tree.kind, tree.facts["file"]) == ("snapshot", State.SAME)
        assert names(tree, "session") == [CYCLE.cycle_id]
        assert names(tree, "plan") == [PLAN]
        assert len(names(tree, "report")) == 1


def test_a_changed_snapshot_and_a_missing_one_are_told(day: tuple[Journal, Path, str]) -> None:
    journal, folder, snapshot = day
    file = folder / f"{snapshot}.parquet"
    file.chmod(0o644)
    file.write_bytes(b"something else")
    assert "cannot be read" in str(only(trace(journal, folder, "o/AAPL"), "snapshot").facts["file"])
    file.unlink()
    assert "is missing" in str(trace(journal, folder, snapshot).facts["file"])


def test_what_became_of_a_reports_file_is_told(day: tuple[Journal, Path, str]) -> None:
    """Not what was recorded; then as recorded, which makes the first one an earlier one; then gone."""
    journal, folder, _ = day
    path = folder.parent / "report.html"
    path.write_text("<p>another day</p>")
    assert "changed since" in only(trace(journal, folder, CYCLE.cycle_id), "report").words
    right = sha256(path.read_bytes()).hexdigest()
    journal.books.record_report(ReportRow(CYCLE.cycle_id, str(path), right, {}, NOON))
    newest, first = (node for node in trace(journal, folder, CYCLE.cycle_id).walk() if node.kind == "report")
    assert newest.facts["file"] == State.SAME
    assert "a later report" in first.words
    path.unlink()
    assert "is gone" in only(trace(journal, folder, right), "report").words


def test_a_name_that_is_nothing_or_too_much_is_refused_with_a_remedy(day: tuple[Journal, Path, str]) -> None:
    journal, folder, _ = day
    with pytest.raises(ConfigError, match="nothing on record is called XYZ"):
        trace(journal, folder, "XYZ")
    journal.books.record_report(ReportRow(CYCLE.cycle_id, "r", PLAN[:10] + "f" * 54, {}, NOON))
    with pytest.raises(ConfigError, match=r"more than one thing: plan .*, report .*; give more"):
        trace(journal, folder, PLAN[:10])
    assert names(trace(journal, folder, PLAN[:11]), "plan") == [PLAN]


def test_a_tree_says_the_same_as_plain_values(day: tuple[Journal, Path, str]) -> None:
    journal, folder, _ = day
    plain = trace(journal, folder, "x2").as_plain()
    assert plain["kind"] == "session"
    [order] = [child for child in plain["children"] if child["kind"] == "order"]
    [execution] = [node for node in order["children"][0]["children"] if node["kind"] == "execution"]
    assert execution["facts"] == {
        "shares": "30",
        "price": "130.05",
        "fee": "0.35",
        "at": "2022-12-28T17:00:00+00:00",
        "corrected_by": None,
    }
