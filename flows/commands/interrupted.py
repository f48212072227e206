"""Ctrl-C during a run: it ends, what was sent works on, and whoever pressed it is told so with the way to cancel it."""

from collections.abc import Iterator
from contextlib import contextmanager

from flows.commands.books import journal_here
from tasks.errors import SteelyardError
from tasks.execution.recording import UNRESOLVED, WORKING
from tasks.journal import Journal


class InterruptedByPersonError(SteelyardError):
    """The run was ended from the keyboard; what stands is on record, and the next run goes on there."""


@contextmanager
def told_when_interrupted(book: str) -> Iterator[None]:
    """Raises: InterruptedByPersonError in place of the interrupt."""
    try:
        yield
    except KeyboardInterrupt:
        with journal_here() as journal:
            sentence = left_at_work(journal, book)
        raise InterruptedByPersonError(sentence) from None


def left_at_work(journal: Journal, book: str) -> str:
    """What of the book is still at the broker, by our record, and what can be done about it."""
    unfinished = [cycle for cycle in journal.cycles.all(book) if cycle.status != "done"]
    pieces = [piece for cycle in unfinished for piece in journal.orders.slices(cycle.cycle_id)]
    open_orders = sum(1 for piece in pieces if piece.state in WORKING | UNRESOLVED)
    if not open_orders:
        return (
            f"interrupted: no order of {book} is at the broker, by our record. Run the session again to go on with it"
        )
    return (
        f"interrupted: {open_orders} orders of {book} work on at the broker, and nothing new is sent. Run the session "
        f'again to go on with it, or cancel them: steelyard halt {book} --who "..." --why "..."'
    )
