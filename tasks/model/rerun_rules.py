"""Which steps of a session may be done again, and how: what was ordered stands, whoever asks. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, NamedTuple

from tasks.model.cycle import Cycle
from tasks.model.typed_commands import halts_book, reruns_session, resumes_session

FromStep = Literal[
    "download", "check", "holdings", "optimize", "drift", "orders", "waves", "confirm", "reconcile", "report"
]
DECIDING: tuple[FromStep, ...] = ("download", "check", "holdings", "optimize", "drift", "orders")
"""The steps up to the plan, in their order: done again as a new attempt, with a new plan and a new answer to it."""
WAVES: FromStep = "waves"
ENDING: tuple[FromStep, ...] = ("confirm", "reconcile", "report")
"""The steps after the last order: done again beside the chain, by looking once more."""


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What the record says of a session."""

    steps: Collection[str]
    """Finished ones of the present attempt."""
    orders: int
    is_cancelled: bool
    """By a person whose word stands."""
    book_changed: bool
    """Whether the book file is another one than the session was decided with."""


class HowToRerun(NamedTuple):
    """A new attempt keeps what `kept` left behind; `refusal` is empty where the steps may be done again."""

    kept: tuple[str, ...] = ()
    refusal: str = ""


def how_to_rerun(cycle: Cycle, step: FromStep, seen: OnRecord) -> HowToRerun:
    """Never a second order: from a step before the orders only while there is none."""
    if seen.is_cancelled:
        return _no(f"it was cancelled; resume it first: {resumes_session(cycle)}")
    if step in DECIDING:
        return _decided_anew(cycle, step, seen)
    if step == WAVES:
        return HowToRerun(refusal=_no_waves(cycle, seen))
    if "reconcile" not in seen.steps:
        return _no(f"it has not been worked to its end: {_words(cycle, WAVES if seen.orders else 'orders')}")
    return HowToRerun()


def _decided_anew(cycle: Cycle, step: FromStep, seen: OnRecord) -> HowToRerun:
    if cycle.status == "done":
        return _no(
            f"it is done, and what was decided stands; its end may be looked at again: {_words(cycle, 'report')}"
        )
    if seen.orders:
        return _no(
            f"{seen.orders} of its orders are on record, and what was ordered stands; go on with the rest: "
            f"{_words(cycle, WAVES)}. Or cancel what is at work: {halts_book(cycle.book)}"
        )
    kept = DECIDING[: DECIDING.index(step)]
    if kept and seen.book_changed:
        return _no(f"its book file has changed since, so that nothing can be kept: {_words(cycle, DECIDING[0])}")
    missing = next((name for name in kept if name not in seen.steps), None)
    if missing:
        return _no(f"step {missing} has not been done yet: {_words(cycle, missing)}")
    return HowToRerun(kept)


def _no_waves(cycle: Cycle, seen: OnRecord) -> str:
    if cycle.status == "done":
        return f"it is done: no wave is left; its end may be looked at again: {_words(cycle, 'confirm')}"
    if not seen.orders:
        return f"nothing was ordered yet: {_words(cycle, 'orders')}"
    return ""


def _no(why: str) -> HowToRerun:
    return HowToRerun(refusal=why)


def _words(cycle: Cycle, step: str) -> str:
    return reruns_session(cycle, step)
