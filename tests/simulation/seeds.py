"""Runs many seeds, counts what happened in them, and says everything about the first one that fails."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.simulation.databases import Databases
from tests.simulation.facts import Facts, draw
from tests.simulation.shrinking import shrunk, told
from tests.simulation.worlds import Verdict, live


@dataclass
class Tally:
    """What all worlds together went through."""

    worlds: int = 0
    seconds: float = 0.0
    happened: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        each = 1000 * self.seconds / self.worlds if self.worlds else 0.0
        rows = "\n".join(f"  {count:>8,}  {what}" for what, count in sorted(self.happened.items()))
        return f"{self.worlds:,} worlds in {self.seconds:.0f} s ({each:.0f} ms each)\n{rows}"


def run_seeds(
    seeds: Iterable[int], databases: Databases, folder: Path, facts_of: Callable[[int], Facts] = draw
) -> tuple[Tally, Verdict | None]:
    """Every seed in turn, up to the first world in which a law is broken."""
    tally, began = Tally(), time.perf_counter()
    for seed in seeds:
        verdict = live(facts_of(seed), databases, folder)
        tally.worlds += 1
        tally.happened += verdict.happened
        tally.seconds = time.perf_counter() - began
        if verdict.violations:
            return tally, verdict
    return tally, None


def failure(verdict: Verdict, databases: Databases, folder: Path, *, postgresql: bool = False) -> str:
    """What broke, in the smallest world that breaks the same law, and the command that shows it again."""
    laws = {violation.law for violation in verdict.violations}

    def fails(facts: Facts) -> bool:
        return bool(laws & {violation.law for violation in live(facts, databases, folder).violations})

    small = shrunk(verdict.facts, fails)
    broken = "\n".join(f"  {violation}" for violation in live(small, databases, folder).violations)
    command = f"python -m tests.simulation.replay {verdict.facts.seed}" + (" --postgresql" if postgresql else "")
    command += f" --wire {verdict.facts.wire}" if verdict.facts.wire else ""
    return f"seed {verdict.facts.seed} breaks:\n{broken}\nin this world:\n{told(small)}\nreplay: {command}"
