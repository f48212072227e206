"""What makes a step safe to run twice: it asks the journal whether it has been done before it does anything."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tasks.artifacts import publish
from tasks.context import StepContext, StepEvent
from tasks.errors import BrokerError, JournalError, OrderRefusedError, OrderUnknownError, SteelyardError
from tasks.model.artifact import Artifact
from tasks.model.cycle import Checkpoint


@dataclass(frozen=True, slots=True)
class StepResult:
    """What a step's work returns: a sentence for the operator, facts for the next steps, an artifact to look at."""

    sentence: str
    facts: Mapping[str, Any]
    artifact: Artifact | None = None


Work = Callable[[StepContext], StepResult]


def run_once(context: StepContext, step: str, work: Work, *, card: str = "") -> dict[str, Any]:
    """Do the step's work unless the journal says it has been done; returns its facts either way.

    The checkpoint is the last thing written: a step killed before it is run again, so its work must itself be
    repeatable (insert once, submit by key). What it shows stands under the name `card` in the UI, else under its own.
    """
    with context.journal.known.remembering():
        found = context.journal.cycles.checkpoint(context.cycle, step)
        if found is not None:
            facts = dict(found.output["facts"])
            context.observer(StepEvent(step, "loaded", found.output["sentence"], found.seconds, _is_idle(facts)))
            return facts
        return _worked(context, step, work, card or step, _record)


def run_again(context: StepContext, step: str, work: Work) -> dict[str, Any]:
    """Do the work whatever has been done before, beside the chain: no checkpoint is asked for and none is left."""
    with context.journal.known.remembering():
        return _worked(context, step, work, step, record=None)


def _worked(
    context: StepContext,
    step: str,
    work: Work,
    card: str,
    record: Callable[[StepContext, str, StepResult, float], None] | None,
) -> dict[str, Any]:
    context.observer(StepEvent(step, "started"))
    began = time.perf_counter()
    try:
        done = work(context)
    except SteelyardError as stop:
        context.observer(StepEvent(step, "stopped", str(stop), time.perf_counter() - began))
        raise
    if done.artifact is not None:
        publish(context.cycle_id, card, done.artifact, done.sentence)
    seconds = time.perf_counter() - began
    if record is not None:
        record(context, step, done, seconds)
    context.observer(StepEvent(step, "done", done.sentence, seconds, _is_idle(done.facts)))
    return dict(done.facts)


def _is_idle(facts: Mapping[str, Any]) -> bool:
    return bool(facts.get("idle"))


def _record(context: StepContext, step: str, done: StepResult, seconds: float) -> None:
    output = {"sentence": done.sentence, "facts": dict(done.facts)}
    context.journal.cycles.record_step(context.cycle, Checkpoint(step, output, seconds, context.clock()))


def facts_of(context: StepContext, step: str) -> dict[str, Any]:
    """The facts an earlier step left behind. Raises LookupError when it has not run."""
    found = context.journal.cycles.checkpoint(context.cycle, step)
    if found is None:
        raise LookupError(f"step {step} of {context.cycle_id} has not been done")
    return dict(found.output["facts"])


def worth_retrying(_task: object, _run: object, state: Any) -> bool:
    """Whether Prefect should try a failed task again: a passing fault of the outside world, never a decision."""
    error = state.result(raise_on_failure=False)
    if isinstance(error, OrderRefusedError | OrderUnknownError):
        return False
    if isinstance(error, JournalError):
        return error.passing
    return isinstance(error, BrokerError | OSError)
