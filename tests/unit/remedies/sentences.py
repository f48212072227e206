"""Every text of the program that a person may read, with `□` where a value goes in; and every page that is shipped."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[3]
ROOMS = ("flows", "tasks", "optimizer", "sql")
VALUE = "□"
PAGES = ("README.md", "prefect.yaml", "docs/*.md", "books/*.yaml")


@dataclass(frozen=True, slots=True)
class Sentence:
    where: str
    """File and line."""
    text: str
    values: tuple[str, ...] = ()
    """The expression in the place of each `□`."""


@cache
def sentences() -> tuple[Sentence, ...]:
    """The texts in the source that are no docstrings: messages, labels, help, findings, lines of a panel."""
    return tuple(found for file in _sources() for found in _texts(file))


@cache
def pages() -> tuple[Sentence, ...]:
    """The lines of the README, of the documents, of the example books and of the deployments."""
    files = [file for pattern in PAGES for file in sorted(ROOT.glob(pattern))]
    return tuple(
        Sentence(f"{file.relative_to(ROOT)}:{number}", line)
        for file in files
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
    )


@cache
def source() -> str:
    return "\n".join(file.read_text(encoding="utf-8") for file in _sources())


def _sources() -> list[Path]:
    found = sorted(file for room in ROOMS for file in (ROOT / room).rglob("*.py"))
    return [file for file in found if "migrations" not in file.parts]


def _texts(file: Path) -> Iterator[Sentence]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    passed = _docstrings(tree)
    for node in ast.walk(tree):  # from the outside in: a text that was read whole is not read again in its parts
        if id(node) in passed:
            continue
        text = read(node)
        if text is not None:
            passed.update(
                id(part) for part in ast.walk(node) if isinstance(part, ast.Constant) and _is_part(node, part)
            )
            yield Sentence(f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}", text, _values(node))


def _docstrings(tree: ast.AST) -> set[int]:
    """Of modules, classes, functions and attributes: what only a reader of the source sees."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def read(node: ast.AST) -> str | None:
    """A text with `□` for each value; None for anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else VALUE for part in node.values)
    return None


def _values(node: ast.AST) -> tuple[str, ...]:
    parts = node.values if isinstance(node, ast.JoinedStr) else []
    return tuple(ast.unparse(part.value) for part in parts if isinstance(part, ast.FormattedValue))


def _is_part(node: ast.AST, part: ast.Constant) -> bool:
    return isinstance(node, ast.JoinedStr) and part in node.values
