"""What each part of the random worlds does: live its seeds, say what happened in them, and refuse a dull lot."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path

import pytest

from tasks.book.faults import FaultKind
from tests.simulation.databases import Databases
from tests.simulation.ends import NO_ANSWER
from tests.simulation.seeds import Tally, failure, run_seeds
from tests.simulation.wires import NATURES, draw_over

WHOLE = os.environ.get("STEELYARD_PROOF") == "whole"
"""Everything, as `make prove` does: the build takes a sample of what is slow and differs in the database only."""
IN_A_PART = 500
"""Worlds that are no sample: from here on everything must have happened."""
EACH = int(os.environ.get("STEELYARD_WORLDS", IN_A_PART if WHOLE else 150))
"""Seeds in one part."""
LEAST = {
    "lives": 2.0,
    "kills": 0.5,
    "second processes": 0.2,
    "LeaseLostError": 0.15,
    "fills": 5.0,
    "fills without unique keys": 2.0,
    "order unknown": 0.1,
    "sent again": 0.01,
    "tickets": 0.02,
    "person resolved": 0.02,
    "generations": 0.002,
    "breaks": 0.1,
    "halt halted": 0.01,
    "halt reducing": 0.01,
    "order cancelled": 0.1,
    "order rejected": 0.01,
    "order partially_filled": 0.05,
}
"""What must have happened, times a world: a harness in which nothing happens proves nothing."""
LEAST_OVER = {
    "alpaca": {"lives": 2.8, NO_ANSWER: 1.0},
    "ibkr": {"lives": 3.5, NO_ANSWER: 1.5},
}
"""More than that at a broker behind a wire: lives end where the line fails, and reruns go on from there."""
LEAST_OUTAGES = {"outage shorter than patience": 0.4, "outage longer than patience": 0.4}
SAMPLE = {"alpaca": 34, "ibkr": 24}
"""Seeds over a wire in the build: what a minute or so of it has room for."""
CANNOT = {"alpaca": ("fills without unique keys",), "ibkr": ("sent again",)}
"""What does not happen at a broker, by the nature of its keys."""
FEW = 2.0
"""What may be expected less often than this in a sample is not asked for."""
LEAST_FAULTS = 2
"""How often every kind of fault must have struck in one whole part."""


def run_quarter(part: int, databases: Databases, folder: Path, each: int = EACH, *, postgresql: bool = False) -> None:
    tally, broken = run_seeds(range(part * each, (part + 1) * each), databases, folder)
    print(f"\nseeds {part * each} to {(part + 1) * each - 1}: {tally}")
    if broken is not None:
        pytest.fail(failure(broken, databases, folder, postgresql=postgresql), pytrace=False)
    dull = too_dull(tally, expected_in(each))
    assert not dull, "nothing is proved where nothing happens:\n" + "\n".join(dull)


def run_over_wire(wire: str, databases: Databases, folder: Path) -> None:
    """The same worlds behind a broker's own client library."""
    seeds = range(EACH if WHOLE else SAMPLE[wire])
    tally, broken = run_seeds(seeds, databases, folder, draw_over(wire))
    print(
        f"\n{wire}, seeds 0 to {len(seeds) - 1}: {tally}\nnot carried: {dict(NATURES[wire].not_carried) or 'nothing'}"
    )
    if broken is not None:
        pytest.fail(failure(broken, databases, folder), pytrace=False)
    asked = expected_in(len(seeds), CANNOT[wire], LEAST | LEAST_OUTAGES | LEAST_OVER[wire])
    dull = too_dull(tally, asked, NATURES[wire].not_carried)
    assert not dull, "nothing is proved where nothing happens:\n" + "\n".join(dull)


def expected_in(worlds: int, cannot: Collection[str] = (), least: Mapping[str, float] = LEAST) -> Mapping[str, float]:
    """Of `least` what so many worlds must show: of a sample only what happens often enough to be found in it."""
    often = (what for what, rate in least.items() if worlds >= IN_A_PART or rate * worlds >= FEW)
    return {what: least[what] for what in often if what not in cannot}


def too_dull(tally: Tally, asked: Mapping[str, float], not_carried: Collection[str] = ()) -> list[str]:
    """What happened less often than it must."""
    worlds = tally.worlds
    found = [
        f"{what}: {tally.happened[what]} times in {worlds} worlds, at least {rate * worlds:.0f} are needed"
        for what, rate in asked.items()
        if tally.happened[what] < rate * worlds
    ]
    if worlds >= IN_A_PART:
        found += [
            f"fault {kind}: it struck {tally.happened[f'fault {kind}']} times, at least {LEAST_FAULTS} are needed"
            for kind in FaultKind
            if kind not in not_carried and tally.happened[f"fault {kind}"] < LEAST_FAULTS
        ]
    return found
