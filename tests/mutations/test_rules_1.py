"""Part 1 of 2 of the broken rules: the test that guards each falls, by its name."""

from pathlib import Path

import pytest

from tests.mutations.catch import RuleMutation, falls
from tests.mutations.rules import RULES


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mutation", RULES[0::2], ids=lambda mutation: mutation.name)
def test_a_broken_rule_is_caught_by_the_test_that_guards_it(mutation: RuleMutation, tmp_path: Path) -> None:
    fell = falls(mutation, tmp_path / "inner")
    assert [name for name in fell if name.startswith(mutation.test)], f"{mutation.test} does not see it"
