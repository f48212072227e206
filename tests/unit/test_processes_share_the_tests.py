"""A file stays with one test process, unless it deals its cases into parts."""

import pytest

from tests.parts import in_parts, share_of


@pytest.mark.parametrize(
    ("nodeid", "share"),
    [
        ("tests/a/test_b.py::test_c", "tests/a/test_b.py"),
        ("tests/a/test_b.py::test_c[the part 1 that is left]", "tests/a/test_b.py"),
        ("tests/a/test_b.py::test_c[part 2 twap]", "tests/a/test_b.py[part 2"),
    ],
)
def test_a_file_or_one_of_its_parts_is_what_one_process_takes(nodeid: str, share: str) -> None:
    assert share_of(nodeid) == share


def test_every_case_is_in_exactly_one_part() -> None:
    cases = in_parts(3, range(7))
    assert sorted(case.values[0] for case in cases) == list(range(7))
    assert [case.id for case in cases] == [
        "part 1 0",
        "part 1 3",
        "part 1 6",
        "part 2 1",
        "part 2 4",
        "part 3 2",
        "part 3 5",
    ]
