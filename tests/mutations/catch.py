"""Runs the test that guards a rule against a program in which the rule is broken, and says what fell."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.mutations.fork import in_a_fork
from tests.mutations.source import ROOT, install


@dataclass(frozen=True, slots=True)
class RuleMutation:
    """One dangerous rule, broken on purpose."""

    name: str
    """What is wrong now, as a sentence."""
    module: str
    changes: tuple[tuple[str, str], ...]
    test: str
    """`tests/.../test_file.py::test_name`: what must fall, and by its name says which rule is broken."""


class _Falls:
    """Collects the tests that failed, by name."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.names.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            raise RuntimeError(f"{report.nodeid} could not be collected: {report.longreprtext}")


def falls(mutation: RuleMutation, folder: Path) -> list[str]:
    """Names of the tests that fall over this mistake, of the one that should. Raises: RuntimeError as `in_a_fork`."""
    return in_a_fork(lambda: _falls(mutation, folder), mutation.name)


def _falls(mutation: RuleMutation, folder: Path) -> list[str]:
    install(mutation)
    os.chdir(ROOT)
    seen = _Falls()
    arguments = [
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-q",
        "-x",
        "-k",
        "not postgresql",
        "--hypothesis-profile=guard",
        "--basetemp",
        str(folder),
        mutation.test,
    ]
    with open(folder.parent / f"{folder.name}.log", "w") as log, contextlib.redirect_stdout(log):
        ended = pytest.main(arguments, plugins=[seen])
    if ended not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise RuntimeError(f"{mutation.test}: pytest ended with {ended!r}; does the test exist?")
    return seen.names
