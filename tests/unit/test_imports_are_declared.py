"""What the program imports, it asks for by name: nothing rests on what another package happens to bring."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
OWN = ("flows", "tasks", "optimizer", "sql")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
BY_NAME = {
    "fastapi": "only a range for Prefect's server",
    "psycopg": "SQLAlchemy's driver, named in the address of a database",
    "clarabel": "a solver that cvxpy is asked for by its name",
    "piqp": "another",
}
"""What is asked for and imported by others, and why."""


def normal(name: str) -> str:
    """A distribution's name without range and extras, as the index compares names."""
    bare = re.match(r"[A-Za-z0-9._-]+", name)
    assert bare, name
    return re.sub(r"[-_.]+", "-", bare[0]).lower()


ALWAYS = {normal(one) for one in PROJECT["dependencies"]}
EXTRAS = {
    extra: {normal(one) for one in names} for extra, names in PROJECT["optional-dependencies"].items() if extra != "dev"
}
DISTRIBUTIONS = {module: {normal(one) for one in names} for module, names in packages_distributions().items()}


@cache
def imports() -> tuple[tuple[Path, str], ...]:
    """Every file of the program with each package that it imports from outside, at whatever depth of the file."""
    return tuple(_imports())


def _imports() -> Iterator[tuple[Path, str]]:
    for path in sorted(path for room in OWN for path in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            for top in {name.partition(".")[0] for name in names} - sys.stdlib_module_names - set(OWN):
                yield path.relative_to(ROOT), top


def where_asked_for(top: str) -> set[str]:
    """`` for what is always installed, else the optional parts that bring the package."""
    brought = DISTRIBUTIONS.get(top, set())
    return ({""} if brought & ALWAYS else set()) | {extra for extra, names in EXTRAS.items() if brought & names}


def test_every_package_that_is_imported_is_asked_for_and_an_optional_one_only_by_its_own_broker():
    undeclared, astray = [], []
    for path, top in imports():
        asked = where_asked_for(top)
        if not asked:
            undeclared.append(f"{path}: {top}")
        elif "" not in asked and not any(path.is_relative_to(f"tasks/brokers/{extra}") for extra in asked):
            astray.append(f"{path}: {top}")
    assert not undeclared, "name these in pyproject.toml"
    assert not astray, "import these in the folder of their broker only"


def test_every_package_that_is_asked_for_is_imported_or_has_another_reason():
    used = {distribution for _, top in imports() for distribution in DISTRIBUTIONS.get(top, set())}
    assert ALWAYS - used == BY_NAME.keys(), "take these out of pyproject.toml, or say here who imports them"


def test_every_package_that_is_asked_for_is_pinned():
    pinned = {normal(line) for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line}
    assert ALWAYS | EXTRAS["alpaca"] | EXTRAS["ibkr"] <= pinned
