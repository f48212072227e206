"""Ctrl-C or SIGTERM during a run: it ends, what was sent works on, and that is told with the way to cancel it."""

from collections.abc import Iterator
from contextlib import contextmanager

from flows.commands.lookup import journal_here
from flows.signals import EndedFromOutsideError, summary_of
from tasks.journal import Journal
from tasks.model.order_states import UNRESOLVED, WORKING
from tasks.model.typed_commands import halts_book, works_session
from tasks.wording import counted


@contextmanager
def left_at_interrupt(book: str) -> Iterator[None]:
    """Raises: EndedFromOutsideError in place of the interrupt."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        with journal_here() as journal:
            sentence = f"{summary_of(interrupt)}: {left_at_work(journal, book)}"
        raise EndedFromOutsideError(sentence) from None


def left_at_work(journal: Journal, book: str) -> str:
    """What of the book is still at the broker, by our record, and what can be done about it."""
    unfinished = [cycle for cycle in journal.cycles.all(book) if cycle.status != "done"]
    pieces = [piece for cycle in unfinished for piece in journal.orders.slices(cycle.cycle_id)]
    open_orders = sum(1 for piece in pieces if piece.state in WORKING | UNRESOLVED)
    again = f"To go on with it: {works_session(unfinished[0])}" if unfinished else "Run the same command again"
    if not open_orders:
        return f"no order of {book} is at the broker, by our record. {again}"
    return (
        f"{counted(open_orders, 'order')} of {book} still at work at the broker, and nothing new is sent. {again}. "
        f"Or cancel {'it' if open_orders == 1 else 'them'}: {halts_book(book)}"
    )
