"""Keeps docs/guarantees.md honest: no promise without a test, and no test that is not there."""

import ast
import re
from functools import lru_cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
DOCUMENT = PROJECT / "docs" / "guarantees.md"
TEST_NAME = re.compile(r"\btest_\w+")
FILE_NAME = re.compile(r"`((?:tasks|flows|sql|optimizer|tests)/[\w/]+\.py)`")
FAILURES = 25


@lru_cache(maxsize=1)
def known_tests() -> frozenset[str]:
    """Every test function of the repository, by reading the files."""
    found: set[str] = set()
    for path in (PROJECT / "tests").rglob("test_*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name.startswith("test_")}
    return frozenset(found)


def tables(text: str) -> list[tuple[list[str], list[list[str]]]]:
    """(header, rows) of every table, a cell a text."""
    found: list[tuple[list[str], list[list[str]]]] = []
    for block in re.findall(r"(?:^\|.*\|\n)+", text, flags=re.MULTILINE):
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()]
        found.append((rows[0], rows[2:]))
    return found


def promises(text: str) -> list[list[str]]:
    """Rows of every table that has a column of tests."""
    return [row for header, rows in tables(text) if any("test" in head for head in header) for row in rows]


def test_every_test_that_the_guarantees_name_exists() -> None:
    """Also those named in running text."""
    named = set(TEST_NAME.findall(DOCUMENT.read_text(encoding="utf-8")))
    assert len(named) > 60
    assert sorted(named - known_tests()) == []


def test_every_row_of_the_guarantees_names_a_test() -> None:
    """A guarantee, and a failure of others, counts only with the test that shows it."""
    rows = promises(DOCUMENT.read_text(encoding="utf-8"))
    assert len(rows) > FAILURES
    assert [row[0] for row in rows if not TEST_NAME.search(row[-1])] == []


def test_every_section_of_the_guarantees_names_a_test() -> None:
    """Running text promises too: each chapter proves at least one thing it says."""
    _, *sections = re.split(r"^## ", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)
    without = [section.splitlines()[0] for section in sections if not TEST_NAME.search(section)]
    assert without == ["What is not there yet"]


def test_every_file_that_the_guarantees_name_exists() -> None:
    """A mechanism is where the document says it is."""
    named = set(FILE_NAME.findall(DOCUMENT.read_text(encoding="utf-8")))
    assert len(named) > 15
    assert [name for name in sorted(named) if not (PROJECT / name).exists()] == []


def test_all_twenty_five_failures_of_others_are_in_the_guarantees() -> None:
    """Each one once, by its number, with its source and with a test of tests/failures."""
    rows = [row for row in promises(DOCUMENT.read_text(encoding="utf-8")) if row[0].isdigit()]
    here = "\n".join(path.read_text(encoding="utf-8") for path in (PROJECT / "tests" / "failures").glob("test_*.py"))
    assert [int(row[0]) for row in rows] == list(range(1, FAILURES + 1))
    for row in rows:
        assert any(f"def {name}(" in here for name in TEST_NAME.findall(row[-1])), row


@pytest.mark.parametrize("lie", ["test_that_nobody_wrote", "test_an_unkept_promise"])
def test_a_promise_without_its_test_is_noticed(lie: str) -> None:
    """These checks can fail."""
    assert lie not in known_tests()
    assert promises(f"| guarantee | test |\n|---|---|\n| all is well | `{lie}` |\n") == [["all is well", f"`{lie}`"]]
