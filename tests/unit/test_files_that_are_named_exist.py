"""A file or a name that the docs or a docstring send a reader to is there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("flows", "tasks", "optimizer", "sql", "tests")
NAMED = re.compile(r"`([\w/]+\.py)\b[^`]*`")
IN_CODE = re.compile(r"`([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?:\(\))?`")
"""A function, a class, a setting, a column: one word, or words with dots between them."""
WORD = re.compile(r"\w+")
FILES = frozenset("/" + str(file.relative_to(ROOT)) for room in ROOMS for file in (ROOT / room).rglob("*.py"))


def documents() -> Iterator[Path]:
    yield from (ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md"))


def words_of_the_code() -> frozenset[str]:
    """Every word of every program and query, and the names of their files."""
    files = [file for room in ROOMS for end in ("py", "sql") for file in (ROOT / room).rglob(f"*.{end}")]
    return frozenset(word for file in files for word in (file.stem, *WORD.findall(file.read_text(encoding="utf-8"))))


def unknown(text: str, known: frozenset[str]) -> list[str]:
    """Names in code of which a part stands nowhere in the code."""
    return [name for name in IN_CODE.findall(text) if not known.issuperset(name.split("."))]


def texts() -> Iterator[Path]:
    yield ROOT / "README.md"
    yield from (ROOT / "docs").glob("*.md")
    for room in ROOMS[:-1]:
        yield from (ROOT / room).rglob("*.py")


def lost(text: str) -> list[str]:
    """Names of files that no file ends with."""
    return [name for name in NAMED.findall(text) if not any(file.endswith(f"/{name}") for file in FILES)]


def test_every_file_that_is_named_is_there() -> None:
    found = {
        str(file.relative_to(ROOT)): names for file in texts() if (names := lost(file.read_text(encoding="utf-8")))
    }
    assert not found


@pytest.mark.parametrize(
    ("text", "names"),
    [("see `execution/wave.py`", []), ("see `execution/working.py`", ["execution/working.py"]), ("wave.py", [])],
)
def test_a_name_without_its_file_is_noticed(text: str, names: list[str]) -> None:
    assert lost(text) == names


def test_every_name_in_the_documents_stands_in_the_code() -> None:
    """A function that was renamed is looked for in vain by whoever has read of it."""
    known = words_of_the_code()
    found = {file.name: names for file in documents() if (names := unknown(file.read_text(encoding="utf-8"), known))}
    assert not found


def test_a_name_that_stands_nowhere_is_noticed() -> None:
    known = frozenset({"execution", "waves"})
    assert unknown("`execution.waves` and `execution.turns`, `waves()`, `turn`", known) == ["execution.turns", "turn"]
