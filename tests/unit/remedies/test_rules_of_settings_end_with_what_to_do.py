"""A section of a book that refuses what is written in it says what to write instead, in the same sentence."""

import ast
from collections.abc import Iterator

import pytest
from sentences import ROOT, read

FILES = [*(ROOT / "tasks/book").glob("*.py"), ROOT / "tasks/brokers/simulated/faults/plan.py"]


def refusals() -> Iterator[tuple[str, str]]:
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ValueError":
                yield f"{file.relative_to(ROOT)}:{node.lineno}", read(node.args[0]) or ""


REFUSALS = list(refusals())


@pytest.mark.parametrize(("where", "text"), REFUSALS, ids=[where for where, _ in REFUSALS])
def test_a_rule_of_the_settings_ends_with_what_to_do(where: str, text: str) -> None:
    """Parted by a semicolon; without one a person would be told to change something, and not what."""
    assert "; " in text, f"{where}: {text}"


def test_the_rules_are_found() -> None:
    assert len(REFUSALS) > 15
