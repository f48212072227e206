"""Lives worlds of a mistaken program in a forked process until a law is broken, and says which and in which seed."""

import json
import os
import sys
import traceback
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

from tests.simulation.mutations import Mutation, install

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
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reads)
            install(mutation)
            answer = _first_broken(mutation, folder, most)
            with os.fdopen(writes, "wb") as pipe:
                pipe.write(json.dumps(answer).encode())
            os._exit(0)
        except BaseException:  # noqa: BLE001 (nothing may leave a fork)
            traceback.print_exc(file=sys.stderr)
            os._exit(1)
    os.close(writes)
    with os.fdopen(reads, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    if status:
        raise RuntimeError(f"{mutation.name}: the hunt ended with status {status}")
    return Caught(*json.loads(told))


def _first_broken(mutation: Mutation, folder: Path, most: int) -> tuple[str, str, int]:
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
