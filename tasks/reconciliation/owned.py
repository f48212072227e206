"""What a book owns by its own record, read once and handed to all who ask for it at that moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from tasks.context import StepContext
from tasks.journal.write_offs import WriteOff
from tasks.model.ledger import Entry, LedgerState, ledger
from tasks.model.ledger_entries import entries_of
from tasks.model.ledger_records import LedgerRow
from tasks.model.orders import Execution


@dataclass(frozen=True)
class Owned:
    """Ledger rows and fills as they were when they were read, and the ledger that they make.

    What a person says meanwhile counts from the next reading, with the next wave. A person may book an entry at any
    time, in a process of its own: whoever goes by an older ledger sees a difference from the broker's word, and no
    difference is believed before everything is read again (`record_comparison`).
    """

    rows: Sequence[LedgerRow]
    fills: Sequence[Execution]
    written_off: Mapping[str, WriteOff]
    """By symbol, held or not: what a person wrote off by name, and has not taken back."""

    @cached_property
    def entries(self) -> list[Entry]:
        """Not yet in order of time."""
        return entries_of(self.rows, self.fills)

    @cached_property
    def state(self) -> LedgerState:
        """Positions and cash after all entries; replayed once."""
        return ledger(self.entries)

    def with_fills(self, fills: Sequence[Execution]) -> "Owned":
        """The same rows, with the fills that are on record by now."""
        return self if tuple(fills) == tuple(self.fills) else replace(self, fills=fills)


def owned(context: StepContext) -> Owned:
    """Everything on record of the book and account."""
    book, account = context.book.book, context.account
    return Owned(
        rows=context.journal.books.entries(book, account),
        fills=context.journal.orders.all_fills(account, book),
        written_off=context.journal.write_offs.standing(book, account),
    )


def owned_by_now(context: StepContext, before: Owned) -> Owned:
    """With the fills that this process has recorded since; ledger rows are as they were read."""
    return before.with_fills(context.journal.orders.all_fills(context.account, context.book.book))
