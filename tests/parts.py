"""How test processes share the tests: one takes a whole file, or one of the parts that a file deals its cases into."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

PART = re.compile(r"\[part \d+")


def in_parts(count: int, values: Sequence[Any], name: Callable[[Any], str] = str) -> list[Any]:
    """Cases for `parametrize`, dealt into so many parts of about the same length."""
    return [
        pytest.param(value, id=f"part {part + 1} {name(value)}")
        for part in range(count)
        for value in values[part::count]
    ]


def share_of(nodeid: str) -> str:
    """What one process takes together with this test."""
    file, _, test = nodeid.partition("::")
    part = PART.search(test)
    return file + part.group() if part else file


class FilesAndParts(LoadFileScheduling):
    """Files and parts in the order of collection."""

    def _split_scope(self, nodeid: str) -> str:
        return share_of(nodeid)
