"""Measures, decides and records: a breaker that trips sets the book to reducing or halted, once for each cause."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from tasks.artifacts import publish
from tasks.context import StepContext, StepEvent
from tasks.model.account import HaltState
from tasks.model.artifact import Artifact
from tasks.model.desk_event import BREAKER_TRIPPED, DeskEvent
from tasks.model.halts import BREAKER, STRICTNESS, Halt
from tasks.model.plan import Severity
from tasks.reconciliation.owned import Owned
from tasks.risk.breakers import Trip, is_worse, tripped
from tasks.risk.measure import measured


def check_breakers(context: StepContext, has: Owned | None = None) -> Halt | None:
    """Look at every breaker and record those that trip; returns the strictest of what is new, None when nothing is.

    A breach is one cause for its session. While its halt stands, and after a person has resumed the book, the same
    breaker says nothing more in that session unless the breach has grown by a fifth of its limit (`breakers.WORSE`);
    the next session is judged anew. A liquidation is not halted by the market that it flees: there, breakers about the
    market at most set `reducing`; those about our own orders halt it as any other run. `has` is what the book owns by
    its record, where the caller has read it.
    """
    found = tripped(measured(context, has), context.book.risk.breakers)
    if not found:
        return None
    history = [halt for halt in context.journal.halts.history(context.book.book) if halt.scope == context.book.book]
    new = [
        _halt(context, trip)
        for trip in _softened(context, found)
        if is_news(trip, context.session.isoformat(), history)
    ]
    for halt in new:
        context.journal.halts.record(halt)
        context.observer(StepEvent(halt.who, "stopped", f"{halt.why}: the book is {halt.state} now"))
        context.announce([_announced(halt)])
        publish(
            context.cycle_id, halt.who, Artifact(f"{halt.who} tripped", f"{halt.why}. The book is {halt.state} now.")
        )
    return max(new, key=lambda halt: STRICTNESS.index(halt.state), default=None)


def is_news(trip: Trip, session: str, history: Sequence[Halt]) -> bool:
    """Whether this trip is a new cause, given every earlier change of the book's state, oldest first."""
    who = BREAKER + trip.breaker
    own = [n for n, halt in enumerate(history) if halt.who == who and halt.figures.get("session") == session]
    if not own:
        return True
    released = any(_is_laxer(later, trip.state) for later in history[own[-1] + 1 :])
    worst = max(Decimal(str(history[n].figures["measured"])) for n in own)
    return released and is_worse(trip, worst)


def _is_laxer(halt: Halt, state: HaltState) -> bool:
    """Whether a person let more through than this state; a breaker cannot."""
    return not halt.who.startswith(BREAKER) and STRICTNESS.index(halt.state) < STRICTNESS.index(state)


def _announced(halt: Halt) -> DeskEvent:
    sentence = f"{halt.who}: {halt.why}. The book is {halt.state} now"
    return DeskEvent(BREAKER_TRIPPED, sentence, Severity.HALT, figures=halt.figures)


def _softened(context: StepContext, found: Sequence[Trip]) -> list[Trip]:
    if context.cycle.kind != "liquidation":
        return list(found)
    return [replace(trip, state=HaltState.REDUCING) if trip.is_about_the_market else trip for trip in found]


def _halt(context: StepContext, trip: Trip) -> Halt:
    figures: dict[str, Any] = {
        "breaker": trip.breaker,
        "measured": float(trip.measured),
        "limit": float(trip.limit),
        "unit": trip.unit,
        "session": context.session.isoformat(),
        "broker_clock": context.broker.now().isoformat(),
        **trip.more,
    }
    return Halt(context.book.book, trip.state, BREAKER + trip.breaker, trip.sentence, figures, context.clock())
