"""From the journal's rows to the ledger's entries: what a book owns, by its own record."""

from tasks.journal import Journal
from tasks.model.ledger import LedgerState, ledger
from tasks.model.ledger_entries import entries_of


def ledger_of(journal: Journal, book: str, account: str) -> LedgerState:
    """The book's ledger from everything on record."""
    rows = journal.books.entries(book, account)
    fills = journal.orders.all_fills(account, book)
    return ledger(entries_of(rows, fills))
