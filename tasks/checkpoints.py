"""What makes a step safe to run twice: it asks the journal whether it has been done before it does anything."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tasks.artifacts import publish
from tasks.context import Desk, StepEvent
from tasks.errors import BrokerError, JournalError, OrderRefusedError, OrderUnknownError, SteelyardError
from tasks.model.artifact import Artifact
from tasks.model.cycle import Checkpoint


@dataclass(frozen=True, slots=True)
class Done:
    """What a step's work returns: a sentence for the operator, facts for the next steps, an artifact to look at."""

    sentence: str
    facts: Mapping[str, Any]
    artifact: Artifact | None = None


def once(desk: Desk, step: str, work: Callable[[Desk], Done]) -> dict[str, Any]:
    """Do the step's work unless the journal says it has been done; returns its facts either way.

    The checkpoint is the last thing written: a step killed before it is run again, so its work must itself be
    repeatable (insert once, submit by key).
    """
    with desk.journal.known.remembering():
        return _once(desk, step, work)


def _once(desk: Desk, step: str, work: Callable[[Desk], Done]) -> dict[str, Any]:
    found = desk.journal.cycles.checkpoint(desk.cycle, step)
    if found is not None:
        desk.listener(StepEvent(step, "loaded", found.output["sentence"], found.seconds))
        return dict(found.output["facts"])
    desk.listener(StepEvent(step, "started"))
    began = time.perf_counter()
    try:
        done = work(desk)
    except SteelyardError as stop:
        desk.listener(StepEvent(step, "stopped", str(stop), time.perf_counter() - began))
        raise
    if done.artifact is not None:
        publish(desk.cycle_id, step, done.artifact)
    seconds = time.perf_counter() - began
    output = {"sentence": done.sentence, "facts": dict(done.facts)}
    desk.journal.cycles.record_step(desk.cycle, Checkpoint(step, output, seconds, desk.clock()))
    desk.listener(StepEvent(step, "done", done.sentence, seconds))
    return dict(done.facts)


def facts_of(desk: Desk, step: str) -> dict[str, Any]:
    """The facts an earlier step left behind. Raises LookupError when it has not run."""
    found = desk.journal.cycles.checkpoint(desk.cycle, step)
    if found is None:
        raise LookupError(f"step {step} of {desk.cycle_id} has not been done")
    return dict(found.output["facts"])


def worth_retrying(_task: object, _run: object, state: Any) -> bool:
    """Whether Prefect should try a failed task again: a passing fault of the outside world, never a decision."""
    error = state.result(raise_on_failure=False)
    if isinstance(error, OrderRefusedError | OrderUnknownError):
        return False
    if isinstance(error, JournalError):
        return error.passing
    return isinstance(error, BrokerError | OSError)
