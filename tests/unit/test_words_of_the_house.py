"""What a function does is named in the trade's words; what makes the operator's sentence is a summary."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VAGUE = frozenset({"told", "tell", "tells", "telling"})
"""They say neither whether a sentence is made, a row is written nor a broker is asked."""


LOOKED_FOR = (
    *("pov cap", "wash trade", "retry", "cash reserve", "halt before send", "new broker", "client order id", "submit"),
    *("rate limit", "reconnect", "fault injection", "trade updates", "unknown orders", "recovery", "split"),
    *("corporate action", "drift band", "slippage", "implementation shortfall", "drawdown breaker", "settlement"),
    *("lease", "partial fill", "opening auction"),
)
"""What somebody who knows the trade and not this house searches its files for."""


def definitions(source: str) -> Iterator[str]:
    """Every function and class that a text defines."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name


def vague(source: str) -> list[str]:
    """Names that say no more than that something is told; a rule named as a sentence may use the word."""
    names = [name for name in definitions(source) if not name.startswith(("a_", "an_"))]
    return [name for name in names if VAGUE & set(name.lower().split("_"))]


def test_no_function_of_the_program_merely_tells():
    files = [file for room in ("flows", "tasks", "optimizer", "sql") for file in (ROOT / room).rglob("*.py")]
    found = {str(file.relative_to(ROOT)): names for file in files if (names := vague(file.read_text()))}
    assert not found, "a sentence is made by `summary_of`; what is sent, read, printed or recorded says so"


@pytest.mark.parametrize("name", ["told", "_told", "_tell", "order_told", "told_by_part"])
def test_a_name_that_merely_tells_is_noticed(name):
    assert vague(f"def {name}(): ...") == [name]


def test_a_summary_and_a_rule_named_as_a_sentence_are_no_such_names():
    assert vague("def summary_of(): ...\ndef a_symbol_is_not_told_two_things(): ...") == []


def labels() -> Iterator[str]:
    """Of every module of the program: its path, and the line that says what it is."""
    for room in ("flows", "tasks", "optimizer", "sql"):
        for file in (ROOT / room).rglob("*.py"):
            said = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
            yield f"{file.relative_to(ROOT)} {said.partition(chr(10))[0]}".lower()


def test_a_stranger_finds_the_words_of_the_trade_among_the_files():
    found = list(labels())
    missing = [
        words for words in LOOKED_FOR if not any(all(w.rstrip("s") in one for w in words.split()) for one in found)
    ]
    assert missing == []
