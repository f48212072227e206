"""Finds the session to which an execution belongs: by its key, or by the execution that it corrects."""

from collections.abc import Sequence
from itertools import groupby

from tasks.journal import Journal
from tasks.journal.cycles import Cycle
from tasks.terms import Execution

SESSIONS_BACK = 10
"""Trades are not corrected after they settle; further back is not searched."""


def recent_cycles(journal: Journal, newest: Cycle) -> tuple[Cycle, ...]:
    """The book's cycles of the newest sessions up to this one, newest first; a session may have a liquidation too."""
    known = [c for c in journal.cycles.all(newest.book) if c.account == newest.account and c.session <= newest.session]
    by_session = [list(cycles) for _, cycles in groupby(known, key=lambda c: c.session)]
    return tuple(cycle for cycles in by_session[:SESSIONS_BACK] for cycle in cycles)


def owner_of(journal: Journal, cycles: Sequence[Cycle], execution: Execution) -> Cycle | None:
    """The cycle whose order was executed; None for a trade that is not ours."""
    for cycle in cycles:
        if execution.key and execution.key in keys_of(journal, [cycle]):
            return cycle
        if execution.supersedes and execution.supersedes in _ids_of(journal, cycle):
            return cycle
    return None


def keys_of(journal: Journal, cycles: Sequence[Cycle]) -> frozenset[str]:
    return frozenset(s.request.key for cycle in cycles for s in journal.orders.slices(cycle.cycle_id))


def _ids_of(journal: Journal, cycle: Cycle) -> frozenset[str]:
    return frozenset(fill.execution_id for fill in journal.orders.fills(cycle.cycle_id))
