"""Measures how long the broker takes to answer, writes it down once a wave, and tells when it was slow."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from tasks import events
from tasks.context import StepContext, StepEvent
from tasks.model.broker_tags import tag_of
from tasks.model.latency import SLOW_S, Latency
from tasks.model.plan import Severity

SLOW_EVENT = "steelyard.broker.slow"
Answer = TypeVar("Answer")


@dataclass(slots=True)
class Stopwatch:
    """The calls of a wave or a batch, measured in wall time whatever the broker's clock does."""

    context: StepContext
    measured: list[Latency] = field(default_factory=list[Latency])

    def time(self, call: str, key: str, ask: Callable[[], Answer]) -> Answer:
        """Make the call, and keep how long it took to answer or to raise."""
        at, began = self.context.clock(), time.perf_counter()
        try:
            return ask()
        finally:
            seconds = time.perf_counter() - began
            self.measured.append(Latency(broker_of(self.context, key), call, key, at, seconds))

    def write(self) -> None:
        """One transaction for all of them, and one warning for each kind of call that was slow."""
        measured, self.measured = self.measured, []
        self.context.journal.latencies.record(measured)
        slow = [one for one in measured if one.seconds > SLOW_S]
        for broker, call in sorted({(one.broker, one.call) for one in slow}):
            _warn(self.context, [one for one in slow if (one.broker, one.call) == (broker, call)])


@contextmanager
def measuring(context: StepContext, running: Stopwatch | None = None) -> Generator[Stopwatch]:
    """The stopwatch that runs already, or else one of its own, written down at the end whatever happens."""
    if running is not None:
        yield running
        return
    own = Stopwatch(context)
    try:
        yield own
    finally:
        own.write()


def broker_of(context: StepContext, key: str) -> str:
    """Who is asked: the broker, or of several the one that the key names by its tag, as `b (ibkr)`."""
    tag = tag_of(key)
    if not tag:
        return context.broker.name
    part = context.book.broker.parts.get(tag)
    return f"{tag} ({part.name})" if part else f"{context.broker.name} {tag}"


def _warn(context: StepContext, slow: list[Latency]) -> None:
    worst = max(slow, key=lambda one: one.seconds)
    what = f"{worst.call} of {worst.key}" if worst.key else worst.call
    more = f", one of {len(slow)} such calls above {SLOW_S:g} s" if len(slow) > 1 else ""
    sentence = f"{worst.broker} took {worst.seconds:.1f} s to answer {what}{more}; look at the line to it"
    context.observer(StepEvent("slow broker", "done", sentence, worst.seconds))
    payload = {
        "book": context.book.book,
        "session": context.session.isoformat(),
        "broker": worst.broker,
        "call": worst.call,
        "key": worst.key,
        "worst_seconds": round(worst.seconds, 3),
        "slow_calls": len(slow),
        "sentence": sentence,
    }
    events.emit(SLOW_EVENT, f"steelyard.broker.{context.book.book}.{worst.broker}", Severity.WARN, payload)
