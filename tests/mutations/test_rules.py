"""The test that guards each rule falls when the rule is broken, by its name."""

from operator import attrgetter
from pathlib import Path

import pytest

from tests.mutations.catch import RuleMutation, falls
from tests.mutations.rules import RULES
from tests.parts import in_parts


@pytest.mark.parametrize("mutation", in_parts(2, RULES, attrgetter("name")))
def test_a_broken_rule_is_caught_by_the_test_that_guards_it(mutation: RuleMutation, tmp_path: Path) -> None:
    fell = falls(mutation, tmp_path / "inner")
    assert [name for name in fell if name.startswith(mutation.test)], f"{mutation.test} does not see it"
