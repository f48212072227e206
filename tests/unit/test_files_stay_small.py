"""A file has one purpose and fits in the head: no file of the program is longer than 300 lines."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST_LINES = 300
FROZEN = frozenset({"sql/migrations/versions/0001_the_first_tables.py"})
"""A migration that has run somewhere is never edited, so it is never split either."""


def too_long(folder: Path) -> dict[str, int]:
    """Lines of each program file below a folder that has more than MOST_LINES."""
    lines = {file.relative_to(folder).as_posix(): len(file.read_text().splitlines()) for file in folder.rglob("*.py")}
    return {file: count for file, count in lines.items() if count > MOST_LINES}


@pytest.mark.parametrize("room", ["flows", "tasks", "optimizer", "sql"])
def test_no_file_of_the_program_is_longer_than_300_lines(room):
    found = {f"{room}/{file}": count for file, count in too_long(ROOT / room).items()}
    assert found.keys() <= FROZEN, "split it where its purposes part"


def test_every_file_that_may_be_longer_is_still_there_and_longer():
    assert all(len((ROOT / file).read_text().splitlines()) > MOST_LINES for file in FROZEN)


def test_one_line_too_many_is_noticed(tmp_path):
    (tmp_path / "long.py").write_text("x = 1\n" * (MOST_LINES + 1))
    (tmp_path / "short.py").write_text("x = 1\n" * MOST_LINES)
    assert too_long(tmp_path) == {"long.py": MOST_LINES + 1}
