"""An outage of the line, in the exchange's own time: patience rides a short one out, a rerun heals a long one."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tasks.book.faults import Call
from tests.simulation.databases import SqliteDatabases
from tests.simulation.ends import NO_ANSWER
from tests.simulation.outages import LONGER, SHORTER, outage
from tests.simulation.wires import NATURES, draw_over
from tests.simulation.worlds import Verdict, live

SEED = 5
WIRES = pytest.mark.parametrize("wire", sorted(NATURES))


def day_with_an_outage(wire: str, lasting: timedelta, sqlite: SqliteDatabases, folder: Path) -> Verdict:
    """Nobody is killed and nobody halts: whatever ends a life is the outage, in the middle of a wave."""
    faults = (outage(Call.QUOTES, lasting, nth=3),)
    return live(replace(draw_over(wire)(SEED), faults=faults, lives=(), halt=None), sqlite, folder)


@WIRES
def test_an_outage_shorter_than_patience_is_ridden_out_by_the_run_that_meets_it(
    wire: str, sqlite: SqliteDatabases, folder: Path
) -> None:
    day = day_with_an_outage(wire, SHORTER[-1], sqlite, folder)
    assert not day.violations
    assert day.happened["outage shorter than patience"] == 1
    assert day.happened["lives"] == 1


@WIRES
def test_an_outage_longer_than_patience_ends_the_run_and_a_rerun_finishes_the_session(
    wire: str, sqlite: SqliteDatabases, folder: Path
) -> None:
    day = day_with_an_outage(wire, LONGER[0], sqlite, folder)
    assert not day.violations
    assert day.happened["outage longer than patience"] == 1
    assert day.happened[NO_ANSWER] >= 1
    assert day.happened["life ended with its work done"] == 1
