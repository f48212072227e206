"""A file that the docs or a docstring send a reader to is there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("flows", "tasks", "optimizer", "sql", "tests")
NAMED = re.compile(r"`([\w/]+\.py)\b[^`]*`")
FILES = frozenset("/" + str(file.relative_to(ROOT)) for room in ROOMS for file in (ROOT / room).rglob("*.py"))


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
