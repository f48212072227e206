"""What is a broker's own stands in its folder and its registration; nobody else asks for its name."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from flows.cli import brokers as commands
from tasks.book.broker import SEVERAL, BrokerName, OneBroker
from tasks.book.data import DataSettings
from tasks.brokers.registry import BROKERS

ROOT = Path(__file__).parents[3]
NAMES = {*get_args(BrokerName), SEVERAL}
MODEL = {"tasks/book/broker.py", "tasks/book/data.py"}
"""The book's own model lists what a person may write."""
OTHERS = {"tasks/model/capabilities.py"}
"""An environment is `simulated`, `paper` or `live`, whichever broker it is of."""


def docstrings(tree: ast.AST) -> set[ast.AST]:
    return {
        node.value for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def test_a_broker_s_name_stands_in_its_own_folder_and_in_the_book_s_model_alone() -> None:
    named = set()
    for path in sorted(path for room in ("flows", "tasks", "optimizer", "sql") for path in (ROOT / room).rglob("*.py")):
        file = path.relative_to(ROOT)
        own = file.parts[2] if file.parts[:2] == ("tasks", "brokers") and len(file.parts) > 3 else ""
        if own in {*NAMES, "multi", "sandbox"}:
            continue
        tree = ast.parse(path.read_text())
        said = docstrings(tree)
        if any(isinstance(n, ast.Constant) and n.value in NAMES and n not in said for n in ast.walk(tree)):
            named.add(file.as_posix())
    assert named - MODEL - OTHERS == set(), "ask the broker's registration instead"


def test_every_name_that_a_book_may_write_is_registered_with_a_section_of_its_own() -> None:
    assert tuple(BROKERS) == get_args(BrokerName)
    assert BROKERS.keys() <= OneBroker.model_fields.keys()
    priced = {name for name, broker in BROKERS.items() if broker.prices}
    assert priced <= set(get_args(DataSettings.model_fields["source"].annotation))
    assert priced <= DataSettings.model_fields.keys()


@pytest.mark.parametrize("command", [commands.doctor, commands.validate, commands.venue])
def test_the_help_of_a_command_names_every_broker_that_it_takes(command: object) -> None:
    takes = [name for name, broker in BROKERS.items() if command is not commands.venue or broker.sandbox]
    said = repr(command.__annotations__["broker"].__metadata__[0].help)  # type: ignore[attr-defined]
    assert all(name in said for name in takes)


def test_a_broker_s_client_library_is_loaded_only_where_it_is_opened() -> None:
    heavy = ("alpaca", "ib_async", "ib_insync", "pandas", "prefect")
    program = f"import sys, tasks.brokers.registry; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
