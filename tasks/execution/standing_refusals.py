"""Symbols that the broker has refused for a reason that lasts: no further order goes out in them this session."""

from tasks.context import StepContext
from tasks.model.orders import Cause


def stood_down(context: StepContext) -> dict[str, str]:
    """Symbol, and why nothing is sent in it; from all orders of the book in this session."""
    cycles = [cycle for cycle in context.journal.cycles.all(context.book.book) if cycle.session == context.session]
    pieces = [piece for cycle in cycles for piece in context.journal.orders.slices(cycle.cycle_id)]
    return {
        piece.request.symbol: (
            f"{piece.request.symbol}: stood down for this session, as the broker refuses it for a reason that lasts: "
            f"{piece.reason}"
        )
        for piece in pieces
        if piece.cause is Cause.STANDING
    }
