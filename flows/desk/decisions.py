"""What a supervisor does with what it sees of a program: pure."""

from dataclasses import dataclass
from enum import StrEnum

from tasks.retry import CHILD_COMES_BACK

STEADY_S = CHILD_COMES_BACK[-1].total_seconds()
"""Who has worked for longer begins again with the shortest pause."""


class Step(StrEnum):
    KEEP = "keep"
    KILL = "kill"
    """It lives and gives no sign of life: it will not hear a gentler word either."""
    NOTE_END = "note end"
    WAIT = "wait"
    START = "start"


@dataclass(frozen=True, slots=True)
class Sight:
    """Of one program, in seconds."""

    status: int | None
    """How it ended; None while it lives."""
    silent_s: float
    """Since its last sign of life, or its start."""
    patience_s: float
    """Of silence, before it is taken for stuck."""
    ended_s: float | None = None
    """Since its end was noted; None before."""
    falls: int = 0
    """Ends in a row, this one counted, without a steady time between them."""


def next_step(seen: Sight) -> Step:
    if seen.status is None:
        return Step.KILL if seen.silent_s > seen.patience_s else Step.KEEP
    if seen.ended_s is None:
        return Step.NOTE_END
    return Step.START if seen.ended_s >= pause_s(seen.falls) else Step.WAIT


def falls_in_a_row(before: int, lived_s: float) -> int:
    """With the end that has just been seen."""
    return 1 if lived_s > STEADY_S else before + 1


def pause_s(falls: int) -> float:
    """Before it is started again: growing, then the longest again and again."""
    return CHILD_COMES_BACK[min(max(falls, 1), len(CHILD_COMES_BACK)) - 1].total_seconds()
