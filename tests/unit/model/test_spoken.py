"""What a person says stands on one line, and nothing in it is hidden."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.commands.halt import said, signed
from tasks.errors import ConfigError
from tasks.wording import person, spoken


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("  Ada   Byron ", "Ada Byron"),
        ("a late print\n12:39:02 reconcile done: no breaks\r", "a late print 12:39:02 reconcile done: no breaks"),
        ("\x1b[31mred", "<U+001B>[31mred"),
        ("\u202edrowssap\u202c", "<U+202E>drowssap<U+202C>"),
        ("Zoë 中文 é", "Zoë 中文 é"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("", ""),
        (" \n\t", ""),
        ("\u200b\u200f\x00", ""),
    ],
)
def test_words_become_one_line_of_characters_that_can_be_seen(words: str, line: str) -> None:
    assert spoken(words) == line


@given(st.text())
def test_what_was_made_visible_stays_as_it_is_and_steers_no_terminal(words: str) -> None:
    line = spoken(words)
    assert spoken(line) == line
    assert not set(line) & set("\n\r\t\x1b\u202a\u202b\u202d\u202e\u2066\u2067\u200f\u200b\x00")


def test_a_reason_and_a_name_that_nobody_sees_are_refused() -> None:
    with pytest.raises(ConfigError, match="--because is empty"):
        said("\u200b\u200f", "--because")
    with pytest.raises(ConfigError, match="--who is empty"):
        signed("\u200b")


def test_no_reason_is_too_long_to_halt_for() -> None:
    assert said("x" * 10_000, "--why") == "x" * 10_000


@pytest.mark.parametrize(
    "name", ["ada  byron", "Ada\u200b Byron", "Ada Byron\u2060", "\uff21da Byron", "Ada\u00a0Byron", "\u202eAda Byron"]
)
def test_a_name_with_what_nobody_sees_is_the_same_person(name):
    assert person(name) == person("Ada Byron")
