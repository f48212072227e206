"""A command that is named anywhere can be typed as it stands: the program's own parser takes its words and options."""

import inspect
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import typer
from sentences import VALUE, Sentence, pages, sentences
from typer.exceptions import TyperException

from flows.cli.main import app
from tasks.model.cycle import Cycle
from tasks.model.typed_commands import (
    halts_book,
    lists_plan,
    plans_session,
    reruns_session,
    resumes_session,
    works_session,
)
from tests.sql.one_of_each import CYCLE

PROGRAM: Any = typer.main.get_command(app)
NAMED = re.compile(r"\bsteelyard (?=[a-z])")
QUOTED = re.compile(r"`steelyard ([^`]*)`")
WORD = re.compile(r"""\s*("[^"]*"|'[^']*'|[^\s,;`()\[\]"']+)""")
PRINTED_BY = re.compile(r"^ prints?\b")
"""Says what a command shows; nobody is told to type it."""
VALUES = re.compile(rf"[{VALUE}/A-Z]|^(alpaca|ibkr|simulated|demo)\b")
"""Words of a command that are no prose: filled in by the program, paths, names in capitals, and our examples."""
SPACED = "/my books/core one.yaml"
"""A path as people have them, put wherever the program says that it prints one as a word of a shell."""
SHELLS_OWN = re.compile(r"[|&;<>*?$]")
FILLED = {"KEY": "core-1", "BREAK": "core-1", "BOOK": "core", "DAY": "2022-12-28"}


def commands_of(sentence: Sentence) -> Iterator[list[str]]:
    """The words after `steelyard` of every command that a sentence tells a person to type."""
    text = _with_paths(sentence).replace("\n", " ")
    for found in NAMED.finditer(text):
        quoted = QUOTED.match(text, found.start() - 1) if found.start() else None
        if quoted and not PRINTED_BY.match(text[quoted.end() :]):
            yield [_filled(word) for word in shlex.split(quoted[1])]
        elif not quoted:
            yield [_filled(word) for word in _words_until_prose(text[found.end() :])]


def _with_paths(sentence: Sentence) -> str:
    """The text with a quoted path in the place of each value that `shell_word` makes."""
    first, *others = sentence.text.split(VALUE) if sentence.values else [sentence.text]
    pairs = zip(sentence.values, others, strict=True)
    path = shlex.quote(SPACED)
    return first + "".join((path if value.startswith("shell_word(") else VALUE) + text for value, text in pairs)


def _words_until_prose(text: str) -> Iterator[str]:
    """The verbs, then options with their values, names in capitals, paths and values that the program fills in."""
    at, verbs, value_follows = 0, True, False
    while found := WORD.match(text, at):
        word = found[1]
        at = found.end()
        ends = word[-1] in ".:"
        word = word.rstrip(".:") if word[0] not in "\"'" else word
        if value_follows:
            value_follows = False
        elif word.startswith("--"):
            value_follows = _takes_a_value(word)
        elif not (verbs and word in _VERBS) and not VALUES.search(word):
            return
        verbs = verbs and word in _VERBS
        yield word.strip("\"'")
        if ends:
            return


def _filled(word: str) -> str:
    """A word as a person would type it."""
    if word in FILLED:
        return FILLED[word]
    if VALUE in word:
        return "2022-12-28"  # a date, a name of a book and of a file
    return word


def _all_commands(found: Any = PROGRAM) -> Iterator[tuple[str, Any]]:
    for name, command in getattr(found, "commands", {}).items():
        yield name, command
        yield from _all_commands(command)


_VERBS = {name for name, _ in _all_commands()}
_OPTIONS = {
    name: parameter
    for _, command in [("", PROGRAM), *_all_commands()]
    for parameter in command.params
    for name in parameter.opts
}


def _takes_a_value(option: str) -> bool:
    return option in _OPTIONS and not getattr(_OPTIONS[option], "is_flag", False)


def parsed(words: list[str]) -> dict[str, Any]:
    """The paths that the program takes from these words, by parameter; nothing is run.

    Raises: TyperException where the program would call this wrong use.
    """
    command, name = PROGRAM, "steelyard"
    context = None
    while hasattr(command, "commands"):
        context = command.make_context(name, list(words), parent=context, resilient_parsing=False)
        rest = [*context._protected_args, *context.args]
        name, command, words = command.resolve_command(context, rest)
        assert command is not None
    taken = command.make_context(name, list(words), parent=context).params
    return {name: str(taken[name]) for name, type_ in _types(command).items() if Path in (type_, *get_args(type_))}


def _types(command: Any) -> dict[str, Any]:
    """Of a command's parameters, as its function declares them."""
    declared = get_type_hints(inspect.unwrap(command.callback))
    return {parameter.name: declared[parameter.name] for parameter in command.params if parameter.name in declared}


MENTIONS = [(each.where, words) for each in sentences() for words in commands_of(each) if words]
MENTIONS += [(each.where, words) for each in pages() for words in commands_of(each) if len(words) > 1]
"""A page may speak of a command by its name alone; a message that tells what to do has all of it."""


@pytest.mark.parametrize(("where", "words"), MENTIONS, ids=[f"{where} {' '.join(words)}" for where, words in MENTIONS])
def test_a_command_that_is_named_can_be_typed_as_it_stands(where: str, words: list[str]) -> None:
    """A shell must not take any of it for its own: `dead|alive` would end the command at `dead`."""
    assert not SHELLS_OWN.search("".join(words)), f"{where} names `steelyard {' '.join(words)}`"
    try:
        paths = parsed(words)
    except TyperException as wrong:
        pytest.fail(f"{where} names `steelyard {' '.join(words)}`: {wrong}")
    bare = [name for name, path in paths.items() if path == _filled(VALUE)]
    assert not bare, f"{where} prints a path ({', '.join(bare)}) that ends at its first space: write shell_word(...)"


@pytest.mark.parametrize("kind", ["rebalance", "liquidation"])
@pytest.mark.parametrize("command", [works_session, plans_session, lists_plan])
def test_the_commands_of_a_session_take_its_book_file_whatever_it_is_called(
    command: Callable[[Cycle], str], kind: str
) -> None:
    cycle = replace(CYCLE, book_file=SPACED, kind=kind)
    assert parsed(shlex.split(command(cycle))[1:])["book"] == SPACED
    assert ("liquidate" in command(cycle)) is (kind == "liquidation")


@pytest.mark.parametrize("kind", ["rebalance", "liquidation"])
def test_the_commands_that_stop_a_book_and_let_it_go_on_take_its_name(kind: str) -> None:
    cycle = replace(CYCLE, kind=kind)
    for command in (halts_book(cycle.book), resumes_session(cycle)):
        assert cycle.book in shlex.split(command)
        assert not parsed(shlex.split(command)[1:]), "it takes no path, and the program takes its words"


def test_the_command_that_does_steps_again_takes_a_book_file_whatever_it_is_called() -> None:
    command = reruns_session(replace(CYCLE, book_file=SPACED), "orders")
    assert str(parsed(shlex.split(command)[1:])["book"]) == SPACED


def test_commands_with_a_path_are_found() -> None:
    """A path with a space is one word of them."""
    assert len([words for _, words in MENTIONS if SPACED in words]) > 5
