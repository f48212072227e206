"""What people kept back of an approved plan, as it is on record of a session."""

from tasks.journal import Journal
from tasks.model.cycle import Cycle

REFUSED_ORDERS = "refused_orders"
"""The fact of a step that says which orders of the plan do not go, by symbol, each with its sentence."""


def refused_orders(journal: Journal, cycle: Cycle) -> dict[str, str]:
    """Symbols whose orders did not go, each with the sentence that says by whose word, when and why.

    The step that made the orders has the last word; until it is done, the approval's.
    """
    for step in ("schedule", "approve"):
        if done := journal.cycles.checkpoint(cycle, step):
            return dict(done.output["facts"].get(REFUSED_ORDERS, {}))
    return {}
