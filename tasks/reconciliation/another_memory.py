"""An order of this book that works at the broker and that our record never made: another journal trades here."""

from tasks.context import StepContext, keys_of
from tasks.errors import SecondJournalError
from tasks.journal import Journal
from tasks.model.broker_tags import untagged
from tasks.model.client_order_ids import is_key_of, order_key
from tasks.wording import counted


def must_be_the_only_memory(context: StepContext) -> None:
    """Hold what works at the broker against our record: every order of ours was on it before it went out.

    Raises: SecondJournalError naming the orders and the way out; nothing was planned.
    """
    book = keys_of(context)
    ours = sorted({key for order in context.broker.open_orders() if is_key_of(book, key := _bare(order.key))})
    known = _known(context.journal, context.book.book) if ours else frozenset[str]()
    unknown = [key for key in ours if key not in known]
    if unknown:
        raise SecondJournalError(
            f"{counted(len(unknown), 'order')} of book {context.book.book} at work at {context.broker.name} "
            f"that this journal never made "
            f"({', '.join(unknown[:3])}{', ...' if len(unknown) > 3 else ''}): another journal trades account "
            f"{context.account}, or this one was restored from a copy. Nothing was planned. Work the book with the "
            "other journal, or cancel these orders at the broker and run the session again"
        )


def _bare(key: str) -> str:
    """Without the tag of one of several brokers and the role of a leg."""
    return untagged(order_key(key))


def _known(journal: Journal, book: str) -> frozenset[str]:
    """Every key that this journal ever made for the book."""
    cycles = journal.cycles.all(book)
    return frozenset(_bare(piece.request.key) for c in cycles for piece in journal.orders.slices(c.cycle_id))
