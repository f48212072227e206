"""What is on record of a session already: told at once, before anything slow is started."""

from dataclasses import replace
from datetime import date
from typing import Any

from flows.book_file import LoadedBook
from flows.commands.lookup import journal_here
from flows.sessions import Asked, session_asked
from tasks.book.model import Mode
from tasks.errors import BrokerError
from tasks.journal import Journal
from tasks.model.cycle import Cycle
from tasks.plan.plan_list import PlanList
from tasks.plan.recorded_list import recorded_list

Told = tuple[dict[str, Any], PlanList | None]
"""The summary of a session and the list of its plan."""


def standing(loaded: LoadedBook, session: Asked, mode: Mode | None, until: str) -> Told | None:
    """A finished session, or for `until` plan one whose plan stands; None when there is something to do.

    Raises: ConfigError for a session that the book cannot be run for.
    """
    from flows.bootstrap import prices_of, rebalances
    from flows.outcome import cycle_summary

    planning = until == "plan" or (mode or loaded.book.mode) == "research"
    with journal_here() as journal:
        on_record = rebalances(journal, loaded.book.book)
        try:
            source = prices_of(loaded.book, loaded.path.parent, journal)
            day = session_asked(session, loaded.book, source, on_record, planning=planning)
        except BrokerError:
            return None  # a provider that does not answer now is asked again by the run, with its patience
        cycle = journal.cycles.find(loaded.book.book, day)
        if cycle is None:
            return None
        if cycle.status == "done":
            return {**cycle_summary(journal, cycle), "status": "already_done"}, recorded_list(journal, cycle)
        listed = recorded_list(journal, cycle) if until == "plan" and _stands(journal, cycle, loaded, mode) else None
        return None if listed is None else (cycle_summary(journal, cycle), listed)


def plan_of_run(summary: dict[str, Any]) -> PlanList | None:
    """The list of the plan that a run has just made."""
    with journal_here() as journal:
        cycle = journal.cycles.find(summary["book"], date.fromisoformat(summary["session"]), summary["kind"])
        return None if cycle is None else recorded_list(journal, cycle)


def plan_in_question(book: str) -> PlanList | None:
    """The list of the plan that a person is being asked about."""
    from flows.bootstrap import rebalances

    with journal_here() as journal:
        waiting = [cycle for cycle in rebalances(journal, book) if cycle.status == "waiting"]
        newest = max(waiting, key=lambda cycle: cycle.changed_at, default=None)
        return None if newest is None else recorded_list(journal, newest)


def _stands(journal: Journal, cycle: Cycle, loaded: LoadedBook, mode: Mode | None) -> bool:
    """Whether the next run would go on with what was decided, and not decide anew."""
    from flows.attempts import needs_new_attempt, plan_is_dead
    from flows.bootstrap import wall_clock

    wanted = replace(cycle, book_sha256=loaded.sha256, mode=mode or loaded.book.mode)
    ordered, dead = bool(journal.orders.orders(cycle.cycle_id)), plan_is_dead(journal, cycle, wall_clock())
    return not needs_new_attempt(cycle, wanted, ordered=ordered, dead=dead)
