"""Makes a failing world smaller: leaves out whatever the failure does not need."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace

from tests.simulation.facts import Facts, Life

MOST_TRIES = 60


def shrunk(facts: Facts, fails: Callable[[Facts], bool]) -> Facts:
    """The smallest world found that still fails, by trying simpler ones until none does or tries run out."""
    tries = 0
    improved = True
    while improved:
        improved = False
        for simpler in _simpler(facts):
            tries += 1
            if tries > MOST_TRIES:
                return facts
            if fails(simpler):
                facts, improved = simpler, True
                break
    return facts


def _simpler(facts: Facts) -> Iterator[Facts]:
    for place in range(len(facts.lives)):
        yield replace(facts, lives=facts.lives[:place] + facts.lives[place + 1 :])
    for place in range(len(facts.faults)):
        yield replace(facts, faults=facts.faults[:place] + facts.faults[place + 1 :])
    if facts.halt is not None:
        yield replace(facts, halt=None)
    for place in range(len(facts.trades)):
        if len(facts.trades) > 1:
            yield replace(facts, trades=facts.trades[:place] + facts.trades[place + 1 :])
    if facts.waves > 1:
        yield replace(facts, waves=facts.waves - 1)
    for place, life in enumerate(facts.lives):
        plain = Life(life.dies_at, life.pauses_at, life.pauses_beside, life.wakes, life.wakes_at)
        if life != plain:
            yield replace(facts, lives=(*facts.lives[:place], plain, *facts.lives[place + 1 :]))


def told(facts: Facts) -> str:
    """The facts, one a line."""
    lines = []
    for field in fields(facts):
        value = getattr(facts, field.name)
        if isinstance(value, tuple):
            lines += [f"  {field.name}: {item}" for item in value]
        else:
            lines.append(f"  {field.name}: {value}")
    return "\n".join(lines)
