"""A file or a name that the docs or a docstring send a reader to is there."""

import ast
import builtins
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest

from tasks.book.model import Book

ROOT = Path(__file__).parents[2]
ROOMS = ("flows", "tasks", "optimizer", "sql", "tests")
NAMED = re.compile(r"`([\w/]+\.py)\b[^`]*`")
IN_CODE = re.compile(r"`([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?:\(\))?`")
"""A function, a class, a setting, a column: one word, or words with dots between them."""
WORD = re.compile(r"\w+")
FILES = frozenset("/" + str(file.relative_to(ROOT)) for room in ROOMS for file in (ROOT / room).rglob("*.py"))
NOT_OURS = frozenset({*dir(builtins), *dir(str), "brk_b"})
"""Python's own, and a spelling of a share that no program writes."""
EVENTS = "steelyard."
"""What Prefect's automations listen to is named like a module and is none."""


@cache
def program() -> dict[str, ast.Module]:
    """Every program, by its path from the root; read once."""
    return {file: ast.parse((ROOT / file[1:]).read_text(encoding="utf-8")) for file in FILES}


def documents() -> Iterator[tuple[str, str]]:
    for file in (ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")):
        yield file.name, file.read_text(encoding="utf-8")


def docstrings() -> Iterator[tuple[str, str]]:
    """Of the program without its tests, and what stands below an attribute; by file and line."""
    for file, tree in program().items():
        if not file.startswith("/tests/"):
            yield from ((f"{file}:{text.lineno}", str(text.value)) for text in told(tree))


def told(tree: ast.AST) -> list[ast.Constant]:
    """Texts that stand by themselves: they are for a reader."""
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    ]


def words(tree: ast.AST) -> Iterator[str]:
    """Names of a program and the words in its texts, but for what it tells its reader: that would prove itself."""
    docstring = {id(text) for text in told(tree)}
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.keyword(arg=str(name)):
                yield name
            case ast.alias(name=name, asname=other):
                yield from (*name.split("."), other or name)
            case ast.ImportFrom(module=str(name)):
                yield from name.split(".")
            case ast.Constant(value=str(text)) if id(node) not in docstring:
                yield from WORD.findall(text)
            case _:
                pass


@cache
def known() -> frozenset[str]:
    """Every word of the programs, queries, templates and settings, and the names of files and folders."""
    others = [file for end in ("sql", "j2") for room in ROOMS for file in (ROOT / room).rglob(f"*.{end}")]
    others += [ROOT / name for name in ("pyproject.toml", ".importlinter", "Makefile", "prefect.yaml")]
    return frozenset(
        [
            *NOT_OURS,
            *(word for tree in program().values() for word in words(tree)),
            *(word for file in FILES for word in file.removesuffix(".py").split("/")),
            *(word for file in others for word in (file.stem, *WORD.findall(file.read_text(encoding="utf-8")))),
        ]
    )


def unknown(text: str, words_of_code: frozenset[str]) -> list[str]:
    """Names in code of which a part stands nowhere in the code."""
    return [name for name in IN_CODE.findall(text) if not words_of_code.issuperset(name.split("."))]


@cache
def defined(file: str) -> frozenset[str]:
    """What a reader finds in a module, methods and fields among it."""
    return frozenset(words(program()[file]))


def moved(text: str) -> list[str]:
    """Names `room.module.function` of which no module of that name in that room has the function."""
    return [
        name
        for name in IN_CODE.findall(text)
        if name.count(".") >= 2
        and not name.startswith(EVENTS)
        and not _is_in_its_module(name.split("."))
        and not _is_setting(name.split("."))
    ]


def _is_in_its_module(parts: list[str]) -> bool:
    """Also a module itself, or what is deeper in it than one dot."""
    if any(file.endswith(f"/{'/'.join(parts)}.py") for file in FILES):
        return True
    paths = {f"/{'/'.join(parts[:number])}.py": parts[number] for number in range(2, len(parts))}
    return any(name in defined(file) for path, name in paths.items() for file in FILES if file.endswith(path))


def _is_setting(parts: list[str]) -> bool:
    """Of the book file: a field of a section of a section."""
    model: Any = Book
    for part in parts:
        if part not in getattr(model, "model_fields", {}):
            return False
        kind = model.model_fields[part].annotation
        model = next((one for one in (kind, *get_args(kind)) if hasattr(one, "model_fields")), None)
    return True


def lost(text: str) -> list[str]:
    """Names of files that no file ends with."""
    return [name for name in NAMED.findall(text) if not any(file.endswith(f"/{name}") for file in FILES)]


def test_every_file_that_is_named_is_there() -> None:
    found = {where: names for where, text in (*documents(), *docstrings()) if (names := lost(text))}
    found.pop("CHANGELOG.md", None)  # what was there once is told of what has changed
    assert not found


@pytest.mark.parametrize(
    ("text", "names"),
    [("see `execution/wave.py`", []), ("see `execution/working.py`", ["execution/working.py"]), ("wave.py", [])],
)
def test_a_name_without_its_file_is_noticed(text: str, names: list[str]) -> None:
    assert lost(text) == names


def test_every_name_in_the_documents_and_docstrings_stands_in_the_code() -> None:
    """A function that was renamed is looked for in vain by whoever has read of it."""
    found = {where: names for where, text in (*documents(), *docstrings()) if (names := unknown(text, known()))}
    assert not found


def test_a_name_that_stands_nowhere_is_noticed() -> None:
    words_of_code = frozenset({"execution", "waves"})
    told_of = "`execution.waves` and `execution.turns`, `waves()`, `turn`"
    assert unknown(told_of, words_of_code) == ["execution.turns", "turn"]


def test_every_function_that_is_named_with_its_module_is_in_it() -> None:
    found = {where: names for where, text in (*documents(), *docstrings()) if (names := moved(text))}
    assert not found


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("`broker.simulated.faults`", []),
        ("`tasks.brokers.guard.SendPermission`, `brokers.guard.GuardedBroker.submit`, `tasks.brokers.guard`", []),
        ("`tasks.brokers.guard.Permission`", ["tasks.brokers.guard.Permission"]),
        ("`execution.kinds.auctions_not_taken`", ["execution.kinds.auctions_not_taken"]),
        ("`steelyard.order.rejected` and `limits.max_weight_pct`", []),
    ],
)
def test_a_function_that_has_left_its_module_is_noticed(text: str, names: list[str]) -> None:
    assert moved(text) == names


def test_a_docstring_does_not_prove_the_name_that_it_tells() -> None:
    assert set(words(ast.parse('def turn(at):\n    """See `whirl`."""\n    return at.hour'))) == {"turn", "at", "hour"}
