"""Every command tells what it does, what each of its words means, and how it is called."""

import re

import pytest
import typer
from typer.testing import CliRunner

from flows.cli.main import app

COMMAND = typer.main.get_command(app)


def _names() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name, command in COMMAND.commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        found += [(name, below) for below in inner] if inner else [(name,)]
    return found


def _command(words: tuple[str, ...]):
    found = COMMAND
    for word in words:
        found = found.commands[word]  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize("words", _names(), ids=" ".join)
def test_a_command_is_documented(words: tuple[str, ...]) -> None:
    """A sentence, an example that names it, and help for each option and argument."""
    command = _command(words)
    assert command.help
    assert re.search(rf"^Example: steelyard {' '.join(words)}\b", command.epilog or ""), command.epilog
    for parameter in command.params:
        assert getattr(parameter, "help", None), f"{' '.join(words)}: {parameter.name}"


def test_help_names_every_command() -> None:
    shown = CliRunner().invoke(app, ["--help"]).output
    assert [name for (name, *_) in _names() if name not in shown] == []


def test_the_commands_are_those_an_operator_knows() -> None:
    """One that goes missing while files are moved about is noticed."""
    known = """run plan liquidate drill status orders report sessions halts breaks unknown approve refuse explain
        resolve halt resume doctor validate venue init ui"""
    assert {words[0] for words in _names()} >= {*known.split(), "audit"}
