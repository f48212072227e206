"""What a supervisor does with what it sees: it lets work, kills what is stuck, starts again after growing pauses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.desk.decisions import STEADY_S, Sight, Step, falls_in_a_row, next_step, pause_s
from tasks.retry import CHILD_COMES_BACK


@pytest.mark.parametrize(
    ("seen", "step"),
    [
        (Sight(None, silent_s=59, patience_s=60), Step.KEEP),
        (Sight(None, silent_s=61, patience_s=60), Step.KILL),
        (Sight(-9, silent_s=0, patience_s=60), Step.NOTE_END),
        (Sight(0, silent_s=0, patience_s=60), Step.NOTE_END),
        (Sight(1, silent_s=0, patience_s=60, ended_s=0.5, falls=1), Step.WAIT),
        (Sight(1, silent_s=900, patience_s=60, ended_s=1, falls=1), Step.START),
        (Sight(1, silent_s=0, patience_s=60, ended_s=59, falls=99), Step.WAIT),
        (Sight(1, silent_s=0, patience_s=60, ended_s=60, falls=99), Step.START),
    ],
)
def test_each_sight_has_its_step(seen: Sight, step: Step) -> None:
    assert next_step(seen) is step


def test_the_pauses_are_those_of_the_table_and_the_last_again_and_again() -> None:
    table = [one.total_seconds() for one in CHILD_COMES_BACK]
    assert [pause_s(falls) for falls in range(1, len(table) + 3)] == [*table, table[-1], table[-1]]


@given(st.integers(0, 50), st.floats(0, 10 * STEADY_S))
def test_who_worked_for_longer_than_the_longest_pause_begins_anew(before: int, lived_s: float) -> None:
    falls = falls_in_a_row(before, lived_s)
    assert falls == (1 if lived_s > STEADY_S else before + 1)
    assert pause_s(falls) <= pause_s(falls + 1)
