"""Looks back in the journal for a day of the book's rhythm that no session worked."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from tasks.context import StepContext
from tasks.drift.calendar_rule import Missed, missed_rebalance
from tasks.model.cycle import Cycle


def missed_since_last_worked(context: StepContext, sessions: Sequence[date]) -> Missed | None:
    """The newest day of the book's rhythm that went by since it was last worked, and what the record says of it."""
    rebalances = [c for c in context.journal.cycles.all(context.book.book) if c.kind == "rebalance"]
    worked = [c.session for c in rebalances if c.session < context.session and _is_worked(c)]
    missed = missed_rebalance(context.book.drift, max(worked, default=None), context.session, sessions)
    if missed is None:
        return None
    found = next((c for c in rebalances if c.session == missed.session), None)
    why = "that session is not on record" if found is None else f"that session is {found.status}"
    return replace(missed, why=why + (f" ({found.message})" if found is not None and found.message else ""))


def _is_worked(cycle: Cycle) -> bool:
    """A book that only researches has done its work with the plan."""
    return cycle.status == "done" or (cycle.status == "planned" and cycle.mode == "research")
