"""The deliberate mistakes: each is caught, and the broken law says what was wrong."""

from operator import attrgetter
from pathlib import Path

import pytest

from tests.mutations.rules import RULES
from tests.parts import in_parts
from tests.simulation.mutating import hunt
from tests.simulation.mutations import MUTATIONS, Mutation


@pytest.mark.parametrize("mutation", in_parts(2, MUTATIONS, attrgetter("name")))
def test_a_deliberate_mistake_is_caught_by_name(mutation: Mutation, tmp_path: Path) -> None:
    caught = hunt(mutation, tmp_path)
    print(f"\n{mutation.name}: {caught.law} in seed {caught.seed}: {caught.what}")
    assert caught.law in mutation.laws


def test_there_are_at_least_sixty_mistakes_with_the_broken_rules() -> None:
    assert len({mutation.name for mutation in (*MUTATIONS, *RULES)}) >= 60
