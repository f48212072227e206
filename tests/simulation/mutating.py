"""Lives worlds of a mistaken program in a forked process until a law is broken, and says which and in which seed."""

from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

from tests.mutations.fork import in_a_fork
from tests.mutations.source import install
from tests.simulation.mutations import Mutation

MOST_SEEDS = 80
"""Worlds that have what the mistake needs to show."""


@dataclass(frozen=True, slots=True)
class Caught:
    """The first broken law; `law` is empty when no world broke any."""

    law: str
    what: str
    seed: int


def hunt(mutation: Mutation, folder: Path, most: int = MOST_SEEDS) -> Caught:
    """Raises: RuntimeError when the forked process fell over."""
    return Caught(*in_a_fork(lambda: _first_broken(mutation, folder, most), mutation.name))


def _first_broken(mutation: Mutation, folder: Path, most: int) -> tuple[str, str, int]:
    install(mutation)
    # Imported here: after the mutation, so that the worlds are built on the mistaken program.
    from tests.simulation.databases import SqliteDatabases
    from tests.simulation.facts import draw
    from tests.simulation.worlds import live

    databases = SqliteDatabases(folder)
    telling = (facts for facts in map(draw, count()) if mutation.needs(facts))
    for facts in (mutation.shaped(facts, number) for number, facts in enumerate(islice(telling, most))):
        for violation in live(facts, databases, folder).violations:
            if violation.law in mutation.laws:
                return violation.law, violation.what, facts.seed
    return "", f"no law of {mutation.laws} was broken", -1
